"""The HTTP door, from inside and as the helpdesk reaches it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from deskpulse.doctor.finding import Finding, bad, good, look
from deskpulse.doctor.spool import spool
from deskpulse.settings import Settings

_ASK_S = 5.0


def gateway(settings: Settings) -> Iterator[Finding]:
    local = settings.gateway.local_url
    said, told = _health(local)
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
    yield from spool(settings, told.get("spool"))
    public = settings.gateway.url
    if public != local and (reached := _health(public)[0]) != httpx.codes.OK:
        yield look(
            "public URL",
            f"{public} answers {reached or 'nothing'} from here",
            "does the proxy in front pass /healthz and /v1/ on?",
        )


def is_running(settings: Settings) -> bool:
    """Whether a gateway answers here, able to take events or not; another program on its port is none."""
    return _health(settings.gateway.local_url)[1].get("spool") is not None


def _health(url: str) -> tuple[int | None, dict[str, Any]]:
    """What it answers, and what it says of itself."""
    try:
        answer = httpx.get(f"{url}/healthz", timeout=_ASK_S, trust_env=False)
        told = answer.json()
    except httpx.HTTPError:
        return None, {}
    except ValueError:
        return answer.status_code, {}
    return answer.status_code, told if isinstance(told, dict) else {}
