"""What doctor says of the spool, for each thing that a gateway may say of it, and where none answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from deskpulse.doctor.finding import Health
from deskpulse.doctor.spool import spool
from deskpulse.settings import Settings
from ingest.spool.level import Level

_MIB = 1 << 20


@pytest.mark.parametrize(
    ("level", "health", "says", "do"),
    [
        (Level(0, 0, 256 * _MIB, 0, ""), Health.GOOD, "empty", ""),
        (Level(7, 2000, 256 * _MIB, 5, ""), Health.GOOD, "7 records wait for the broker, 0.0 MiB of 256.0 MiB", ""),
        (Level(1, 2000, 256 * _MIB, 5, ""), Health.GOOD, "1 record waits for the broker, 0.0 MiB of 256.0 MiB", ""),
        (Level(900, 5 * _MIB, 256 * _MIB, 3600, ""), Health.LOOK, "the oldest for 3600 s", "when the broker is back"),
        (Level(900, 230 * _MIB, 256 * _MIB, 9, ""), Health.BAD, "nearly full", "before it is"),
        (Level(900, 256 * _MIB, 256 * _MIB, 9, "full"), Health.BAD, "is lost", "gateway.spool_bytes"),
        (Level(0, 0, 256 * _MIB, 0, "ENOSPC"), Health.BAD, "spool cannot be written (ENOSPC)", "free space"),
    ],
    ids=["empty", "draining", "the last one", "growing", "nearly full", "full", "disk"],
)
def test_the_spool_is_told_as_the_gateway_tells_it(level: Level, health: Health, says: str, do: str) -> None:
    [finding] = spool(Settings(), level.as_json())
    assert (finding.what, finding.health) == ("spool", health)
    assert says in finding.text
    assert do in finding.do


def test_what_a_gateway_left_is_told_while_none_answers(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    assert _left(settings) == []
    (tmp_path / "spool").mkdir()
    assert _left(settings) == []
    (tmp_path / "spool" / "00000000000000000001.segment").write_bytes(b"x" * _MIB)
    [finding] = _left(settings)
    assert (finding.health, finding.text) == (Health.LOOK, f"1.0 MiB of accepted events wait in {tmp_path / 'spool'}")


def _left(settings: Settings) -> list[Any]:
    return list(spool(settings, None))
