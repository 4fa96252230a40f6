"""A signing secret as it came through a pipe or from a prompt. Pure; no message holds any of it."""

from __future__ import annotations

_BOM = b"\xef\xbb\xbf"
MOST = 4096


class NoSecretError(Exception):
    """What came cannot be a secret; the message says why."""


def secret_of(given: bytes) -> str:
    try:
        # Windows shells and editors put a mark before the text.
        secret = given.removeprefix(_BOM).decode().strip()
    except UnicodeDecodeError:
        raise NoSecretError("the secret is not UTF-8 text: copy it again, as the helpdesk shows it") from None
    if not secret:
        raise NoSecretError("no secret came. Run it again when you have it; the URL stays the same")
    if len(secret) > MOST:
        raise NoSecretError(f"more than {MOST:,} characters are no secret: give the secret and nothing else")
    if len(secret.splitlines()) > 1:
        raise NoSecretError("several lines are no secret: give the secret and nothing else")
    return secret
