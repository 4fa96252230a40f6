"""Values as people write them: `5m`, `${NAME}`, `Europe/Berlin`. What is wrong is said together with what would be right."""

import os
import re
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import BeforeValidator, Field, SecretStr

from sinks.notifiers.signature import key_of

HASHED = "sha256:"

_UNITS_MS = {"ms": 1, "s": 1000, "m": 60_000, "min": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(?:\d+(?:ms|s|min|m|h|d))+")
_PIECE = re.compile(r"(\d+)(ms|s|min|m|h|d)")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def duration_ms(value: object) -> int:
    """`90s`, `5m`, `1h30m`, `2d` in milliseconds. A bare number is refused: nobody can tell its unit."""
    written = value.replace(" ", "") if isinstance(value, str) else ""
    if not _DURATION.fullmatch(written):
        raise ValueError("a duration is a number with a unit, for example 90s, 5m, 1h30m or 2d")
    return sum(int(number) * _UNITS_MS[unit] for number, unit in _PIECE.findall(written))


def between(least: str, most: str, step: str = "1ms") -> BeforeValidator:
    """A duration within bounds, which the message names as they are written."""
    least_ms, most_ms, step_ms = duration_ms(least), duration_ms(most), duration_ms(step)

    def bounded(value: object) -> int:
        found = duration_ms(value)
        if not least_ms <= found <= most_ms or found % step_ms:
            steps = f", in steps of {step}" if step_ms > 1 else ""
            raise ValueError(f"a duration from {least} to {most}{steps}")
        return found

    return BeforeValidator(bounded)


def secret(value: object) -> object:
    """The text itself, `${NAME}` of the environment, or `file:/path`. The message never holds the value."""
    if isinstance(value, SecretStr):
        return value
    if not isinstance(value, str):
        raise ValueError("a secret is text: put it in quotes, or write ${NAME} or file:/path")  # noqa: TRY004 - pydantic collects it
    if named := _VARIABLE.fullmatch(value):
        value = os.environ.get(named[1], "")
        if not value:
            raise ValueError(f"the environment variable {named[1]} is not set; set it, or write the secret or file:/path")
    elif value.startswith("file:"):
        value = _from_file(Path(value.removeprefix("file:")))
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError("a secret is text in UTF-8, and this one holds bytes that are none: copy it again")
    if not value.strip():
        raise ValueError("a secret must not be empty")
    return value.strip()


def _from_file(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise ValueError(f"the file {path} cannot be read ({why}); it should hold the secret and nothing else") from error


def long_secret(value: object) -> object:
    found = secret(value)
    if isinstance(found, str) and len(found) < 16:
        raise ValueError("at least 16 characters; `deskpulse sources add` makes a good one")
    return found


def webhook_secret(value: object) -> object:
    found = secret(value)
    if isinstance(found, str):
        key_of(found)
    return found


def token(value: object) -> object:
    """A bearer token, or `sha256:` and its hash in hex, from which nobody can make the token."""
    found = secret(value)
    if isinstance(found, str) and found.startswith(HASHED) and not re.fullmatch(r"[0-9a-f]{64}", found.removeprefix(HASHED)):
        raise ValueError("after sha256: the 64 hexadecimal digits of the token's hash are expected")
    return long_secret(found)


def zone(value: object) -> object:
    known = available_timezones()
    if isinstance(value, str) and value in known:
        return value
    close = get_close_matches(str(value), known, n=1)
    hint = f"did you mean {close[0]}?" if close else "for example Europe/Berlin or UTC"
    raise ValueError(f"no time zone of this name is known; {hint}")


def folder(value: object) -> object:
    if value == "":
        raise ValueError("a folder has a name; leave the key out for the default")
    return value


def decimal(value: object) -> object:
    """A ratio stays the text that was written: it is read as a fraction, never as a float."""
    return f"{value}" if isinstance(value, int | float) and not isinstance(value, bool) else value


Duration = Annotated[int, BeforeValidator(duration_ms)]
Secret = Annotated[SecretStr, BeforeValidator(secret)]
LongSecret = Annotated[SecretStr, BeforeValidator(long_secret)]
WebhookSecret = Annotated[SecretStr, BeforeValidator(webhook_secret)]
Token = Annotated[SecretStr, BeforeValidator(token)]
Folder = Annotated[Path, BeforeValidator(folder)]
Zone = Annotated[str, BeforeValidator(zone)]
Ratio = Annotated[str, BeforeValidator(decimal), Field(pattern=r"^\d{1,3}(\.\d{1,3})?$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""Of an account or a source: part of an event's `source` and of a URL."""
Port = Annotated[int, Field(ge=1, le=65535)]
