"""Throws at all adapters what libFuzzer makes of the fixtures, led by which branches it reached: `python -m tests.fuzz.adapters`.

An input is the vendor's place, the place of one of its fixtures' headers, and the body. Arguments are libFuzzer's, `-runs=`, `-seed=`,
`-max_total_time=`; a file among them is run once, as for an input that broke the law.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["ingest", "events"], enable_loader_override=False):
    from ingest.vendors import VENDORS
    from tests.adapter_law import lawful
    from tests.deliveries import fixtures

Law = Callable[[str, bytes, dict[str, str]], int]
_VENDORS = list(VENDORS)
_HEADERS = {vendor: [fixture.headers for fixture in fixtures(vendor)] for vendor in _VENDORS}
_MOST_BYTES = 8192
"""Longer ones only make it slow: the longest fixture is shorter."""


def seeds() -> list[bytes]:
    """Every fixture as an input."""
    return [
        bytes([place, index]) + fixture.body
        for place, vendor in enumerate(_VENDORS)
        for index, fixture in enumerate(fixtures(vendor))
    ]


def main(law: Law = lawful) -> None:
    """Ends the process: 0 if the law held."""

    def thrown(given: bytes) -> None:
        if len(given) < 2:
            return
        vendor = _VENDORS[given[0] % len(_VENDORS)]
        headers = _HEADERS[vendor]
        law(vendor, given[2:], dict(headers[given[1] % len(headers)]))

    with tempfile.TemporaryDirectory() as folder:
        arguments = sys.argv
        if all(argument.startswith("-") for argument in sys.argv[1:]):
            for number, seed in enumerate(seeds()):
                (Path(folder) / f"{number:04}").write_bytes(seed)
            arguments = [*sys.argv, f"-max_len={_MOST_BYTES}", folder]
        atheris.Setup(arguments, thrown)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
