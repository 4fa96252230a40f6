"""One real Apache Kafka on this machine: start, be ready, stop, and start again on its own data."""

from __future__ import annotations

import base64
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

from deskpulse.local_kafka import config, folder, power, tether
from deskpulse.local_kafka.errors import BrokerDiedError, DataFolderInUseError, LocalKafkaError, NotReadyError, PortInUseError
from deskpulse.local_kafka.jars import Progress, class_path, silent
from deskpulse.local_kafka.jre import java
from deskpulse.local_kafka.ports import claim, free_port
from deskpulse.local_kafka.ready import Answer

READY_WITHIN_S = 60.0
STOPPED_WITHIN_S = 20.0

_POLL_S = 0.05
_FORMATTED = "formatted"
_OUTPUT = "broker.out"
_TAIL_LINES = 15


class LocalKafka:
    """A broker of its own process group, so that Ctrl-C reaches the workers first; it is stopped last, by pid.

    With `die_with_parent` it also ends when this process is killed; without, the next start in the folder stops it.
    Not for several threads at once.
    """

    def __init__(self, data_dir: Path, port: int, *, die_with_parent: bool = False) -> None:
        self.data_dir = folder.resolved(data_dir)
        self.port = port
        self.bootstrap = f"127.0.0.1:{port}"
        self._die_with_parent = die_with_parent
        self._ownership = folder.Ownership(self.data_dir)
        self._broker: subprocess.Popen[bytes] | None = None
        self._tether: subprocess.Popen[bytes] | None = None
        self._after_power_loss: bool | None = None
        self._log_mark = 0

    @property
    def pid(self) -> int | None:
        """The broker's, while it runs."""
        return self._broker.pid if self._broker is not None and self._broker.poll() is None else None

    @property
    def log_file(self) -> Path:
        return self.data_dir / config.BROKER_LOG

    def after_power_loss(self) -> bool:
        """True if the machine went down under the last broker of this folder, so that result topics may lack their end.

        Keeps its answer once the broker has started.
        """
        if self._after_power_loss is None:
            return power.went_down(self.data_dir, power.boot_id())
        return self._after_power_loss

    def start(self, progress: Progress = silent) -> None:
        """Starts the broker and returns at once, after the first download and format. Nothing happens if it runs."""
        if self.pid is not None:
            return
        self._after_end()
        self._ownership.take()
        try:
            self._start(progress)
        except BaseException:
            self.stop()
            raise

    def _start(self, progress: Progress) -> None:
        # 1. Alone: an orphan of a killed owner would hold the folder and the port.
        folder.stop_orphan(self.data_dir, STOPPED_WITHIN_S)
        # 2. Before Kafka removes the mark of a clean shutdown.
        self._after_power_loss = power.went_down(self.data_dir, power.boot_id())
        # 3. Everything that can be missing.
        program, jars = java(), class_path(progress)
        claim(self.port)
        self._write(config.SERVER_PROPERTIES, config.server_properties(self.port, free_port()))
        self._write(config.LOG4J_PROPERTIES, config.log4j_properties())
        self._format(program, jars)
        # 4. The broker; its pid is on disk before anything else can go wrong.
        self._log_mark = self.log_file.stat().st_size if self.log_file.exists() else 0
        self._broker = self._spawn(config.command(program, jars, self.data_dir, "kafka.Kafka", config.SERVER_PROPERTIES))
        folder.write_pid(self.data_dir, self._broker.pid)
        power.remember_boot(self.data_dir, power.boot_id())
        if self._die_with_parent:
            self._tether = subprocess.Popen(
                [sys.executable, "-I", "-S", tether.__file__, str(self._broker.pid)],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def wait_ready(self, deadline_s: float = READY_WITHIN_S) -> None:
        """Returns when clients can work; raises when the broker died or the time is over."""
        answer = Answer(self.port)
        end_s = time.monotonic() + deadline_s
        while not answer.is_there():
            if self.pid is None:
                raise self.died()
            if time.monotonic() > end_s:
                raise NotReadyError(deadline_s, self.log_file, self._tail())
            time.sleep(_POLL_S)

    def stop(self, deadline_s: float = STOPPED_WITHIN_S) -> None:
        """Clean shutdown, by force after the deadline. Afterwards the folder is free; stopping twice is no error."""
        if self._broker is not None:
            self._broker.terminate()
            try:
                self._broker.wait(deadline_s)
            except subprocess.TimeoutExpired:
                self._broker.kill()
        self._after_end()
        self._ownership.release()

    def kill(self) -> None:
        """SIGKILL, as a crash would be. The folder stays ours, and `start` brings the broker back on its data."""
        if self._broker is not None:
            self._broker.kill()
        self._after_end()

    def _after_end(self) -> None:
        if self._tether is not None:
            self._tether.kill()
            self._tether.communicate()
            self._tether = None
        if self._broker is not None:
            self._broker.wait()
            self._broker = None
            folder.forget_pid(self.data_dir)

    def __enter__(self) -> Self:
        self.start()
        try:
            self.wait_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _format(self, program: Path, jars: list[Path]) -> None:
        # The mark is ours, because a format that was killed half-way leaves some of Kafka's own files.
        if (self.data_dir / _FORMATTED).exists():
            return
        arguments = ("format", "--cluster-id", _new_cluster_id(), "--config", config.SERVER_PROPERTIES, "--ignore-formatted")
        tool = config.command(program, jars, self.data_dir, "kafka.tools.StorageTool", *arguments)
        with self._output().open("wb") as output:
            ended = subprocess.run(tool, cwd=self.data_dir, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False)
        if ended.returncode != 0:
            raise BrokerDiedError(ended.returncode, self._output(), last_lines(self._output()))
        self._write(_FORMATTED, "")

    def _spawn(self, command: list[str]) -> subprocess.Popen[bytes]:
        with self._output().open("wb") as output:
            return subprocess.Popen(
                command,
                cwd=self.data_dir,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def _output(self) -> Path:
        return self.data_dir / _OUTPUT

    def _write(self, name: str, text: str) -> None:
        (self.data_dir / name).write_text(text, encoding="ascii")

    def _tail(self) -> str:
        """What this start said: what the JVM printed, then the end of the log."""
        return "\n".join(filter(None, [last_lines(self._output()), last_lines(self.log_file, since=self._log_mark)]))

    def died(self) -> LocalKafkaError:
        tail = self._tail()
        if refused := re.search(r"failed to bind to \S+:(\d+)", tail):
            return PortInUseError(int(refused[1]), None)
        if "Failed to acquire lock on file .lock" in tail:
            return DataFolderInUseError(self.data_dir, None)
        return BrokerDiedError(self._broker.returncode if self._broker else None, self.log_file, tail)


def last_lines(file: Path, since: int = 0) -> str:
    """The end of what was written after byte `since`; all of it counts if the file was rotated meanwhile."""
    if not file.exists():
        return ""
    written = file.read_bytes()
    fresh = written[since:] if since <= len(written) else written
    return "\n".join(fresh.decode(errors="replace").splitlines()[-_TAIL_LINES:])


def _new_cluster_id() -> str:
    # Kafka's form of a UUID; one that began with a dash would be read as an option.
    return "D" + base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii")[1:22]
