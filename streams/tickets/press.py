"""Closed tickets at rest, compressed with what tickets have in common: about a quarter of their bytes. In memory alone.

What tickets have in common is learnt from the first of them. A topic never holds a pressed ticket, so nothing depends on it.
"""

from __future__ import annotations

import zstandard

from streams.tickets import short_ids

_LEARN_FROM = 400
_LEARNT_BYTES = 8_192
_LEVEL = 3
_MOST_BYTES = 1 << 26
"""Of one ticket; far above what a history of a thousand events can be."""
_PRESSED = zstandard.FRAME_HEADER
"""No packed ticket begins so: it is an array in msgpack."""


class Press:
    """Of one partition. Law: `unpress(press(packed)) == packed`, whatever was pressed before."""

    def __init__(self) -> None:
        self._seen: list[bytes] = []
        self._presser: zstandard.ZstdCompressor | None = None
        self._unpresser = zstandard.ZstdDecompressor()

    def press(self, packed: bytes) -> bytes:
        """Smaller bytes; the same ones while too few have been seen to learn from, or if they are pressed already."""
        if packed.startswith(_PRESSED):
            return packed
        short = short_ids.shorten(packed)
        if self._presser is not None:
            # Copied, since the compressor leaves all the room that it asked for behind what it wrote.
            return bytes(memoryview(self._presser.compress(short)))
        self._seen.append(short)
        if len(self._seen) == _LEARN_FROM:
            self._learn()
        return packed

    def unpress(self, kept: bytes) -> bytes:
        if not kept.startswith(_PRESSED):
            return kept
        return short_ids.restore(self._unpresser.decompress(kept, max_output_size=_MOST_BYTES))

    def _learn(self) -> None:
        """From then on the dictionary stays: what is pressed with it must be readable."""
        try:
            common = zstandard.train_dictionary(_LEARNT_BYTES, [*self._seen])
        except zstandard.ZstdError:
            # Too much alike to learn from. One of them is as good.
            common = zstandard.ZstdCompressionDict(self._seen[-1], dict_type=zstandard.DICT_TYPE_RAWCONTENT)
        self._seen = []
        common.precompute_compress(level=_LEVEL)
        self._presser = zstandard.ZstdCompressor(level=_LEVEL, dict_data=common, write_dict_id=False)
        self._unpresser = zstandard.ZstdDecompressor(dict_data=common)
