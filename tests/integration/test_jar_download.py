"""Fetching the jars, against a small Maven repository on loopback."""

from __future__ import annotations

import gc
import hashlib
import http.server
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from deskpulse.local_kafka.errors import ChecksumError, DownloadError
from deskpulse.local_kafka.jars import fetch_missing
from deskpulse.local_kafka.lock import Jar
from deskpulse.local_kafka.ports import free_port

# jgo leaves the answer of a download that broke off to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

_CONTENT = b"the content of a jar" * 1000
_JAR = Jar("org.example", "thing", "1.0", hashlib.sha256(_CONTENT).hexdigest(), len(_CONTENT))
_PATH = "/org/example/thing/1.0/thing-1.0.jar"


@dataclass
class Repository:
    url: str
    content: bytes = _CONTENT
    cut_answers: int = 0
    asked: list[str] = field(default_factory=list)


@pytest.fixture(autouse=True)
def _collect_before_the_next_test() -> Iterator[None]:
    yield
    gc.collect()


@pytest.fixture
def repository() -> Iterator[Repository]:
    class Door(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked.append(self.path)
            if self.path != _PATH:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(told.content)))
            self.end_headers()
            if told.cut_answers:
                told.cut_answers -= 1
                self.wfile.write(told.content[: len(told.content) // 2])
                self.close_connection = True
            else:
                self.wfile.write(told.content)

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        told = Repository(f"http://127.0.0.1:{server.server_port}")
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield told
        server.shutdown()
        serving.join()


def test_a_fetched_jar_is_kept_and_its_progress_ends_at_its_size(repository: Repository, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    fetch_missing([_JAR], tmp_path, lambda _what, done, total: told.append((done, total)), repository.url)
    assert (tmp_path / _JAR.file_name).read_bytes() == _CONTENT
    assert told[0] == (0, _JAR.size)
    assert told[-1] == (_JAR.size, _JAR.size)
    assert [path.name for path in tmp_path.iterdir()] == [_JAR.file_name]


def test_a_corrupted_jar_in_the_cache_is_fetched_again(repository: Repository, tmp_path: Path) -> None:
    cached = tmp_path / _JAR.file_name
    # Of the same length, so that only the checksum tells.
    cached.write_bytes(b"X" + _CONTENT[1:])
    fetch_missing([_JAR], tmp_path, repository=repository.url)
    assert cached.read_bytes() == _CONTENT
    fetch_missing([_JAR], tmp_path, repository=repository.url)
    assert repository.asked.count(_PATH) == 1, "an intact jar was fetched again"


def test_a_download_that_breaks_off_is_tried_again(repository: Repository, tmp_path: Path) -> None:
    repository.cut_answers = 1
    fetch_missing([_JAR], tmp_path, repository=repository.url)
    assert (tmp_path / _JAR.file_name).read_bytes() == _CONTENT


def test_a_download_that_always_breaks_off_leaves_nothing_under_the_final_name(repository: Repository, tmp_path: Path) -> None:
    repository.cut_answers = 1000
    with pytest.raises((DownloadError, ChecksumError), match=_JAR.file_name):
        fetch_missing([_JAR], tmp_path, repository=repository.url)
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_download_left_is_swept_once_it_is_old(repository: Repository, tmp_path: Path) -> None:
    for name, age_s in (("partial-old", 7200), ("partial-young", 0)):
        (tmp_path / name).mkdir()
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    fetch_missing([_JAR], tmp_path, repository=repository.url)
    assert {path.name for path in tmp_path.iterdir()} == {"partial-young", _JAR.file_name}


def test_a_jar_with_another_checksum_is_not_kept(repository: Repository, tmp_path: Path) -> None:
    repository.content = b"Y" * _JAR.size
    with pytest.raises(ChecksumError, match=rf"{_JAR.file_name} arrived with SHA-256 .*{_JAR.sha256} is pinned.*proxy or mirror"):
        fetch_missing([_JAR], tmp_path, repository=repository.url)
    assert list(tmp_path.iterdir()) == []


def test_a_repository_out_of_reach_is_said_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        DownloadError, match=rf"Could not download {_JAR.file_name}: .*refused.*network or proxy.*DESKPULSE_KAFKA_HOME"
    ) as told:
        fetch_missing([_JAR], tmp_path, repository=f"http://127.0.0.1:{free_port()}")
    assert "HTTPConnectionPool" not in str(told.value)


def test_a_jar_the_repository_lacks_is_said_with_its_name(repository: Repository, tmp_path: Path) -> None:
    lacking = Jar("org.example", "other", "1.0", _JAR.sha256, _JAR.size)
    with pytest.raises(DownloadError, match=r"Could not download other-1\.0\.jar"):
        fetch_missing([lacking], tmp_path, repository=repository.url)
