"""Request bodies as they arrive: compressed or not, or a multipart form. Pure, and bounded before and after."""

from __future__ import annotations

import sys
import zlib
from email.message import Message
from typing import Protocol

import lz4.frame  # type: ignore[import-untyped]  # publishes no types

from deskpulse.local_clickhouse.errors import (
    BAD_ARGUMENTS,
    INCORRECT_DATA,
    NOT_IMPLEMENTED,
    QUERY_IS_TOO_LARGE,
    EngineFault,
)

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["MAX_RECEIVED_BYTES", "MAX_UNPACKED_BYTES", "form_fields", "too_large", "unpack", "zstd"]

MAX_RECEIVED_BYTES = 128 * 1024 * 1024
MAX_UNPACKED_BYTES = 512 * 1024 * 1024


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def too_large(limit: int) -> EngineFault:
    text = f"The request is larger than {limit} bytes. Send it in smaller parts: 1,000 to 10,000 rows an INSERT are best."
    return EngineFault(QUERY_IS_TOO_LARGE, "QUERY_IS_TOO_LARGE", text)


def unpack(body: bytes, encoding: str, limit: int = MAX_UNPACKED_BYTES) -> bytes:
    """The body behind its Content-Encoding; never more than `limit` bytes are unpacked, whatever it claims to be."""
    encoding = encoding.strip().lower()
    unpacker: _Unpacker
    match encoding:
        case "" | "identity":
            return body
        case "gzip" | "deflate":
            unpacker = zlib.decompressobj(wbits=47)  # tells gzip and zlib apart by itself
        case "lz4":
            unpacker = lz4.frame.LZ4FrameDecompressor()
        case "zstd":
            unpacker = zstd.ZstdDecompressor()
        case _:
            text = f"Content-Encoding {encoding!r} is not offered. Use identity, gzip, deflate, lz4 or zstd."
            raise EngineFault(NOT_IMPLEMENTED, "NOT_IMPLEMENTED", text)
    try:
        unpacked = unpacker.decompress(body, limit + 1)
    except (zlib.error, RuntimeError, zstd.ZstdError) as error:
        raise EngineFault(INCORRECT_DATA, "INCORRECT_DATA", f"The body is not {encoding}: {error}.") from error
    if len(unpacked) > limit:
        raise too_large(limit)
    if not unpacker.eof:
        raise EngineFault(INCORRECT_DATA, "INCORRECT_DATA", f"The body ends in the middle of its {encoding} stream.")
    return unpacked


def form_fields(body: bytes, content_type: str) -> dict[str, str] | None:
    """The fields of a multipart form, undecodable bytes as surrogates; None for every other type.

    curl's `application/x-www-form-urlencoded` is no form to ClickHouse: its body is the statement.
    """
    header = Message()
    header["Content-Type"] = content_type
    if header.get_content_type() != "multipart/form-data":
        return None
    boundary = header.get_boundary()
    if not boundary:
        raise EngineFault(BAD_ARGUMENTS, "BAD_ARGUMENTS", "The multipart form names no boundary.")
    first, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())
    if first.strip() or not parts or not parts.pop().startswith(b"--"):
        raise EngineFault(INCORRECT_DATA, "INCORRECT_DATA", "The multipart form is cut off.")
    return dict(_field(part) for part in parts)


def _field(part: bytes) -> tuple[str, str]:
    head, blank, content = part.partition(b"\r\n\r\n")
    disposition = Message()
    for line in head.decode("latin-1").split("\r\n"):
        header, _, value = line.partition(":")
        if header.strip().lower() == "content-disposition":
            disposition["Content-Disposition"] = value.strip()
    name = disposition.get_param("name", header="content-disposition")
    if not blank or not isinstance(name, str):
        raise EngineFault(INCORRECT_DATA, "INCORRECT_DATA", "A part of the multipart form has no name.")
    if disposition.get_param("filename", header="content-disposition"):
        text = f"External data ({name}) is not offered by the embedded ClickHouse. Insert it into a table first."
        raise EngineFault(NOT_IMPLEMENTED, "NOT_IMPLEMENTED", text)
    return name, content.decode("utf-8", "surrogateescape")
