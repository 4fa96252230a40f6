"""What `sources add` says at its end: who must reach the URL, and what to run now."""

from __future__ import annotations

from deskpulse.doctor.gateway import is_running
from deskpulse.settings import Settings


def reach(settings: Settings, vendor: str) -> str:
    """Nothing where the URL is known to be right: the user's own programs may run here, a helpdesk seldom does."""
    if settings.gateway.public_url or vendor == "cloudevents":
        return ""
    return f"The helpdesk must reach this URL, and {settings.gateway.local_url} is this machine: set gateway.public_url, or use a tunnel."


def next_step(settings: Settings, *, is_new_account: bool) -> str:
    if not is_running(settings):
        return "Next: deskpulse up"
    return "Next: deskpulse apply" if is_new_account else "The running gateway knows it from its next request on."
