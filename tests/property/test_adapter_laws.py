"""No bytes make an adapter or a verifier fail: ten thousand a vendor, of noise, of its own field names at random places, and of
its fixtures with something changed.

Hypothesis draws the seed alone and a generator of its own makes five hundred strings of it: drawn one by one they would take
minutes a vendor.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.vendors import VENDORS
from ingest.verify import Sent, Verdict
from tests.adapter_law import lawful
from tests.deliveries import fixtures, signing
from tests.doors import NOW_MS

PER_SEED = 500
SEEDS = 20
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**53 + 1, 2**70, -(2**70), 0.5, -0.0, 1e308, float("nan"), float("inf"), "", " ", "-1", "0", "null",
    "SOLVED", "closed", "\ud800", "\x00", "☃", "x" * 300, "9" * 5000, "2026-03-02T09:41:18Z", "9999-12-31T23:59:59.9999999Z",
    "0000-00-00T00:00:00Z", 1772445600, 1772445600123, 99999999999999999, [], {}, [None], [[]], [{}], {"id": None}, {"": []},
)  # fmt: skip


def _keys(node: Any) -> Iterator[str]:
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if isinstance(key, str):
            yield key
        yield from _keys(value)


def _leaves(node: Any) -> Iterator[Any]:
    inner = list(node.values()) if isinstance(node, dict) else node if isinstance(node, list) else None
    if inner is None:
        yield node
    else:
        for value in inner:
            yield from _leaves(value)


class Thrower:
    """Makes hostile deliveries of one vendor: a body, and headers besides its proof."""

    def __init__(self, vendor: str, random: Random) -> None:
        self._random = random
        self._fixtures = fixtures(vendor)
        self._payloads = [fixture.case["payload"] for fixture in self._fixtures if "payload" in fixture.case]
        self._names = sorted({key for payload in self._payloads for key in _keys(payload)}) or ["id"]
        self._values = [*ODD, *(leaf for payload in self._payloads for leaf in _leaves(payload))]
        self._headers = [fixture.headers for fixture in self._fixtures]

    def one(self) -> tuple[bytes, dict[str, str]]:
        choose = self._random.choice
        headers = dict(choose(self._headers))
        for name in headers:
            if self._random.random() < 0.1:
                headers[name] = choose(["", "ü", " ", "x" * 300, str(choose(self._values))[:50]])
        return choose([self._noise, self._scattered, self._spoiled, self._spoiled, self._spoiled, self._cut])(), headers

    def _noise(self) -> bytes:
        return self._random.randbytes(self._random.randrange(80))

    def _scattered(self) -> bytes:
        return _written(self._grown(4))

    def _grown(self, depth: int) -> Any:
        if depth == 0 or self._random.random() < 0.3:
            return self._random.choice(self._values)
        if self._random.random() < 0.25:
            return [self._grown(depth - 1) for _ in range(self._random.randrange(4))]
        return {self._random.choice(self._names): self._grown(depth - 1) for _ in range(self._random.randrange(8))}

    def _spoiled(self) -> bytes:
        payload = self._random.choice(self._payloads)
        for _ in range(self._random.randrange(1, 4)):
            payload = self._changed(payload)
        return _written(payload)

    def _changed(self, node: Any) -> Any:
        """With one value somewhere in it replaced, left out, or put there besides."""
        if not isinstance(node, dict | list) or not node or self._random.random() < 0.1:
            return self._random.choice(self._values)
        changed: Any = dict(node) if isinstance(node, dict) else list(node)
        place = self._random.choice(list(changed) if isinstance(changed, dict) else range(len(changed)))
        draw = self._random.random()
        if draw < 0.15:
            del changed[place]
        elif draw < 0.25 and isinstance(changed, dict):
            changed[self._random.choice(self._names)] = self._random.choice(self._values)
        else:
            changed[place] = self._changed(changed[place])
        return changed

    def _cut(self) -> bytes:
        raw = bytearray(self._random.choice(self._fixtures).body or b"{}")
        raw[self._random.randrange(len(raw))] = self._random.randrange(256)
        return bytes(raw[: self._random.randrange(len(raw) + 1)] if self._random.random() < 0.5 else raw)


def _written(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


@pytest.mark.parametrize("vendor", list(VENDORS))
def test_ten_thousand_deliveries_give_events_or_say_why_not_and_none_fails(vendor: str) -> None:
    understood = 0

    @settings(max_examples=SEEDS)
    @given(seed=st.integers(0, 2**32))
    def thrown(seed: int) -> None:
        nonlocal understood
        thrower = Thrower(vendor, Random(seed))
        for _ in range(PER_SEED):
            raw, headers = thrower.one()
            try:
                understood += lawful(vendor, raw, headers)
            except Exception as error:
                raise AssertionError(f"{raw!r} with {headers!r}") from error

    thrown()
    assert understood > PER_SEED, "a law that only ever meets refusals says little"


@pytest.mark.parametrize("vendor", list(VENDORS))
def test_no_headers_make_a_verifier_fail_or_believe(vendor: str) -> None:
    told = signing(vendor)
    right = told.sent(b"{}")
    names = [*right.headers, "authorization", "x-deskpulse-key"]

    @settings(max_examples=200)
    @given(
        headers=st.dictionaries(
            st.sampled_from(names), st.text(max_size=60) | st.sampled_from(["Basic Og==", "Bearer ", "t=1,v1=00"])
        ),
        body=st.binary(max_size=60),
        key=st.text(max_size=20),
    )
    def thrown(headers: dict[str, str], body: bytes, key: str) -> None:
        assert VENDORS[vendor].verify(told.source(), Sent(headers, body, url_key=key), NOW_MS) is Verdict.FORGED

    thrown()
