"""What a part writes for weeks stays bounded while it writes, and whoever follows it goes on."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Never

import pytest

from deskpulse.running.tail import Tail
from deskpulse.supervisor import Part, Stage, Supervisor, bounded
from deskpulse.supervisor.child import Child


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded, "MOST_BYTES", 10)


def test_a_log_that_grew_is_kept_once_and_begun_anew_under_its_writer(tmp_path: Path) -> None:
    supervisor = Supervisor(tmp_path, {})
    sink = supervisor.children["sink"] = Child(Part("sink", (), Stage.SERVICE), tmp_path, {})
    sink.log_file.parent.mkdir()
    for file in (sink.log_file, sink.output_file):
        with file.open("ab", buffering=0) as written:
            written.write(b"first line\n")
            supervisor.look()
            written.write(b"second\n")
            supervisor.look()
        assert file.read_bytes() == b"second\n"
        assert file.with_name(f"{file.name}.1").read_bytes() == b"first line\n"


def test_on_a_full_disk_a_log_is_cut_without_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> Never:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    file = tmp_path / "sink.log"
    file.write_bytes(b"first line\n")
    bounded.bound(file)
    assert file.read_bytes() == b""


def test_who_follows_a_file_reads_on_when_it_is_begun_anew(tmp_path: Path) -> None:
    file = tmp_path / "notify.out"
    file.touch()
    tail = Tail(file)
    with file.open("ab", buffering=0) as written:
        written.write(b"first line\n")
        assert tail.lines() == ["first line"]
        bounded.bound(file)
        written.write(b"second\n")
        assert tail.lines() == ["second"]
