"""Measures, and writes bench/results.json and docs/benchmarks.md.

    python -m bench [--quick] [fold] [latency] [gateway] [sink] [load] [budget]

A measure that fails is reported and the others go on. One that is not named keeps its earlier figures.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
import traceback
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from bench.lab import Lab
from bench.machine import machine
from bench.report import report
from bench.results import HEADLINES, Section, read, section, write

_ROOT = Path(__file__).resolve().parents[1]
_RESULTS = _ROOT / "bench" / "results.json"
_REPORT = _ROOT / "docs" / "benchmarks.md"


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="name", help=f"any of {', '.join(HEADLINES)}; all if none is given")
    parser.add_argument("--quick", action="store_true", help="smaller and once: to try out, not to quote")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.names) - HEADLINES.keys()):
        parser.error(f"no measure is called {', '.join(unknown)}; there are {', '.join(HEADLINES)}")
    found = read(_RESULTS)
    failed = []
    for name in asked.names or HEADLINES:
        print(f"{name} ...", flush=True)
        found[name] = _measured(name, is_quick=asked.quick)
        if "error" in found[name]:
            failed.append(name)
        print(f"{name}: {found[name].get('error') or _headline(name, found[name])} ({found[name]['took_s']:.0f} s)", flush=True)
        # After each, so that a run that is stopped keeps what it has.
        write(_RESULTS, found)
        _REPORT.write_text(report({each: found[each] for each in HEADLINES if each in found}), encoding="utf-8")
    print(f"Written: {_RESULTS.relative_to(_ROOT)}, {_REPORT.relative_to(_ROOT)}")
    return 1 if failed else 0


def _measured(name: str, *, is_quick: bool) -> Section:
    here, at, began_s = machine(), f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", time.monotonic()
    folder = ""
    try:
        with tempfile.TemporaryDirectory(prefix="deskpulse-bench-") as folder, ExitStack() as servers:
            lab = Lab(Path(folder), is_quick, servers)
            result = importlib.import_module(f"bench.{name}").measure(lab)
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        # The report is for everybody: nobody else has these folders.
        said = f"{type(error).__name__}: {error}".replace(str(_ROOT), ".").replace(folder or str(_ROOT), "...").strip()
        return section(here, at, time.monotonic() - began_s, is_quick=is_quick, error=said)
    return section(here, at, time.monotonic() - began_s, is_quick=is_quick, result=result)


def _headline(name: str, measured: Section) -> str:
    return ", ".join(f"{key} {measured['result'][key]:,.1f}" for key in HEADLINES[name]) or "measured"


if __name__ == "__main__":
    sys.exit(main())
