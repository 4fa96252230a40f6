"""An account's settings as they stand in the log, and whether two say the same. Pure; secrets never enter."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime

import msgspec

from deskpulse.settings.models import Abandonment, Account, Rule, Target
from events import wire

_MINUTE_MS = 60_000


def configured(account: Account) -> wire.Configured:
    return wire.Configured(
        zone=account.zone,
        grace_ms=account.grace,
        channel_classes=dict(account.channels),
        level_bounds_ms=dict(account.levels),
        targets=tuple(_target(target) for target in account.targets),
        abandonment=tuple(_abandonment(policy) for policy in account.abandonment),
        rules=tuple(_rule(rule) for rule in account.rules),
    )


def say_the_same(one: wire.Configured, other: wire.Configured) -> bool:
    """From when on they hold does not count."""
    return _undated(one) == _undated(other)


def event(name: str, said: wire.Configured, effective_ms: int | None, now_ms: int) -> wire.AccountConfigured:
    """The record for the log; its id comes from its content and time, so that a repeat is the same event."""
    dated = msgspec.structs.replace(said, effective_ms=effective_ms)
    digest = hashlib.sha256(msgspec.json.encode(dated, order="deterministic")).hexdigest()
    return wire.AccountConfigured(
        specversion="1.0",
        id=f"{now_ms}-{digest[:16]}",
        source=f"/{name}/settings",
        subject=name,
        time=datetime.fromtimestamp(now_ms / 1000, UTC).replace(microsecond=now_ms % 1000 * 1000),
        data=dated,
    )


def _undated(said: wire.Configured) -> wire.Configured:
    return msgspec.structs.replace(said, effective_ms=None)


def _target(target: Target) -> wire.Target:
    return wire.Target(metric=target.metric, target_ms=target.within, channel=target.channel, priority=target.priority)


def _abandonment(policy: Abandonment) -> wire.Abandonment:
    return wire.Abandonment(channel=policy.channel, silence_ms=policy.silence, unanswered_end=policy.unanswered_end)


def _rule(rule: Rule) -> wire.Rule:
    return wire.Rule(
        id=rule.id,
        version=rule.version,
        metric=rule.metric,
        scope=rule.scope,
        window_minutes=rule.window // _MINUTE_MS,
        ratio=rule.ratio,
        resolve_ratio=rule.resolve_ratio,
        onset_ratio=rule.onset_ratio,
        floor_ms=rule.floor,
        n_min=rule.n_min,
        n_base=rule.n_base,
        hits=rule.hits,
        of_minutes=rule.of_minutes,
        resolve_minutes=rule.resolve_minutes,
        baseline_ms=rule.baseline,
        severity=rule.severity,
    )
