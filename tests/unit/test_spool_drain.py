"""How the spool is emptied: what holds up whom, and what is not appended twice."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path

import pytest

from ingest.counters import Counters
from ingest.record import Outcome, Record
from ingest.spool.disk import Disk
from ingest.spool.frames import decode
from tests.doors import RecordingLog
from tests.spools import drained, keep_all, opened, record, segments


class SmallLog(RecordingLog):
    """Takes no record of more than 100 bytes, and says so of the whole batch."""

    async def append(self, records: list[Record]) -> Outcome:  # type: ignore[override]
        if any(len(record.value) > 100 for record in records):
            return Outcome.TOO_LARGE
        return await super().append(records)


def test_a_record_that_the_broker_never_takes_holds_up_no_other_and_is_kept(tmp_path: Path) -> None:
    large, counters = record(2, size=500), Counters()
    keep_all(tmp_path, record(1), large, record(3))
    assert drained(tmp_path, SmallLog(), counters) == [record(1), record(3)]
    aside = tmp_path / "set-aside.frames"
    assert decode(aside.read_bytes()).records == [large]
    assert counters.value("deskpulse_gateway_spool_set_aside_total") == 1
    # As the log's line says.
    aside.rename(tmp_path / "00000000000000000001.segment")
    assert drained(tmp_path, RecordingLog()) == [large]


def test_other_accounts_do_not_wait_behind_one(tmp_path: Path) -> None:
    class Half(RecordingLog):
        async def append(self, records: list[Record]) -> Outcome:  # type: ignore[override]
            return Outcome.AWAY if records[0].account == "acme" else await super().append(records)

    async def keep() -> None:
        async with opened(tmp_path, Half()) as shelter:
            assert await shelter.append([record(1)]) is Outcome.SPOOLED
            assert await shelter.append([record(2, "bolt")]) is Outcome.APPENDED
            assert await shelter.append([record(3)]) is Outcome.SPOOLED

    asyncio.run(keep())


def test_a_segment_that_cannot_be_deleted_is_appended_once_until_the_next_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_disk: Disk, _number: int) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    keep_all(tmp_path, record(1), record(2))
    with monkeypatch.context() as patched:
        patched.setattr(Disk, "delete", refuses)
        assert drained(tmp_path, RecordingLog()) == [record(1), record(2)]
    assert any("spool_left" in message for message in caplog.messages)
    assert len(segments(tmp_path)) == 1
    assert drained(tmp_path, RecordingLog()) == [record(1), record(2)]
    assert segments(tmp_path) == []
