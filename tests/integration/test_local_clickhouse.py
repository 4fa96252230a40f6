"""The embedded ClickHouse as a process: it starts, survives kill -9, says who is in the way, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import clickhouse_connect
import psutil
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error

from deskpulse.local_clickhouse import FolderInUseError, LocalClickHouse, LocalClickHouseError, Role, Tokens
from deskpulse.local_kafka.ports import free_port
from tests.eventually import eventually

pytestmark = pytest.mark.clickhouse


@pytest.fixture
def server(data_folder: Path) -> Iterator[LocalClickHouse]:
    """On a folder whose name has a space, a comma and an umlaut."""
    made = LocalClickHouse(data_folder.with_name(data_folder.name + " ?a=b&c"), free_port(), die_with_parent=True)
    yield made
    made.stop()


def client_of(server: LocalClickHouse) -> Client:
    return clickhouse_connect.get_client(dsn=server.dsn(Role.ADMIN), autogenerate_session_id=False, query_retries=0)


def ready(server: LocalClickHouse) -> Client:
    server.start()
    server.wait_ready()
    return client_of(server)


def test_it_starts_again_on_its_own_data_after_kill_9(server: LocalClickHouse) -> None:
    client = ready(server)
    client.command("CREATE DATABASE mine")
    client.command("CREATE TABLE mine.kept (n UInt8) ENGINE = MergeTree ORDER BY n")
    client.command("INSERT INTO mine.kept VALUES (7)")
    client.close()
    server.kill()
    assert server.pid is None
    client = ready(server)
    assert client.command("SELECT n FROM mine.kept") == 7
    client.close()
    pid = server.pid
    server.stop()
    assert pid is not None
    assert not psutil.pid_exists(pid)
    client = ready(server)
    assert client.command("SELECT n FROM mine.kept") == 7
    client.close()


def test_a_second_server_is_told_who_has_the_folder(server: LocalClickHouse) -> None:
    ready(server).close()
    second = LocalClickHouse(server.data_dir, free_port(), die_with_parent=True)
    with pytest.raises(FolderInUseError, match=rf"in use by the process with pid {server.pid}\b"):
        second.start()
    first_answers = client_of(server)
    assert first_answers.command("SELECT 1") == 1
    first_answers.close()


def test_a_taken_port_is_said_and_nothing_is_left_running(data_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        server = LocalClickHouse(data_folder, taken.getsockname()[1], die_with_parent=True)
        server.start()
        with pytest.raises(LocalClickHouseError, match=r"Port \d+ of 127.0.0.1 is taken"):
            server.wait_ready()
        assert server.pid is None
        server.stop()


def test_sigterm_ends_it_though_a_query_runs_forever(server: LocalClickHouse) -> None:
    client = ready(server)
    refused: list[Exception] = []

    def run_forever() -> None:
        try:
            client.query("SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))")
        except (Error, OSError) as error:
            refused.append(error)

    running = threading.Thread(target=run_forever)
    running.start()
    watcher = client_of(server)
    eventually(lambda: watcher.command("SELECT count() FROM system.processes WHERE query LIKE '%sipHash64(number)%'") == 2)
    watcher.close()
    pid, begun_s = server.pid, time.monotonic()
    assert pid is not None
    os.kill(pid, signal.SIGTERM)
    eventually(lambda: server.pid is None, within_s=15, what="the server is gone")
    assert time.monotonic() - begun_s < 15
    running.join()
    assert len(refused) == 1
    client.close()


def test_its_tokens_are_for_its_owner_alone_and_stay(server: LocalClickHouse) -> None:
    tokens = server.tokens
    file = server.data_dir / "tokens.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len({tokens.of(role) for role in Role}) == len(Role)
    assert LocalClickHouse(server.data_dir, 1).tokens == tokens


def test_tokens_may_be_given(data_folder: Path) -> None:
    given = Tokens(reader="r" * 20, writer="w/@:" * 5, admin="a" * 20)
    with LocalClickHouse(data_folder, free_port(), die_with_parent=True, tokens=given) as server:
        client = clickhouse_connect.get_client(dsn=server.writer_dsn, autogenerate_session_id=False)
        assert client.command("SELECT 1") == 1
        client.close()
        output = server.log_file.read_text()
    assert not any(given.of(role) in output for role in Role)


def test_it_dies_with_the_process_that_started_it(data_folder: Path) -> None:
    port = free_port()
    code = (
        "import sys, pathlib\n"
        "from deskpulse.local_clickhouse import LocalClickHouse\n"
        "server = LocalClickHouse(pathlib.Path(sys.argv[1]), int(sys.argv[2]), die_with_parent=True)\n"
        "server.start(); server.wait_ready(); print(server.pid, flush=True); sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(data_folder), str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    assert parent.stdin is not None
    pid = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    parent.stdin.close()
    eventually(lambda: not psutil.pid_exists(pid), within_s=15, what="the orphan ends")


def test_its_disk_keeps_what_it_acknowledged(server: LocalClickHouse) -> None:
    """Parts are fsynced, or a power loss would take acknowledged rows."""
    client = ready(server)
    asked = "SELECT name, value FROM system.merge_tree_settings WHERE name IN ('fsync_after_insert', 'fsync_part_directory')"
    assert {row[0]: row[1] for row in client.query(asked).result_rows} == {"fsync_after_insert": "1", "fsync_part_directory": "1"}
    assert client.command("SELECT timezone()") == "UTC"
    client.close()
