"""Alerts as signed webhooks (Standard Webhooks): the message itself as the body, posted to the address that was checked."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import socket
import time
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime
from functools import cached_property
from ssl import SSLContext

import httpx

from sinks.alert import Alert
from sinks.notifiers.address import RefusedAddressError, checked_url, first_allowed
from sinks.notifiers.destination import Delivered, Failed, Gone, Outcome, TooLarge
from sinks.notifiers.signature import headers, key_of
from sinks.notifiers.threads import begun
from sinks.settings import WebhookSettings

MAX_BODY = 20_000
_GONE = 410
_ASKS_FOR_PATIENCE = frozenset({429, 503})

# They log the URL of every request, which may hold a secret.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

Resolve = Callable[[str, int], Awaitable[list[str]]]


async def resolved(host: str, port: int) -> list[str]:
    """What the name stands for now, in the resolver's order."""
    # Not in asyncio's own threads: it joins them at the loop's end, and a resolver may hang longer than any deadline.
    asking = begun(lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), "resolve")
    found = await asyncio.wrap_future(asking)
    return [str(entry[4][0]) for entry in found]


class Webhook:
    parallel = 4

    def __init__(self, settings: WebhookSettings, now_s: Callable[[], float] = time.time, resolve: Resolve = resolved) -> None:
        """A ValueError for a URL or secret that is none."""
        self.name = settings.name
        self.accounts = settings.accounts
        self.schedule = settings.schedule
        self.endpoint = hashlib.sha256(settings.url.encode()).hexdigest()[:16]
        self._url = checked_url(settings.url, allow_private=settings.allow_private)
        self._keys = tuple(key_of(secret) for secret in settings.secrets)
        if not self._keys:
            raise ValueError(f"The webhook {settings.name} has no secret: set one, whsec_...")
        self._allow_private = settings.allow_private
        self._timeout_s = settings.timeout_s
        self._now_s = now_s
        self._resolve = resolve

    def send(self, alert: Alert, body: bytes) -> Outcome:
        if len(body) >= MAX_BODY:
            return TooLarge()
        try:
            # One deadline over everything, name resolution and a receiver that answers byte by byte included.
            return asyncio.run(asyncio.wait_for(self._post(alert.send_id, body), self._timeout_s))
        except TimeoutError:
            return Failed(f"no answer within {self._timeout_s:g} s")
        except RefusedAddressError as error:
            return Failed(str(error))
        except (OSError, httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            # InvalidURL: httpx reads the address of a redirect even where it is not followed.
            return Failed(f"not reached: {type(error).__name__}")

    async def _post(self, message_id: str, body: bytes) -> Outcome:
        host, port = self._url.hostname or "", self._url.port or (443 if self._url.scheme == "https" else 80)
        # 1. The address is resolved once, checked, and it is the one connected to: the name may mean another one a moment later.
        address = first_allowed(await self._resolve(host, port), allow_private=self._allow_private)
        # 2. Signed at this attempt, over these bytes.
        signed = headers(self._keys, message_id, int(self._now_s()), body)
        request = {**signed, "host": self._url.netloc, "content-type": "application/json", "user-agent": "deskpulse"}
        # 3. No redirect and no proxy would have been checked.
        async with (
            httpx.AsyncClient(verify=self._tls, trust_env=False, follow_redirects=False, timeout=self._timeout_s) as client,
            client.stream(
                "POST", self._at(address, port), content=body, headers=request, extensions={"sni_hostname": host}
            ) as response,
        ):
            return self._judge(response)

    def _at(self, address: str, port: int) -> str:
        path = self._url.path or "/"
        query = f"?{self._url.query}" if self._url.query else ""
        literal = f"[{address}]" if ":" in address else address
        return f"{self._url.scheme}://{literal}:{port}{path}{query}"

    def _judge(self, response: httpx.Response) -> Outcome:
        if response.is_success:
            return Delivered()
        if response.status_code == _GONE:
            return Gone()
        patient = response.status_code in _ASKS_FOR_PATIENCE
        return Failed(
            f"answered {response.status_code}",
            asked_wait_ms(response.headers.get("retry-after", ""), self._now_s()) if patient else 0,
        )

    @cached_property
    def _tls(self) -> SSLContext:
        # Reading the certificates takes longer than a send.
        return httpx.create_ssl_context(trust_env=False)


def asked_wait_ms(retry_after: str, now_s: float) -> int:
    """Retry-After in seconds or as a date; 0 where it is neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return int(retry_after[:9]) * 1000
    try:
        return max(0, int((parsedate_to_datetime(retry_after).timestamp() - now_s) * 1000))
    except (ValueError, TypeError, OverflowError):
        return 0
