"""What stands in the log of a part: one line an entry, with what it is about."""

from __future__ import annotations

import io
import logging

import pytest

from deskpulse.commands.logs import to_stderr
from sinks.logs import Log


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    written = io.StringIO()
    monkeypatch.setattr("sys.stderr", written)
    to_stderr()
    return written


def test_an_entry_says_its_fields(lines: io.StringIO) -> None:
    Log("sinks.loop").warning("waiting", topic="facts", reason="table facts: ClickHouse code 60", again_in_ms=None)
    stamp, _, entry = lines.getvalue().partition(" WARNING ")
    assert stamp
    assert entry == 'sinks.loop waiting topic=facts reason="table facts: ClickHouse code 60" again_in_ms=None\n'


def test_an_entry_stays_one_line_whatever_a_reason_holds(lines: io.StringIO) -> None:
    Log("sinks.loop").error("kafka", reason='a "b"\n\x1b[2Kc', empty="")
    assert lines.getvalue().endswith('kafka reason="a \\"b\\"\\n\\u001b[2Kc" empty=""\n')
    assert lines.getvalue().count("\n") == 1


def test_an_entry_without_fields_is_its_message(lines: io.StringIO) -> None:
    logging.getLogger("ingest.append").warning("broker_away error=%s", "_TRANSPORT")
    assert lines.getvalue().endswith(" WARNING ingest.append broker_away error=_TRANSPORT\n")
