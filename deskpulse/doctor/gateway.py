"""The HTTP door, from inside and as the helpdesk reaches it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx

from deskpulse.doctor.finding import Finding, bad, good, look
from deskpulse.settings import Settings

_ASK_S = 5.0


def gateway(settings: Settings) -> Iterator[Finding]:
    local = settings.gateway.local_url
    said = _health(local)
    match said:
        case 200:
            yield good("gateway", f"{local} takes events")
        case 503:
            yield bad(
                "gateway", f"{local} is up but cannot reach the broker: it answers 503, senders try again", "see to the broker"
            )
        case None:
            yield bad("gateway", f"{local} does not answer", "start it: deskpulse up, or deskpulse gateway")
        case _:
            yield bad("gateway", f"{local} answers {said}: another program seems to listen there", "choose another gateway.port")
    public = settings.gateway.url
    if public != local and (reached := _health(public)) != httpx.codes.OK:
        yield look(
            "public URL",
            f"{public} answers {reached or 'nothing'} from here",
            "does the proxy in front pass /healthz and /v1/ on?",
        )


def _health(url: str) -> int | None:
    try:
        return httpx.get(f"{url}/healthz", timeout=_ASK_S, trust_env=False).status_code
    except httpx.HTTPError:
        return None
