"""What an account may set, and what it may not: zones, classes, targets, rules, policies of abandonment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

MINUTE, DAY = 60_000, 86_400_000

rules = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(("drift", "other")),
            "version": st.sampled_from((1, 2)),
            "metric": st.sampled_from(("frt_human", "reply_time")),
            "scope": st.sampled_from(("total", "channel", "team")),
            "window_minutes": st.sampled_from((1, 2, 5)),
            "ratio": st.sampled_from(("1.5", "2")),
            "floor_ms": st.just(0),
            "n_min": st.sampled_from((1, 2)),
            "n_base": st.sampled_from((1, 3)),
            "hits": st.sampled_from((1, 2)),
            "of_minutes": st.sampled_from((2, 3)),
            "resolve_minutes": st.sampled_from((1, 2)),
        },
        optional={"baseline_ms": st.just(90_000)},
    ),
    max_size=2,
    unique_by=lambda rule: rule["id"],
)
policies = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "channel": st.sampled_from(("", "chat", "email")),
            "silence_ms": st.sampled_from((MINUTE, 10 * MINUTE, DAY)),
            "unanswered_end": st.booleans(),
        },
    ),
    max_size=2,
)
targets = st.lists(
    st.fixed_dictionaries(
        {"metric": st.sampled_from(("frt_human", "reply_time")), "target_ms": st.sampled_from((MINUTE, 10 * MINUTE))},
        optional={"channel": st.sampled_from(("", "chat", "email")), "priority": st.sampled_from(("", "high", "low"))},
    ),
    max_size=3,
)
configured = st.fixed_dictionaries(
    {},
    optional={
        "zone": st.sampled_from(("Europe/Berlin", "Asia/Kolkata", "America/St_Johns")),
        "grace_ms": st.sampled_from((0, 5_000, 5 * MINUTE)),
        "channel_classes": st.sampled_from(({"email": "realtime"}, {"chat": "social"})),
        "level_bounds_ms": st.just({"email": [1, 2, 3, 4]}),
        "targets": targets,
        "rules": rules,
        "abandonment": policies,
    },
)
UNWORKABLE: Sequence[dict[str, Any]] = (
    {"zone": "Mars/Olympus_Mons"},
    {"rules": [{"id": "drift"}, {"id": "drift", "version": 2}]},
    {"rules": [{"id": "drift", "metric": "csat"}]},
    {"rules": [{"id": "drift", "metric": "oldest_wait"}]},
    {"rules": [{"id": "drift", "metric": "next_response_time"}]},
)
