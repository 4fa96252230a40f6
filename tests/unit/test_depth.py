"""Depth is counted outside of strings, in linear time."""

from __future__ import annotations

import pytest

from ingest.depth import is_deeper


@pytest.mark.parametrize(
    ("body", "deep"),
    [
        (b"", False),
        (b"[[]]", False),
        (b"[[[]]]", True),
        (b'{"a":{"b":{}}}', True),
        (b'["[[[[","{{{{"]', False),
        (b'["\\"[[[[\\"","{"]', False),
        (b'["\\\\",[[[', True),
        (b"[][][][]", False),
        (b'"[[[[', False),
        (b'"\\', False),
        (b"]]]][[", False),
    ],
)
def test_nesting_is_counted_outside_of_strings(body: bytes, *, deep: bool) -> None:
    assert is_deeper(body, 2) is deep
