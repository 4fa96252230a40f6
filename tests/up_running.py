"""`deskpulse up` as a process, as a person would start it: its own folder, free ports, and eyes on everything it starts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from deskpulse.database import Database, DatabaseError
from deskpulse.local_kafka.ports import free_port
from deskpulse.settings import Settings, load
from deskpulse.wiring.logins import access
from tests.eventually import eventually

TOKEN = "a-token-of-the-tests-0123456789"
_YAML = """\
accounts:
  acme:
    customer_key: a-key-of-the-tests-0123456789
    sources:
      counter: {{vendor: cloudevents, tokens: [{token}]}}
kafka: {{port: {kafka}}}
clickhouse: {{port: {clickhouse}}}
gateway: {{port: {gateway}}}
data: {data}
"""


@dataclass
class Up:
    folder: Path
    settings: Settings
    process: subprocess.Popen[bytes] | None = None
    posted: int = 0
    reply_ms: list[int] = field(default_factory=list)

    @classmethod
    def prepare(cls, folder: Path) -> Up:
        file = folder / "deskpulse.yaml"
        ports = sorted({free_port() for _ in range(40)})
        file.write_text(
            _YAML.format(
                token=TOKEN, kafka=ports[0], clickhouse=ports[1], gateway=ports[2], data=json.dumps(str(folder / "data"))
            )
        )
        return cls(folder, load(file))

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DESKPULSE_") or name in _KEPT}
        with (self.folder / "up.out").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deskpulse", "up", "--config", str(self.folder / "deskpulse.yaml")],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=environment,
            )

    def said(self) -> str:
        return (self.folder / "up.out").read_text(errors="replace")

    def wait_until_open(self, within_s: float = 120.0) -> None:
        eventually(self._is_open, within_s, what="the gateway takes events")

    def _is_open(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said()
        try:
            return httpx.get(f"{self.settings.gateway.local_url}/healthz", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def pid(self, part: str) -> int | None:
        try:
            return int(json.loads((self.folder / "data" / "run" / f"{part}.pid").read_text())["pid"])
        except (OSError, ValueError):
            return None

    def kill_part(self, part: str) -> None:
        """SIGKILL, and wait until the supervisor has another one."""
        before = self.pid(part)
        assert before is not None, f"{part} does not run"
        os.kill(before, signal.SIGKILL)
        eventually(lambda: self.pid(part) not in {None, before}, 60, what=f"{part} is started again")

    def kill_inside(self, part: str) -> None:
        """SIGKILL to the server itself, which the part only keeps; and wait until there is another."""
        before = self.pid(part)
        assert before is not None, f"{part} does not run"
        max(psutil.Process(before).children(), key=lambda process: int(process.memory_info().rss)).kill()
        eventually(lambda: self.pid(part) not in {None, before}, 60, what=f"{part} is started again")

    def post_ticket(self, within_s: float = 90.0) -> None:
        """A ticket that an agent answers after a minute or so; sent again until the gateway has it."""
        number, reply_ms = self.posted, 60_000 + 1_000 * self.posted
        opened_ms = int(datetime.now(UTC).timestamp() * 1000) - 3_600_000
        told = [
            _event(number, 1, "opened", opened_ms, {"channel": "chat", "customer": "c"}),
            _event(number, 2, "replied", opened_ms + reply_ms, {"actor": "agent", "agent": "ana"}),
        ]
        eventually(lambda: self._post(told), within_s, what="the gateway accepts events")
        self.posted += 1
        self.reply_ms.append(reply_ms)

    def _post(self, told: list[dict[str, Any]]) -> bool:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/cloudevents-batch+json"}
        url = f"{self.settings.gateway.local_url}/v1/events"
        try:
            answer = httpx.post(url, content=json.dumps(told), headers=headers, timeout=10, trust_env=False)
        except httpx.HTTPError:
            return False
        assert answer.status_code in {200, 503}, answer.text
        return answer.status_code == 200

    def rows(self, sql: str) -> list[dict[str, Any]]:
        database = Database(access(self.settings, "reader"))
        try:
            return database.rows(sql)
        except DatabaseError:
            return []
        finally:
            database.close()

    def numbers_are_right(self) -> None:
        """What was posted, and nothing else, is what ClickHouse shows."""
        found = self.rows("SELECT count() AS n, sum(value) AS total FROM v_facts WHERE metric = 'frt_human'")
        assert found == [{"n": self.posted, "total": sum(self.reply_ms)}]
        stored = self.rows("SELECT count() AS n FROM ticket_events FINAL")
        assert stored == [{"n": 2 * self.posted}]

    def wait_until_right(self, within_s: float = 90.0) -> None:
        def right() -> bool:
            self.numbers_are_right()
            return True

        eventually(right, within_s, what="ClickHouse shows what was posted")

    def processes(self) -> list[psutil.Process]:
        """Everything below the supervisor, as of now."""
        assert self.process is not None
        return [psutil.Process(self.process.pid), *psutil.Process(self.process.pid).children(recursive=True)]

    def interrupt(self, within_s: float = 60.0) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(within_s)

    def end(self) -> None:
        """After a failed test too: nothing of this folder may stay."""
        if self.process is not None and self.process.poll() is None:
            try:
                self.interrupt()
            except subprocess.TimeoutExpired:
                self.process.kill()


def _event(ticket: int, step: int, kind: str, at_ms: int, told: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    name = f"deskpulse.ticket.{kind}.v1"
    return {"specversion": "1.0", "id": f"{ticket}-{step}", "type": name, "subject": f"t{ticket}", "time": at, "data": told}


_KEPT = {"DESKPULSE_KAFKA_HOME", "DESKPULSE_MAVEN_URL"}
