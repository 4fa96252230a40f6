"""Where the log of a part goes: standard error, one line an entry."""

from __future__ import annotations

import json
import logging


def to_stderr() -> None:
    output = logging.StreamHandler()
    output.setFormatter(WithFields("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[output])
    # A line for each request would drown the rest.
    logging.getLogger("httpx").setLevel(logging.WARNING)


class WithFields(logging.Formatter):
    """The fields of an entry behind its message, `reason="no answer" topic=facts`: as the gateway writes its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library's name
        fields: dict[str, object] = getattr(record, "fields", {})
        return " ".join([super().formatMessage(record), *(f"{name}={_word(str(value))}" for name, value in fields.items())])


def _word(text: str) -> str:
    """Quoted where it would not be one word: an entry stays one line, whatever a reason holds."""
    is_plain = text.isprintable() and text and not set(text) & set(' "=')
    return text if is_plain else json.dumps(text)
