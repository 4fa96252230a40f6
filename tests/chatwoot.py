"""A Chatwoot that sends each message once, signed, and remembers what it was told."""

from __future__ import annotations

import hmac
import json
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.deliveries import fixtures

SECRET = "chatwoot-secret-of-the-tests-01"


@dataclass
class Chatwoot:
    """Of one account. Numbers rise with every message; a message is never sent again, whatever became of it."""

    account: str
    address: str
    sent: list[int] = field(default_factory=list)
    answered: dict[int, int] = field(default_factory=dict)
    """Status by number; a request that had no answer is not in it."""
    said: dict[int, str] = field(default_factory=dict)
    """What the gateway did with it, by number: `appended` or `spooled`."""

    def say(self) -> httpx.Response | None:
        """An agent's next reply; None where there was no answer."""
        number = len(self.sent)
        payload: dict[str, Any] = next(one for one in fixtures("chatwoot") if one.name == "reply_by_agent").case["payload"]
        self.sent.append(number)
        answer = self.post(json.dumps({**payload, "id": number}).encode())
        if answer is not None:
            self.answered[number] = answer.status_code
            self.said[number] = answer.json().get("status", "")
        return answer

    def post(self, body: bytes) -> httpx.Response | None:
        now = str(int(time.time()))
        digest = hmac.digest(SECRET.encode(), f"{now}.".encode() + body, "sha256").hex()
        headers = {"content-type": "application/json", "x-chatwoot-timestamp": now, "x-chatwoot-signature": f"sha256={digest}"}
        url = f"{self.address}/v1/webhooks/{self.account}/chatwoot"
        try:
            return httpx.post(url, content=body, headers=headers, timeout=20, trust_env=False)
        except httpx.TransportError:
            return None

    def accepted(self) -> set[int]:
        return {number for number, status in self.answered.items() if status == 200}

    def spooled(self) -> set[int]:
        return {number for number, said in self.said.items() if said == "spooled"}

    def in_the_log(self, events: list[dict[str, Any]]) -> list[int]:
        """Its messages among these events, in their order, each as often as it is there."""
        source = f"/{self.account}/chatwoot"
        ids = [event["id"] for event in events if event["source"] == source and event["type"] == "deskpulse.ticket.replied.v1"]
        return [int(one.removeprefix("replied:77:")) for one in ids]
