"""uvicorn's HTTP protocol with a limit on a request's head, in bytes and in time: it has neither, and a body's limits begin later."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class BoundedHttp(HttpToolsProtocol):
    """Closes a connection whose request line and headers are too long, or do not end."""

    most_bytes = 32_768
    within_s = 10.0

    _head_bytes = 0
    _in_head = True
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_ended()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head = self._in_head
        super().data_received(data)
        if not was_in_head or not self._in_head or self.transport.is_closing():
            return
        # A head was under way before these bytes and still is after them: all of them belong to it.
        self._head_bytes += len(data)
        if self._head_bytes > self.most_bytes:
            self._refuse(b"431 Request Header Fields Too Large")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect_head()

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_ended()
        super().on_headers_complete()

    def _expect_head(self) -> None:
        self._head_ended()
        self._in_head = True
        self._head_bytes = 0
        self._deadline = self.loop.call_later(self.within_s, self._refuse, b"408 Request Timeout")

    def _head_ended(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: bytes) -> None:
        self._head_ended()
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 " + status + b"\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            self.transport.close()
