"""A receiver of webhooks: checks each signature by a way of its own, and answers as the test scripts it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()

Answer = Callable[["Received"], tuple[int, dict[str, str]]]


@dataclass(frozen=True)
class Received:
    path: str
    message_id: str
    body: bytes
    is_genuine: bool
    at_s: float


@dataclass
class Receiver:
    """`answers` are given in turn, the last one for ever."""

    answers: list[Answer] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)

    def __enter__(self) -> Self:
        receiver, lock = self, threading.Lock()

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                got = Received(self.path, self.headers["webhook-id"], body, self._is_genuine(body), time.monotonic())
                with lock:
                    receiver.received.append(got)
                    answer = receiver.answers[min(len(receiver.received), len(receiver.answers)) - 1] if receiver.answers else ok
                status, headers = answer(got)
                try:
                    self.send_response(status)
                    for name, value in headers.items():
                        self.send_header(name, value)
                    self.send_header("content-length", "0")
                    self.end_headers()
                except OSError:
                    # Who sent it has gone away.
                    self.close_connection = True

            def _is_genuine(self, body: bytes) -> bool:
                at = self.headers["webhook-timestamp"]
                signed = b".".join([self.headers["webhook-id"].encode(), at.encode(), body])
                right = "v1," + base64.b64encode(hmac.digest(KEY, signed, hashlib.sha256)).decode()
                return right in self.headers["webhook-signature"].split(" ") and abs(time.time() - int(at)) < 300

            def log_message(self, *_: object) -> None:
                """Nothing: the test's output is the test's."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    @property
    def ids(self) -> list[str]:
        return [got.message_id for got in self.received]


def ok(_got: Received) -> tuple[int, dict[str, str]]:
    return 204, {}


def status(code: int, **headers: str) -> Answer:
    return lambda _got: (code, {name.replace("_", "-"): value for name, value in headers.items()})


class DribblingReceiver:
    """Answers byte by byte and never ends: each byte in time, the whole never."""

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def _serve(self) -> None:
        self._listener.settimeout(0.1)
        while not self._over.is_set():
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                continue
            with connection:
                try:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nx: ")
                    while not self._over.wait(0.05):
                        connection.sendall(b"y")
                except OSError:
                    continue

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
