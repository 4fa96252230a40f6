"""The local Kafka as its users meet it: it keeps what it was given, whatever kills it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Producer, TopicPartition

from deskpulse.local_kafka import LocalKafka, run
from deskpulse.local_kafka.config import LOG_DIR
from deskpulse.local_kafka.errors import BrokerDiedError, DataFolderInUseError, PortInUseError
from deskpulse.local_kafka.folder import running_broker
from deskpulse.local_kafka.ports import free_port
from deskpulse.topics import Installation, ensure_topics
from schemas.loader import topic
from tests.eventually import eventually
from tests.servers import AWKWARD_NAME

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A broker that the tests of this module may kill."""
    with LocalKafka(tmp_path_factory.mktemp("broker") / AWKWARD_NAME, free_port(), die_with_parent=True) as started:
        yield started


@pytest.fixture
def log(broker: LocalKafka) -> str:
    """A topic of one test's own."""
    installation = Installation(partitions=1, prefix=f"t{uuid.uuid4().hex[:6]}.")
    (name,) = ensure_topics({"bootstrap.servers": broker.bootstrap}, installation, declared=[topic("ticket-events")]).created
    return name


def _produce(broker: LocalKafka, log: str, values: list[str]) -> None:
    refused: list[object] = []
    producer = Producer({"bootstrap.servers": broker.bootstrap, "acks": "all", "enable.idempotence": True})
    for value in values:
        producer.produce(
            log, value=value, partition=0, on_delivery=lambda error, _message: refused.append(error) if error else None
        )
    assert producer.flush(20) == 0
    assert refused == []


def _read(broker: LocalKafka, log: str, count: int) -> list[str]:
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "reader", "isolation.level": "read_committed"})
    try:
        consumer.assign([TopicPartition(log, 0, OFFSET_BEGINNING)])
        read: list[str] = []

        def all_read() -> bool:
            for message in consumer.consume(count, 0.2):
                assert message.error() is None
                value = message.value()
                assert value is not None
                read.append(value.decode())
            return len(read) >= count

        eventually(all_read, within_s=20, what=f"{count} records read")
        return read
    finally:
        consumer.close()


def test_after_kill_9_it_restarts_on_its_own_data_with_nothing_lost(broker: LocalKafka, log: str) -> None:
    before = [f"before {number}" for number in range(1000)]
    _produce(broker, log, before)

    killed = broker.pid
    broker.kill()
    assert broker.pid is None
    broker.start()
    broker.wait_ready()

    assert broker.pid != killed
    assert not broker.after_power_loss(), "the machine stayed up"
    _produce(broker, log, ["after"])
    assert _read(broker, log, 1001) == [*before, "after"]


def test_a_transaction_commits_whole_and_an_aborted_one_is_not_read(broker: LocalKafka, log: str) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": "partition-0"})
    producer.init_transactions(30)
    for values, end in (
        (["a", "b"], producer.commit_transaction),
        (["never"], producer.abort_transaction),
        (["c"], producer.commit_transaction),
    ):
        producer.begin_transaction()
        for value in values:
            producer.produce(log, value=value, partition=0)
        end(30)
    assert _read(broker, log, 3) == ["a", "b", "c"]


def test_what_was_accepted_is_on_the_disk_within_seconds_without_a_shutdown(broker: LocalKafka, log: str) -> None:
    # The recovery point is how far the log was flushed. Kafka's default never flushes by time.
    _produce(broker, log, ["x"] * 10)

    def flushed_up_to() -> int:
        for line in (broker.data_dir / LOG_DIR / "recovery-point-offset-checkpoint").read_text().splitlines()[2:]:
            name, partition, offset = line.split()
            if (name, partition) == (log, "0"):
                return int(offset)
        return 0

    eventually(lambda: flushed_up_to() == 10, within_s=20, what="ten records flushed")


def test_it_stops_cleanly_and_nothing_is_left_running(data_folder: Path) -> None:
    broker = LocalKafka(data_folder, free_port())
    broker.start()
    broker.wait_ready()
    pid = broker.pid
    assert pid is not None
    broker.stop()
    assert not psutil.pid_exists(pid)
    assert (broker.data_dir / LOG_DIR / ".kafka_cleanshutdown").exists()
    assert running_broker(broker.data_dir) is None
    broker.stop()


