"""The gateway on a socket: heads that are too long or do not end, requests behind each other, and nothing said about the server."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from threading import Thread

import pytest
import uvicorn

from deskpulse.local_kafka.ports import free_port
from ingest.gateway import create_app
from ingest.protocol import BoundedHttp
from tests.doors import RecordingLog, created, settings, signed
from tests.eventually import eventually


class _Hasty(BoundedHttp):
    within_s = 0.3


@pytest.fixture
def address() -> Iterator[tuple[str, int]]:
    host, port = "127.0.0.1", free_port()
    app = create_app(settings(), RecordingLog())
    serving = uvicorn.Server(
        uvicorn.Config(app, host=host, port=port, http=_Hasty, loop="uvloop", ws="none", log_config=None, server_header=False)
    )
    thread = Thread(target=serving.run)
    thread.start()
    eventually(lambda: serving.started, what="the gateway is up")
    yield host, port
    serving.should_exit = True
    thread.join(20)


def _until_closed(connection: socket.socket) -> bytes:
    connection.settimeout(10)
    answered = b""
    try:
        while received := connection.recv(65_536):
            answered += received
    except ConnectionResetError:
        pass
    return answered


def _request(body: bytes, more: bytes = b"") -> bytes:
    head = "".join(f"{name}: {value}\r\n" for name, value in signed(body).items()).encode()
    return b"POST /v1/webhooks/acme/zendesk HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n%b%b\r\n%b" % (
        len(body),
        more,
        head,
        body,
    )


def test_a_head_that_does_not_end_is_closed(address: tuple[str, int]) -> None:
    for start in (b"", b"POST /v1/ev", b"POST /v1/events HTTP/1.1\r\nhost: x\r\n"):
        with closing(socket.create_connection(address)) as connection:
            connection.sendall(start)
            assert _until_closed(connection).startswith(b"HTTP/1.1 408")


def test_a_head_that_is_too_long_is_refused(address: tuple[str, int]) -> None:
    with closing(socket.create_connection(address)) as connection:
        connection.sendall(b"POST /v1/events HTTP/1.1\r\nx: ")
        try:
            for _ in range(100):
                connection.sendall(b"x" * 10_000)
        except OSError:
            # Closed while we were still sending.
            return
        assert _until_closed(connection).startswith(b"HTTP/1.1 431")


def test_large_bodies_behind_each_other_are_no_head(address: tuple[str, int]) -> None:
    body = b"x" * 500_000
    with closing(socket.create_connection(address)) as connection:
        connection.sendall(_request(body) + _request(body) + _request(created(), b"connection: close\r\n"))
        answered = _until_closed(connection)
    assert answered.count(b"HTTP/1.1 200") == 3
    assert answered.count(b"not_json") == 2
    assert answered.count(b"appended") == 1
    assert b"server:" not in answered.lower()


def test_an_idle_connection_between_two_requests_is_kept(address: tuple[str, int]) -> None:
    with closing(socket.create_connection(address)) as connection:
        connection.settimeout(10)
        connection.sendall(_request(created()))
        assert b"200" in connection.recv(65_536)
        # Longer than a head may take.
        connection.settimeout(_Hasty.within_s * 2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
        connection.settimeout(10)
        connection.sendall(_request(created()))
        assert b"200" in connection.recv(65_536)


def test_what_is_not_http_is_400(address: tuple[str, int]) -> None:
    with closing(socket.create_connection(address)) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        assert _until_closed(connection).startswith(b"HTTP/1.1 400")
