"""Unit tests need nothing: a test here that opens a connection fails."""

from __future__ import annotations

import socket
from typing import Never

import pytest


@pytest.fixture(autouse=True)
def _no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_socket: socket.socket, address: object) -> Never:
        pytest.fail(f"a unit test tried to connect to {address}: it belongs to tests/integration")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)
