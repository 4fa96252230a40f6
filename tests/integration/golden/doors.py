"""Posts as senders do: batches of CloudEvents with a token, Zendesk's deliveries one by one and signed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx

from tests.doors import bearing, signed
from tests.eventually import eventually
from tests.integration.golden.moved import SOURCE, Moved
from tests.timeline import iso

_AGAIN = frozenset({429, 503})
_WITHIN_S = 30.0


class Doors:
    def __init__(self, url: str, now_ms: Callable[[], int]) -> None:
        self._http = httpx.Client(base_url=url, timeout=10.0, trust_env=False)
        self._now_ms = now_ms
        self.answers: Counter[str] = Counter()
        """How often the gateway answered what, refusals to be repeated left out."""

    def close(self) -> None:
        self._http.close()

    def events(self, moved: Moved, told: Sequence[dict[str, Any]]) -> None:
        headers = bearing(token_of(moved.account), "application/cloudevents-batch+json")
        self._post("/v1/events", json.dumps(list(told)).encode(), lambda _body: headers)

    def webhook(self, moved: Moved, body: bytes) -> None:
        def headers(sent: bytes) -> Mapping[str, str]:
            return signed(sent, secret_of(moved.account), iso(self._now_ms()))

        self._post(f"/v1/webhooks/{moved.account}/{SOURCE}", body, headers)

    def _post(self, path: str, body: bytes, headers: Callable[[bytes], Mapping[str, str]]) -> None:
        def posted() -> httpx.Response | None:
            answer = self._http.post(path, content=body, headers=dict(headers(body)))
            return None if answer.status_code in _AGAIN else answer

        answer = eventually(posted, _WITHIN_S, "the gateway takes it")
        assert answer is not None
        assert answer.status_code == httpx.codes.OK, answer.text
        told = answer.json()
        for one in told if isinstance(told, list) else [told]:
            self.answers[one["status"]] += 1


def token_of(account: str) -> str:
    return f"token-of-the-tests-for-{account}"


def secret_of(account: str) -> str:
    return f"secret-of-the-tests-for-{account}"
