"""docs/benchmarks.md, written from the results. Pure: the same results give the same text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bench.results import Section

_WANTED: dict[str, tuple[str, str, Callable[[float], bool]]] = {
    "fold_events_per_core_second": ("Events folded per core-second", "at least 50,000", lambda v: v >= 50_000),
    "ratio_to_plain_faust": ("Times plain Faust, in the same run", "at least 10", lambda v: v >= 10),
    "webhook_to_row_p99_ms": ("Webhook to row, p99, ms", "under 2,000", lambda v: v < 2_000),
    "webhook_to_alert_p99_ms": ("Webhook to alert, p99, ms", "under 2,000", lambda v: v < 2_000),
    "gateway_webhooks_per_core_second": (
        "Signed webhooks per core-second of the gateway",
        "at least 2,000",
        lambda v: v >= 2_000,
    ),
    "gateway_p99_ms": ("The gateway's answer at 2,000 a second, p99, ms", "under 50", lambda v: v < 50),
    "memory_per_open_ticket_bytes": ("Memory per open ticket, bytes", "under 1,500", lambda v: v < 1_500),
    "memory_per_closed_ticket_bytes": ("Memory per closed ticket, bytes", "under 500", lambda v: v < 500),
}
_IN = {
    "fold_events_per_core_second": "fold",
    "ratio_to_plain_faust": "fold",
    "webhook_to_row_p99_ms": "latency",
    "webhook_to_alert_p99_ms": "latency",
    "gateway_webhooks_per_core_second": "gateway",
    "gateway_p99_ms": "gateway",
    "memory_per_open_ticket_bytes": "load",
    "memory_per_closed_ticket_bytes": "load",
}
_BEHIND_MS = 500
"""A sender this late has not kept its rate: the latencies are those of an overloaded machine."""


def report(sections: Mapping[str, Section]) -> str:
    parts = [
        "# Benchmarks",
        "Written by `make bench` (`ARGS=--quick` for a smaller run, names for some measures); the figures are in `bench/results.json`.",
        _machines(sections),
        _goals(sections),
    ]
    writers = {"fold": _fold, "latency": _latency, "gateway": _gateway, "sink": _sink, "load": _load, "budget": _budget}
    titles = {
        "fold": "Folding",
        "latency": "From webhook to row and alert",
        "gateway": "The gateway",
        "sink": "The sink",
        "load": "Taking a partition, and memory",
        "budget": "Single steps",
    }
    for name, section in sections.items():
        parts.append(f"## {titles[name]}")
        if "error" in section:
            parts.append(f"Not measured: {section['error']}")
        else:
            parts.append(writers[name](section["result"]))
            parts.append(f"Measured {section['at']}, {section['mode']} run, {section['took_s']:.0f} s.")
    return "\n\n".join(parts) + "\n"


def _machines(sections: Mapping[str, Section]) -> str:
    """One line a machine; it is one, unless a measure was run alone elsewhere."""
    by_machine: dict[str, list[str]] = {}
    for name, section in sections.items():
        m = section["machine"]
        line = f"{m['cpu']}, {m['cores']} cores, {m['memory_gib']:g} GiB, {m['system']}, Python {m['python']}"
        by_machine.setdefault(line, []).append(f"{name} ({m['busy_before']:g} %)")
    lines = [f"- {line}: {', '.join(names)}" for line, names in by_machine.items()]
    note = "In brackets: how busy other work kept the cores in the two seconds before the measure. Everything runs on this one machine: broker, database, senders and readers share its cores with what is measured."
    return "\n".join(["**Machine**", "", *lines, "", note])


def _goals(sections: Mapping[str, Section]) -> str:
    rows = []
    for key, (words, goal, is_met) in _WANTED.items():
        value = sections.get(_IN[key], {}).get("result", {}).get(key)
        if value is None:
            rows.append((words, goal, "not measured", ""))
        else:
            rows.append((words, goal, _number(value), "met" if is_met(value) else "**missed**"))
    return _table(("figure", "goal", "measured", ""), rows)


def _fold(r: Mapping[str, Any]) -> str:
    said = ", ".join(f"{per_event:.2f} {topic}" for topic, per_event in r["results_per_event"].items())
    return "\n\n".join(
        [
            (
                f"{r['events']:,} events of {r['mean_bytes']:.0f} bytes on average, {r['accounts']:,} accounts, {100 * r['late_share']:.1f} % "
                f"received up to ten minutes late, {r['events_per_account_minute']:.0f} an account and minute, in four partitions of Apache Kafka, "
                "there before the worker starts. One real worker folds them; counted is the CPU time of its process, user and system, from the "
                "first partition it takes until the last commit. Start-up and broker are left out. Facts and their sums by metric are compared with "
                "a count over whole ticket lives that shares no code with the fold; a run with a difference is an error, not a figure."
            ),
            _table(
                ("", "events per core-second", "each run"),
                [
                    ("this worker", _number(r["worker"]["median"]), _each(r["worker"]["each"])),
                    (
                        f"plain Faust, {r['plain_events']:,} events",
                        _number(r["plain_faust"]["median"]),
                        _each(r["plain_faust"]["each"]),
                    ),
                    ("ratio of the medians", f"{r['ratio_to_plain_faust']:.1f}", ""),
                    (
                        "plain Faust without backlog and waiting",
                        _number(r["plain_without_gauges"]["median"]),
                        _each(r["plain_without_gauges"]["each"]),
                    ),
                ],
            ),
            (
                "Plain Faust (`bench/plain_faust.py`, `plain_metrics.py`) computes the same metrics event by event, with a table of tickets, one of minutes and one of "
                "the tickets open and waiting in each place, in memory with changelog, and a record of facts. It is spared corrections by late "
                "events, repeated ids, ratings changed later, the gauges' history by the minute, alerts and exactly-once. It logs at WARNING, has "
                "no web server, decodes and encodes with msgspec and commits every second. Its log is shorter and has fewer accounts, each with "
                "as many events. It and the worker are run in turn; without backlog and waiting it is run once, after them."
            ),
            (
                "Where the worker's time goes. Threads are told apart by the system's own accounting, fold and encoding by the thread's clock; decoding "
                "is measured apart, on the same bytes. In `fetch + Faust` is all else: aiokafka, Faust, our transport, the event loop."
            ),
            _table(
                ("part", "us CPU per event", "share"),
                [(p["name"], f"{p['us']:.2f}", f"{100 * p['share']:.0f} %") for p in r["parts"]],
            ),
            f"Results per event: {said}; {r['result_bytes_per_event']:.0f} bytes before compression.",
            "The innermost Python function in samples of the pure fold, what it calls in C included:",
            _table(("function", "share"), [(f"`{spot['function']}`", f"{100 * spot['share']:.0f} %") for spot in r["hottest"]]),
        ]
    )


def _latency(r: Mapping[str, Any]) -> str:
    used = ", ".join(f"{name} {cores:.2f}" for name, cores in r["cores_used"].items())
    parts = [
        (
            f"The whole stack as `deskpulse up` runs it. {r['rate_per_s']:.0f} signed Zendesk webhooks a second for {r['seconds']:.0f} s "
            f"({r['webhooks']:,} accepted, {r['refused']:,} refused): tickets opened, answered after 3 s, solved after 6 s."
        ),
        _table(
            ("ms", "p50", "p99", "worst", "measured"),
            [
                (
                    f"webhook to {what}",
                    *(f"{r[f'webhook_to_{what}_{which}_ms']:,.0f}" for which in ("p50", "p99", "worst")),
                    f"{r[counted]:,}",
                )
                for what, counted in (("row", "rows_measured"), ("alert", "alerts_measured"))
            ],
        ),
        (
            "*To row*: from the answer 200 until a reader has a row of the ticket as of this event or a later one, for every webhook after the first "
            f"5 s. The reader asks for rows that arrived in the last 5 s every {r['poll_ms']} ms; a look takes {r['look_ms']:.0f} ms and is part of the figure."
        ),
        (
            "*To alert*: until a consumer of committed records has the `alert.opened`. A minute closes once something says that its end plus 5 s of "
            "grace has passed: an event of the account, or a clock tick of the worker, which looks ten times a second. Counted from whichever "
            "comes first, the answer to the account's first webhook past that instant or the tick's append. All accounts close their minutes at "
            f"the same instant. Of {r['alerts_measured']} alerts, {r['closed_by_ticks']} were decided by a tick."
        ),
        f"Cores used during the load: {used}.",
    ]
    if r["most_behind_ms"] > _BEHIND_MS:
        parts.append(
            f"**The sender fell {r['most_behind_ms']:,.0f} ms behind its own schedule: the machine was overloaded, these are not its figures.**"
        )
    return "\n\n".join(parts)


def _gateway(r: Mapping[str, Any]) -> str:
    rows = [
        (
            what,
            *(f"{r[name][key]:,.{digits}f}" for key, digits in (("per_s", 0), ("per_core_s", 0), ("p50_ms", 1), ("p99_ms", 1))),
        )
        for name, what in (("full", "64 connections kept busy"), ("paced", "2,000 a second"))
    ]
    return "\n\n".join(
        [
            (
                "Signed Zendesk webhooks of about 900 bytes over HTTP, each answered after Kafka confirmed it. The gateway has one core to itself; "
                "broker and sender share the other. A paced wait counts from the instant at which the webhook was due."
            ),
            _table(("", "webhooks a second", "per core-second", "p50, ms", "p99, ms"), rows),
            *([f"p99 of each paced run: {', '.join(f'{ms:,.1f}' for ms in each)}."] if (each := r.get("p99_ms_each")) else []),
            *_gateway_time(r),
        ]
    )


def _gateway_time(r: Mapping[str, Any]) -> tuple[str, ...]:
    """Empty for figures that were measured before it was."""
    if "steps" not in r:
        return ()
    return (
        "Where its time goes, each step measured on its own; the whole is what 64 busy connections cost.",
        _table(("us CPU per webhook", ""), _gateway_steps(r["steps"], 1e6 / r["full"]["per_core_s"])),
    )


def _gateway_steps(steps: Mapping[str, float], whole_us: float) -> list[tuple[str, str]]:
    inner = steps["verify_us"] + steps["adapt_us"] + steps["encode_us"]
    parts = (
        ("HTTP server, Kafka's client, event loop", whole_us - steps["door_us"]),
        ("routing, limits, counters, the answer", steps["door_us"] - inner),
        ("verify the signature", steps["verify_us"]),
        ("read and understand the payload", steps["adapt_us"]),
        ("write and check the events", steps["encode_us"]),
        ("whole", whole_us),
    )
    return [(what, f"{us:,.1f}") for what, us in parts]


def _sink(r: Mapping[str, Any]) -> str:
    rows = [
        (topic, _number(speed["per_s"]["median"]), _number(speed["per_core_s"]["median"]), _each(speed["per_s"]["each"]))
        for topic, speed in r["by_topic"].items()
    ]
    return "\n\n".join(
        [
            (
                "Records that are there already, one partition, written to the embedded ClickHouse in batches of 10,000 rows; from the end of the "
                "first insert to the end of the last, rows counted with FINAL afterwards. The headline is the slowest."
            ),
            _table(("topic", "rows a second", "per core-second of the sink", "each run, rows a second"), rows),
        ]
    )


def _load(r: Mapping[str, Any]) -> str:
    return "\n\n".join(
        [
            (
                f"A worker folded 100,000 open tickets of {r['events_per_open_ticket']:.1f} events into one partition, with the minutes that came of "
                "them. Then fresh processes take the partition: fence, load, check. Compaction has not run: "
                f"{r['state_records']:,} records are read."
            ),
            _table(
                ("", "s"),
                [
                    ("wall, median", f"{r['load']['median']:.2f}"),
                    ("each", _each(r["load"]["each"], 2)),
                    ("CPU, median", f"{r['load_cpu_s']:.2f}"),
                ],
            ),
            (
                "Memory: by how much a fresh process grows when it takes up 100,000 tickets whose minutes are no longer live, after a garbage "
                "collection, per ticket. Event ids are UUIDs."
            ),
            _table(
                ("ticket", "events", "bytes of its record", "bytes in memory"),
                [
                    (
                        kind,
                        f"{r[f'events_per_{kind}_ticket']:.1f}",
                        f"{r[f'packed_{kind}_ticket_bytes']:,.0f}",
                        f"{r[f'memory_per_{kind}_ticket_bytes']:,.0f}",
                    )
                    for kind in ("open", "closed")
                ],
            ),
        ]
    )


def _budget(r: Mapping[str, Any]) -> str:
    steps = [
        ("decode, one by one", r["decode_us"]),
        ("decode, a slice of 4,000 at once", r["decode_joined_us"]),
        ("fold, decoding included", r["fold_us"]),
        ("take and encode results, in flushes as large as when behind", r["results_us"]),
        ("consume a record with librdkafka", r["consume_us"]),
        ("produce a record, 20,000 in a transaction", r["produce_us"]),
    ]
    transactions = [(f"{int(size):,}", f"{ms:.1f}") for size, ms in r["transaction_ms"].items()]
    return "\n\n".join(
        [
            _table(("step, on its own", "us CPU per event"), [(name, f"{us:.2f}") for name, us in steps]),
            f"Reading a partition: {r['consume_per_s']:,.0f} records a second.",
            _table(("records of 300 bytes in a transaction", "median ms"), transactions),
        ]
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def _each(values: Iterable[float], digits: int = 0) -> str:
    return ", ".join(f"{value:,.{digits}f}" for value in values)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
