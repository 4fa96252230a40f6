"""Logs of one ticket whose channel and priority change while its customer waits, with targets by both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.log_strategies import HERE, HOUR, MINUTE, ONE_IN, SECOND, START_MS, maybe
from tests.timeline import Record, Timeline, log

_TARGETS = [
    {"metric": metric, "target_ms": target_ms, **terms}
    for metric in ("frt_human", "reply_time")
    for terms, target_ms in (
        ({"priority": "high"}, MINUTE),
        ({"priority": "low"}, HOUR),
        ({"channel": "chat"}, 10 * SECOND),
        ({"channel": "email", "priority": "low"}, 2 * HOUR),
    )
]
"""A wait of some minutes meets one of them and misses the next."""
_terms = st.fixed_dictionaries(
    {"priority": st.sampled_from(("high", "low", ""))}, optional={"channel": st.sampled_from(("chat", "email"))}
)
_WAITS = (
    ("customer", "updated", "agent"),
    ("customer", "updated", "updated", "agent"),
    ("customer", "updated", "opened", "agent"),
    ("customer", "updated", "abandoned", "updated", "customer", "agent"),
    ("customer", "abandoned", "updated", "reopened", "agent"),
    ("resolved", "customer", "updated", "reopened", "agent"),
    ("customer", "updated", "resolved", "customer", "reopened", "agent"),
)
"""However a wait goes on, its terms change amid it."""
_AMID = ("updated", "opened", "customer", "abandoned", "resolved", "reopened", "agent")


@st.composite
def changing_logs(draw: Callable[..., Any], most: int = 3) -> list[Record]:
    """One ticket whose channel and priority change while its customer waits, with targets by both; some of it late."""
    line = Timeline("2025-03-29", account=HERE[0])
    now = START_MS
    line.at_ms(now).configured(effective_ms=0, targets=_TARGETS)
    is_missed, direction = draw(ONE_IN[8]), "out" if draw(ONE_IN[8]) else "in"
    line.at_ms(now).opened(
        **{"channel": draw(st.sampled_from(("email", ""))), **draw(_terms)}, direction=direction, missed=is_missed
    )
    for _ in range(draw(st.integers(1, most))):
        kinds = list(draw(st.sampled_from(_WAITS)))
        if draw(ONE_IN[4]):
            kinds.insert(draw(st.integers(0, len(kinds))), draw(st.sampled_from(_AMID)))
        for kind in kinds:
            now += draw(st.sampled_from((SECOND, 2 * MINUTE, 2 * MINUTE, 20 * MINUTE, 0)))
            late = draw(st.sampled_from((0, 0, 0, 0, 0, SECOND, 3 * MINUTE)))
            moment = line.at_ms(now - late).received_ms(now)
            match kind:
                case "customer" | "agent":
                    moment.replied(kind)
                case "updated":
                    moment.updated(**draw(_terms))
                case "opened":
                    moment.opened(**{"channel": "", **draw(_terms)}, **draw(maybe(direction=("out",), missed=(True,))))
                case "abandoned":
                    moment.abandoned()
                case "resolved":
                    moment.resolved()
                case _:
                    moment.reopened()
    return log(line.said)
