"""The spool over real files: whose they are, what a crash leaves, how much they may hold, and what is said when the disk fails."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.counters import Counters
from ingest.record import Outcome, Record
from ingest.settings import SpoolSettings
from ingest.spool import disk, frames
from ingest.spool.errors import SpoolError
from ingest.spool.frames import decode, encode
from ingest.spool.shelter import Shelter
from tests.doors import NOW_MS, RecordingLog, RefusingLog
from tests.spools import GONE, drained, emptied, keep_all, opened, record, segments


def test_what_is_kept_outlives_the_process_and_is_appended_as_it_was_received(tmp_path: Path) -> None:
    letter = Record("dead-letters", "acme", b"acme/desk", b"\x00\xff", NOW_MS, (("reason", b"not_json"),))
    kept = [record(1), letter, record(2, "bolt")]
    keep_all(tmp_path / "spool", *kept)
    assert drained(tmp_path / "spool", RecordingLog()) == kept
    assert segments(tmp_path / "spool") == []


def test_the_folder_and_its_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "spool"
    keep_all(folder, record(1))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_a_record_is_synced_and_so_is_the_folder_before_it_is_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    sync = os.fsync

    def fsync(fd: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(fd).st_mode))
        sync(fd)

    async def keep() -> None:
        async with opened(tmp_path / "spool") as shelter:
            synced.clear()
            await shelter.append([record(1)])
            assert synced == [False, True]
            await shelter.append([record(2)])
            assert synced == [False, True, False]

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.delattr("fcntl.F_FULLFSYNC", raising=False)
    asyncio.run(keep())


def test_deliveries_that_come_together_share_a_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    sync = disk._sync

    def counted(fd: int) -> None:
        synced.append(fd)
        sync(fd)

    monkeypatch.setattr(disk, "_sync", counted)

    async def keep() -> None:
        async with opened(tmp_path / "spool") as shelter:
            outcomes = await asyncio.gather(*(shelter.append([record(number)]) for number in range(200)))
            assert set(outcomes) == {Outcome.SPOOLED}

    asyncio.run(keep())
    assert len(synced) < 5
    assert drained(tmp_path / "spool", RecordingLog()) == [record(number) for number in range(200)]


@pytest.mark.parametrize("spoil", [lambda data: data[:-1], lambda data: data + b"\x00" * 4096, lambda data: data[:-1] + b"?"])
def test_a_torn_end_is_cut_off_and_counted_and_no_reason_not_to_start(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    folder, counters = tmp_path / "spool", Counters()
    keep_all(folder, record(1), record(2), record(3))
    [segment] = segments(folder)
    segment.write_bytes(spoil(segment.read_bytes()))
    whole = decode(segment.read_bytes())
    cut = segment.stat().st_size - whole.good_bytes
    assert cut > 0
    assert drained(folder, RecordingLog(), counters) == whole.records
    assert counters.value("deskpulse_gateway_spool_cut_bytes_total") == cut
    assert len(whole.records) >= 2


def test_a_file_of_nothing_but_a_torn_record_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    folder.mkdir()
    (folder / "00000000000000000007.segment").write_bytes(encode(record(1))[:-2])
    assert drained(folder, RecordingLog()) == []
    assert segments(folder) == []


def test_what_a_newer_release_wrote_is_not_cut_off(tmp_path: Path) -> None:
    folder = tmp_path / "spool"
    keep_all(folder, record(1))
    [segment] = segments(folder)
    newer = frames._encode((2, "of another form"))
    segment.write_bytes(frames._HEAD.pack(len(newer), frames._checksum(newer)) + newer)
    with pytest.raises(SpoolError, match="newer release"):
        Shelter(SpoolSettings(folder), GONE, Counters())
    assert segment.exists()


def test_two_gateways_cannot_share_a_folder(tmp_path: Path) -> None:
    async def share() -> None:
        async with opened(tmp_path):
            with pytest.raises(SpoolError, match=rf"belongs to another gateway \(pid {os.getpid()}\).*gateway\.spool"):
                Shelter(SpoolSettings(tmp_path), GONE, Counters())
        async with opened(tmp_path):
            """Free again."""

    asyncio.run(share())


def test_a_full_spool_refuses_and_takes_again_once_it_is_drained(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    counters, log = Counters(), RefusingLog(Outcome.AWAY)

    async def fill() -> None:
        async with opened(tmp_path, log, counters, most_bytes=3000) as shelter:
            outcomes = [await shelter.append([record(number, size=900)]) for number in range(5)]
            assert outcomes == [Outcome.SPOOLED] * 3 + [Outcome.FULL] * 2
            level = shelter.spool.level(NOW_MS + 60_000)
            assert (level.records, level.problem, level.oldest_s) == (3, "full", 60)
            assert 2700 < level.bytes <= 3000
            log.outcome, log.is_reachable = Outcome.APPENDED, lambda: True  # type: ignore[method-assign]
            await emptied(shelter)
            assert shelter.spool.level(NOW_MS).problem == ""
            log.outcome, log.is_reachable = Outcome.AWAY, lambda: False  # type: ignore[method-assign]
            assert await shelter.append([record(9, size=900)]) is Outcome.SPOOLED

    asyncio.run(fill())
    assert counters.value("deskpulse_gateway_spool_refused_total", reason="full") == 2
    assert [message for message in caplog.messages if "spool_full" in message and "gateway.spool_bytes" in message] != []


def test_a_full_disk_refuses_says_what_to_do_and_is_taken_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    counters, write, room = Counters(), os.write, [10]

    def writes(fd: int, data: bytes) -> int:
        if len(data) <= room[0]:
            return write(fd, data)
        if not room[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        done, room[0] = write(fd, data[: room[0]]), 0
        return done

    async def fill() -> None:
        async with opened(tmp_path, counters=counters) as shelter:
            assert await shelter.append([record(1)]) is Outcome.SPOOLED
            monkeypatch.setattr(os, "write", writes)
            assert await shelter.append([record(2)]) is Outcome.AWAY
            assert await shelter.append([record(3)]) is Outcome.AWAY
            assert shelter.spool.level(NOW_MS).problem == "ENOSPC"
            monkeypatch.setattr(os, "write", write)
            assert await shelter.append([record(4)]) is Outcome.SPOOLED
            assert shelter.spool.level(NOW_MS).problem == ""

    asyncio.run(fill())
    assert counters.value("deskpulse_gateway_spool_refused_total", reason="disk") == 2
    [said] = [message for message in caplog.messages if "spool_failed error=ENOSPC" in message]
    assert "Free space" in said
    assert drained(tmp_path, RecordingLog(), counters) == [record(1), record(4)]
    assert counters.value("deskpulse_gateway_spool_cut_bytes_total") == 0


def test_what_could_not_be_synced_is_not_answered_and_the_file_is_not_written_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = disk._sync

    def fails(_fd: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    async def keep() -> None:
        async with opened(tmp_path) as shelter:
            assert await shelter.append([record(1)]) is Outcome.SPOOLED
            monkeypatch.setattr(disk, "_sync", fails)
            assert await shelter.append([record(2)]) is Outcome.AWAY
            monkeypatch.setattr(disk, "_sync", sync)
            assert await shelter.append([record(3)]) is Outcome.SPOOLED
            assert len(segments(tmp_path)) == 2

    asyncio.run(keep())
    assert drained(tmp_path, RecordingLog()) == [record(1), record(3)]


def test_a_folder_that_cannot_be_made_is_no_reason_not_to_serve_and_is_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")

    async def keep() -> None:
        async with opened(in_the_way / "spool") as shelter:
            assert shelter.spool.level(NOW_MS).problem == "ENOTDIR"
            assert await shelter.append([record(1)]) is Outcome.AWAY
            in_the_way.unlink()
            assert await shelter.append([record(2)]) is Outcome.SPOOLED

    asyncio.run(keep())
    assert any("spool_failed error=ENOTDIR" in message and "gateway.spool" in message for message in caplog.messages)
