"""Unit tests need nothing: a test here that opens a connection fails."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Never

import pytest


@pytest.fixture(autouse=True)
def _no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_socket: socket.socket, address: object) -> Never:
        pytest.fail(f"a unit test tried to connect to {address}: it belongs to tests/integration")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """For commands: an empty folder to run in, no variable of ours, and no gateway that anybody could reach."""
    for name in list(os.environ):
        if name.startswith("DESKPULSE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("deskpulse.sources.next_step.is_running", lambda _settings: False)
    return tmp_path
