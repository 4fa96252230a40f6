"""Depth is counted outside of strings, in linear time."""

from __future__ import annotations

import pytest

from events.depth import is_too_deep


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
    assert is_too_deep(body, 2) is deep


@pytest.mark.timeout(20)
@pytest.mark.parametrize("body", [b"[" * 99 + b'"' + b'\\"' * 500_000, b"[" * 99 + b'"a' * 300_000, b"[]" * 500_000])
def test_hostile_bytes_are_read_once(body: bytes) -> None:
    is_too_deep(body, 32)
