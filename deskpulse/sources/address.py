"""Where a source's deliveries are posted. Pure."""

from __future__ import annotations

from deskpulse.settings import Settings


def url_of(settings: Settings, vendor: str, account: str, name: str) -> str:
    """As the sender reaches it; a key in the path, where a vendor signs nothing, is not part of it."""
    base = settings.gateway.url
    return f"{base}/v1/events" if vendor == "cloudevents" else f"{base}/v1/webhooks/{account}/{name}"
