"""Restores a partition from a file of its state records, in a fresh process, and writes by how much the process grew."""

from __future__ import annotations

import ctypes
import gc
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import psutil

from streams.partition import Partition

StateRecord = tuple[str, bytes, bytes]
"""Topic, key, value."""
_SIZE_BYTES = 4


def write(file: Path, records: Iterator[StateRecord]) -> None:
    encoder = msgspec.msgpack.Encoder()
    with file.open("wb") as out:
        for record in records:
            packed = encoder.encode(record)
            out.write(len(packed).to_bytes(_SIZE_BYTES, "big") + packed)


def _read(file: Path) -> Iterator[StateRecord]:
    decoder = msgspec.msgpack.Decoder(StateRecord)
    with file.open("rb") as stored:
        while size := stored.read(_SIZE_BYTES):
            yield decoder.decode(stored.read(int.from_bytes(size, "big")))


def _rss() -> int:
    gc.collect()
    with suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    return int(psutil.Process().memory_info().rss)


def main(text: str) -> None:
    told = json.loads(text)
    fold = Partition(0, 1)
    before = _rss()
    for topic, key, value in _read(Path(told["state"])):
        fold.restore(topic, key, value)
    fold.restored()
    grown = _rss() - before
    Path(told["done"]).write_text(json.dumps({"grown": grown, "position": fold.position}), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
