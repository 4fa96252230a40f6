"""Tests marked `docker` run where a Docker engine answers. Elsewhere they are deselected, and the header says so."""

from __future__ import annotations

import os
import socket
from functools import cache

import httpx
import pytest

_ASK_S = 3.0
_USUAL = "unix:///var/run/docker.sock"


@cache
def engine() -> str:
    """Its version; empty where none answers. Asked by hand: the clients leave sockets open where nobody listens."""
    kind, _, where = os.environ.get("DOCKER_HOST", _USUAL).partition("://")
    if kind == "unix" and not _listens(where):
        return ""
    transport = httpx.HTTPTransport(uds=where) if kind == "unix" else None
    base = "http://docker" if kind == "unix" else f"http://{where}"
    try:
        with httpx.Client(transport=transport, base_url=base, timeout=_ASK_S, trust_env=False) as client:
            return str(client.get("/version").json()["Version"])
    except (httpx.HTTPError, ValueError, KeyError):
        return ""


def _listens(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(_ASK_S)
        try:
            asking.connect(path)
        except OSError:
            return False
    return True


def pytest_report_header() -> str:
    version = engine()
    return f"docker: engine {version}, its tests run" if version else "docker: no engine answers, its tests are deselected"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if engine():
        return
    away = [item for item in items if item.get_closest_marker("docker")]
    if away:
        config.hook.pytest_deselected(items=away)
        items[:] = [item for item in items if item not in away]