def test_the_terminal_stays_quiet_and_the_log_is_in_the_data_folder(
    broker: LocalKafka, capfd: pytest.CaptureFixture[str]
) -> None:
    broker.kill()
    broker.start()
    broker.wait_ready()
    assert capfd.readouterr() == ("", "")
    assert (broker.data_dir / "broker.out").read_text() == "", "the JVM warned"
    assert "Kafka version: 4.3.1" in broker.log_file.read_text()


def test_a_port_in_use_is_named_with_its_holder(data_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        with pytest.raises(
            PortInUseError, match=rf"Port {port} on 127.0.0.1 is already in use by .*pid {os.getpid()}.*another port"
        ):
            LocalKafka(data_folder, port).start()


def test_a_data_folder_that_cannot_be_made_is_said_without_a_trace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert run(tmp_path / "file" / "data", free_port()) == 1
    assert "cannot be made: Not a directory. Choose another one." in " ".join(capsys.readouterr().err.split())


def test_a_data_folder_of_a_live_broker_is_refused_with_its_pid(broker: LocalKafka) -> None:
    with pytest.raises(DataFolderInUseError, match=f"pid {broker.pid}"):
        LocalKafka(broker.data_dir, free_port()).start()
    assert broker.pid is not None, "the refused start must not touch the running broker"


def test_a_broker_that_dies_at_start_shows_the_end_of_its_log(data_folder: Path) -> None:
    broker = LocalKafka(data_folder, free_port())
    broker.start()
    broker.kill()
    (data_folder / LOG_DIR / "meta.properties").write_text("version=1\ncluster.id=another\nnode.id=7\n")
    broker.start()
    with pytest.raises(BrokerDiedError, match=r"(?s)exit code 1.*Stored node id 7"):
        broker.wait_ready()
    broker.stop()


_OWNER = """
import sys, pathlib
from deskpulse.local_kafka import LocalKafka
broker = LocalKafka(pathlib.Path(sys.argv[1]), int(sys.argv[2]), die_with_parent=sys.argv[3] == "tethered")
broker.start()
print(broker.pid, flush=True)
sys.stdin.read()
"""


def _killed_owner(folder: Path, life: str) -> int:
    """Starts a broker from another process, kills that process with SIGKILL, and answers the broker's pid."""
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(folder), str(free_port()), life],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    pid = int(owner.stdout.readline())
    owner.kill()
    owner.communicate()
    return pid


def test_a_broker_whose_owner_was_killed_is_stopped_by_the_next_start(data_folder: Path) -> None:
    orphan = _killed_owner(data_folder, "free")
    assert running_broker(data_folder) == orphan
    broker = LocalKafka(data_folder, free_port())
    broker.start()
    assert not _lives(orphan)
    assert broker.pid == running_broker(broker.data_dir) != orphan
    broker.stop()


def test_a_tethered_broker_ends_with_its_killed_owner(data_folder: Path) -> None:
    orphan = _killed_owner(data_folder, "tethered")
    eventually(lambda: not _lives(orphan), within_s=30, what="the broker ended")


def _lives(pid: int) -> bool:
    # Without an init process nobody collects an orphan: a zombie holds nothing.
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_in_the_foreground_it_says_one_line_and_ends_on_ctrl_c(data_folder: Path) -> None:
    port = free_port()
    command = (
        "import sys, pathlib; from deskpulse.local_kafka import run; sys.exit(run(pathlib.Path(sys.argv[1]), int(sys.argv[2])))"
    )
    program = subprocess.Popen(
        [sys.executable, "-c", command, str(data_folder), str(port)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    line = program.stdout.readline()
    assert line.startswith(f"Apache Kafka 4.3.1 at 127.0.0.1:{port}, data in "), line
    broker = running_broker(data_folder)
    assert broker is not None
    program.send_signal(signal.SIGINT)
    output, errors = program.communicate(timeout=30)
    assert (output, errors, program.returncode) == ("", "", 0)
    assert not _lives(broker)
