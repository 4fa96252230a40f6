"""What was measured, as `results.json` keeps it. A measure that was not run again keeps what it found before."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.machine import Machine

Section = dict[str, Any]
"""`result` or `error`, beside when, how long, how and on which machine."""

HEADLINES = {
    "fold": ("fold_events_per_core_second", "ratio_to_plain_faust"),
    "latency": ("webhook_to_row_p50_ms", "webhook_to_row_p99_ms", "webhook_to_alert_p50_ms", "webhook_to_alert_p99_ms"),
    "gateway": ("gateway_webhooks_per_core_second", "gateway_p99_ms"),
    "sink": ("sink_rows_per_second",),
    "load": ("load_100k_open_tickets_s", "memory_per_open_ticket_bytes", "memory_per_closed_ticket_bytes"),
    "budget": (),
}
"""The figures of each measure that also stand at the top."""


def read(file: Path) -> dict[str, Section]:
    """The sections of an earlier run; none if there was none."""
    if not file.exists():
        return {}
    sections: dict[str, Section] = json.loads(file.read_text(encoding="utf-8"))["measures"]
    return {name: section for name, section in sections.items() if name in HEADLINES}


def section(machine: Machine, at: str, took_s: float, *, is_quick: bool, result: Any = None, error: str = "") -> Section:
    about: Section = {"at": at, "mode": "quick" if is_quick else "full", "took_s": round(took_s, 1), "machine": asdict(machine)}
    return {**about, "error": error} if error else {**about, "result": asdict(result)}


def write(file: Path, sections: dict[str, Section]) -> None:
    """Headlines first; of a measure that failed they are null."""
    top: dict[str, Any] = {}
    for name, keys in HEADLINES.items():
        for key in keys:
            top[key] = sections.get(name, {}).get("result", {}).get(key)
    ordered = {name: sections[name] for name in HEADLINES if name in sections}
    told = json.dumps({**top, "measures": ordered}, indent=2, default=list)
    file.write_text(f"{told}\n", encoding="utf-8")
