"""What goes into the log when settings change: everything that changes numbers, no secret."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import SecretStr

from deskpulse.applying.configured import configured, event, say_the_same
from deskpulse.settings.models import Account
from events import codec, wire

KEY = "0123456789abcdef-a-key"
ACCOUNT = Account(
    customer_key=SecretStr(KEY),
    zone="Europe/Berlin",
    targets=({"metric": "frt_human", "within": "5m", "channel": "chat"},),  # type: ignore[arg-type]
    abandonment=({"channel": "chat", "silence": "10m"}, {"unanswered_end": True}),  # type: ignore[arg-type]
    rules=({"id": "slow-chat", "ratio": 1.5, "window": "20m", "floor": "90s", "baseline": "3m"},),  # type: ignore[arg-type]
)


def test_units_become_those_of_the_log() -> None:
    said = configured(ACCOUNT)
    assert said.zone == "Europe/Berlin"
    assert said.targets == (wire.Target(metric="frt_human", target_ms=300_000, channel="chat"),)
    assert said.abandonment == (wire.Abandonment("chat", silence_ms=600_000), wire.Abandonment(unanswered_end=True))
    assert said.rules == (wire.Rule(id="slow-chat", ratio="1.5", window_minutes=20, floor_ms=90_000, baseline_ms=180_000),)


def test_the_default_account_says_what_the_fold_assumes() -> None:
    assert configured(Account(customer_key=SecretStr(KEY))) == wire.Configured()


def test_the_event_decodes_and_holds_no_secret() -> None:
    raw = codec.encode(event("acme", configured(ACCOUNT), 0, 1_760_000_000_123))
    decoded = codec.decode(raw)
    assert isinstance(decoded, wire.AccountConfigured)
    assert decoded.data.effective_ms == 0
    assert decoded.time.timestamp() == 1_760_000_000.123
    assert KEY.encode() not in raw


@pytest.mark.parametrize(
    "change",
    [
        {"zone": "UTC"},
        {"grace": "7s"},
        {"targets": ()},
        {"abandonment": ()},
        {"rules": ()},
        {"channels": {"kiosk": "realtime"}},
        {"levels": {"email": ("1h", "2h", "3h", "4h")}},
    ],
)
def test_whatever_changes_numbers_is_a_change(change: dict[str, Any]) -> None:
    changed = Account.model_validate({**ACCOUNT.model_dump(exclude_unset=True), **_written(), **change})
    assert not say_the_same(configured(ACCOUNT), configured(changed))


def test_a_new_secret_or_source_is_none() -> None:
    other = ACCOUNT.model_copy(update={"customer_key": SecretStr("another-key-of-16-letters"), "sources": {}})
    assert say_the_same(configured(ACCOUNT), configured(other))


def test_from_when_on_it_holds_does_not_count() -> None:
    dated = event("acme", configured(ACCOUNT), 5, 1_000).data
    assert say_the_same(dated, configured(ACCOUNT))


def _written() -> dict[str, Any]:
    return {
        "targets": [{"metric": "frt_human", "within": "5m", "channel": "chat"}],
        "abandonment": [{"channel": "chat", "silence": "10m"}, {"unanswered_end": True}],
        "rules": [{"id": "slow-chat", "ratio": 1.5, "window": "20m", "floor": "90s", "baseline": "3m"}],
    }
