"""What was measured is written down whole, and what was missed is called missed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from bench.gateway import GatewayResult
from bench.gateway_load import Measured
from bench.gateway_steps import Steps
from bench.machine import Machine, machine
from bench.report import report
from bench.results import Section, read, section, write

MACHINE = Machine("A Processor", 2, 8.0, "3.11.9", "Linux", 0.1)


@dataclass(frozen=True)
class Load:
    load_100k_open_tickets_s: float = 2.0
    load: dict[str, object] | None = None
    load_cpu_s: float = 1.5
    state_records: int = 200_000
    memory_per_open_ticket_bytes: float = 1_400.0
    memory_per_closed_ticket_bytes: float = 900.0
    events_per_open_ticket: float = 4.5
    events_per_closed_ticket: float = 4.6
    packed_open_ticket_bytes: float = 900.0
    packed_closed_ticket_bytes: float = 400.0


def measured() -> Section:
    load = Load(load={"median": 2.0, "each": [2.0, 1.9, 2.1]})
    return section(MACHINE, "2026-03-02 09:00 UTC", 61.0, is_quick=False, result=load)


def failed() -> Section:
    return section(
        MACHINE, "2026-03-02 09:00 UTC", 3.0, is_quick=True, error="WrongResultError: frt_human: (1, 2), expected (2, 4)"
    )


def test_a_goal_is_met_or_missed_by_the_figure() -> None:
    text = report({"load": measured()})
    assert "| Memory per open ticket, bytes | under 1,500 | 1,400 | met |" in text
    assert "| Memory per closed ticket, bytes | under 500 | 900 | **missed** |" in text


def test_the_gateway_is_told_busy_and_paced() -> None:
    full = Measured(per_s=2_100, per_core_s=4_200, p50_ms=11, p99_ms=45, worst_ms=90, appended_50_ms=0.99, errors=0)
    paced = replace(full, per_s=2_000, p99_ms=30.25)
    text = report(
        {
            "gateway": section(
                MACHINE,
                "2026-03-02 09:00 UTC",
                40.0,
                is_quick=False,
                result=GatewayResult(4_200, 30.25, full, paced, Steps(16, 31, 8, 100)),
            )
        }
    )
    assert "| Signed webhooks per core-second of the gateway | at least 2,000 | 4,200 | met |" in text
    assert "| 2,000 a second | 2,000 | 4,200 | 11.0 | 30.2 |" in text
    assert "| HTTP server, Kafka's client, event loop | 138.1 |" in text
    assert "| routing, limits, counters, the answer | 45.0 |" in text


def test_what_was_not_measured_is_said_not_to_be() -> None:
    assert "| Events folded per core-second | at least 50,000 | not measured |  |" in report({"load": measured()})


def test_a_measure_that_failed_says_why() -> None:
    assert "Not measured: WrongResultError: frt_human: (1, 2), expected (2, 4)" in report({"fold": failed()})


def test_the_machine_is_named_by_what_decides_speed() -> None:
    assert "- A Processor, 2 cores, 8 GiB, Linux, Python 3.11.9: load (0.1 %)" in report({"load": measured()})


def test_this_machine_can_be_named() -> None:
    here = machine()
    assert here.cpu
    assert here.cores >= 1


def test_headlines_stand_at_the_top_and_are_null_where_nothing_was_measured(tmp_path: Path) -> None:
    write(tmp_path / "results.json", {"load": measured(), "fold": failed()})
    told = json.loads((tmp_path / "results.json").read_text())
    assert told["memory_per_closed_ticket_bytes"] == 900.0
    assert told["fold_events_per_core_second"] is None
    assert told["webhook_to_row_p99_ms"] is None


def test_what_was_written_is_read_back_by_measure(tmp_path: Path) -> None:
    write(tmp_path / "results.json", {"load": measured()})
    assert read(tmp_path / "results.json") == {"load": measured()}


def test_before_the_first_run_there_is_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "results.json") == {}
