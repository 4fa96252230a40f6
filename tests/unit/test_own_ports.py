"""A port that somebody has is named before anything begins, with what to set."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deskpulse.cli import app


def test_a_gateway_whose_port_is_taken_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
        monkeypatch.setenv("DESKPULSE_GATEWAY__PORT", str(port))
        ended = CliRunner().invoke(app, ["gateway"])
    assert ended.exit_code == 3
    assert f"Port {port} of 127.0.0.1 is taken. Stop who has it, or set gateway.port" in ended.output
    assert not (tmp_path / ".deskpulse").exists()
