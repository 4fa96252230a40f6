"""Laws of the doors: nothing that is sent makes them fail, and what they append is canonical and holds nothing personal."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import ASGIApp, Message

from events.codec import decode, encode
from events.rejected import Rejected
from ingest import times
from ingest.adapters import cloudevents
from ingest.canonical import canonical
from ingest.gateway import create_app
from ingest.settings import Rate, Source, Sources, token_hash
from tests import doors
from tests.deliveries import fixtures
from tests.doors import SECRET, TOKEN, RecordingLog, bearing, delivery, signed

STRINGS_PER_EXAMPLE = 20
EXAMPLES_OF_TEN_THOUSAND = 10_000 // STRINGS_PER_EXAMPLE

FREE = Rate(per_s=1e9, burst=1e9)
SOURCES = Sources.of(
    [
        Source("acme", "zendesk", "zendesk", b"key", secrets=(SECRET.encode(),), rate=FREE),
        Source("acme", "shop", "cloudevents", b"key", token_hashes=(token_hash(TOKEN),), rate=FREE),
    ]
)
PAYLOADS = [fixture.case["payload"] for fixture in fixtures("zendesk")]
EVENTS = [
    doors.opened(),
    doors.opened(type="deskpulse.ticket.replied.v1", data={"actor": "agent", "agent": "ana", "public": False}),
    doors.opened(type="deskpulse.ticket.surveyed.v2", data={"rating": 4, "scale_min": 1, "scale_max": 5}),
    doors.opened(type="deskpulse.order.placed.v1", data={"amount": "84.50", "currency": "EUR"}),
]

_odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(
        ["", "-1", "SOLVED", "\ud800", "2026-03-02T09:41:18Z", "9999-12-31T23:59:59.9999999Z", 2**70, 1e308, "x" * 300]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Of every value in it."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, value in inner for place in _places(value, (*path, key)))]


def _with(node: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    changed = dict(node) if isinstance(node, dict) else list(node)
    changed[place[0]] = _with(node[place[0]], place[1:], value)
    return changed


def _spoiled(payloads: list[Any]) -> st.SearchStrategy[bytes]:
    """One of them with one value replaced, as JSON (and as what Python's writer makes of NaN and lone surrogates)."""
    return st.sampled_from(payloads).flatmap(
        lambda payload: st.builds(
            lambda place, value: json.dumps(_with(payload, place, value)).encode(), st.sampled_from(_places(payload)), _odd
        )
    )


def _cut(payloads: list[Any]) -> st.SearchStrategy[bytes]:
    """One of them, cut short and with a byte changed."""
    raws = [json.dumps(payload).encode() for payload in payloads]
    return st.builds(
        lambda raw, end, at, byte: (raw[: at % len(raw)] + bytes([byte]) + raw[at % len(raw) + 1 :])[: end % (len(raw) + 1)],
        st.sampled_from(raws),
        st.integers(0, 10_000),
        st.integers(0, 10_000),
        st.integers(0, 255),
    )


def hostile(payloads: list[Any]) -> st.SearchStrategy[bytes]:
    """Noise, and what is nearly right: a law that only ever meets refusals says little."""
    noise = st.binary(max_size=200) | _odd.map(lambda odd: json.dumps(odd).encode())
    right = st.sampled_from(payloads).map(lambda payload: json.dumps(payload).encode())
    return st.one_of(noise, right, _spoiled(payloads), _cut(payloads))


async def _status(app: ASGIApp, path: str, headers: dict[str, str], body: bytes) -> int:
    """The answer's, straight from the application: ten thousand requests through a client would take minutes."""
    answers: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()],
    }
    await app(scope, receive, send)
    status: int = answers[0]["status"]
    return status


def _throw(path: str, thrown: list[tuple[dict[str, str], bytes]]) -> None:
    log = RecordingLog()
    app = create_app(doors.settings(sources=SOURCES), log)

    async def throw_all() -> list[int]:
        return [await _status(app, path, headers, body) for headers, body in thrown]

    # An exception of the application's would come out here too.
    statuses = asyncio.run(throw_all())
    assert [status for status in statuses if status >= 500 and status != 503] == []
    for value in log.values("ticket-events"):
        assert not isinstance(decode(value), Rejected)


@settings(max_examples=EXAMPLES_OF_TEN_THOUSAND)
@given(bodies=st.lists(hostile(PAYLOADS), min_size=STRINGS_PER_EXAMPLE, max_size=STRINGS_PER_EXAMPLE), forged=st.booleans())
def test_ten_thousand_byte_strings_at_the_webhook_door_never_give_a_5xx_but_503(bodies: list[bytes], *, forged: bool) -> None:
    _throw("/v1/webhooks/acme/zendesk", [({} if forged else signed(body), body) for body in bodies])


MEDIA = ["application/cloudevents+json", "application/cloudevents-batch+json", "application/json"]


@settings(max_examples=EXAMPLES_OF_TEN_THOUSAND)
@given(
    bodies=st.lists(hostile([*EVENTS, EVENTS]), min_size=STRINGS_PER_EXAMPLE, max_size=STRINGS_PER_EXAMPLE),
    media=st.sampled_from(MEDIA),
    binary=st.booleans(),
)
def test_ten_thousand_byte_strings_at_the_events_door_never_give_a_5xx_but_503(
    bodies: list[bytes], media: str, *, binary: bool
) -> None:
    headers = bearing(content_type=media) | ({"ce-specversion": "1.0", "ce-type": "\xff", "ce-id": "%ff%00"} if binary else {})
    _throw("/v1/events", [(headers, body) for body in bodies])


@settings(max_examples=200)
@given(
    path=st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    headers=st.dictionaries(
        st.sampled_from(
            ["authorization", "content-type", "content-length", "x-zendesk-webhook-signature", "ce-id", "ce-specversion"]
        ),
        st.text(st.characters(max_codepoint=255), max_size=60),
    ),
    body=st.binary(max_size=60),
)
def test_any_path_and_headers_are_answered(path: str, headers: dict[str, str], body: bytes) -> None:
    for start in ("/", "/v1/webhooks/acme/zendesk", "/v1/events"):
        _throw(start + path, [(headers, body)])
    _throw("/v1/events", [(bearing() | headers, body)])


@given(raw=hostile(EVENTS))
def test_the_door_for_cloudevents_gives_an_event_or_says_where_the_fault_is(raw: bytes) -> None:
    admitted = cloudevents.admit(delivery(raw, "cloudevents"), raw)
    if not isinstance(admitted, Rejected):
        _is_canonical(canonical(admitted))


def _is_canonical(appended: bytes | Rejected) -> None:
    if isinstance(appended, Rejected):
        return
    event = decode(appended)
    assert not isinstance(event, Rejected)
    assert encode(event) == appended
    assert event.time.microsecond % 1000 == 0
    assert event.source.startswith("/acme/")


@given(
    text=st.text(max_size=40) | st.from_regex(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,12})?(Z|[+-]\d\d:?\d\d)?", fullmatch=True)
)
def test_any_text_is_an_instant_or_none(text: str) -> None:
    ms = times.parse_ms(text)
    assert ms is None or times.instant_ms(times.canonical(ms)) == ms


@given(ms=st.integers(0, times.LATEST_MS), offset_min=st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_the_same_in_every_zone(ms: int, offset_min: int) -> None:
    local = ms + offset_min * 60_000
    if not 0 <= local <= times.LATEST_MS:
        return
    sign = "-" if offset_min < 0 else "+"
    written = times.canonical(local).strftime("%Y-%m-%dT%H:%M:%S") + f".{local % 1000:03}"
    written = written.rjust(23, "0") + f"{sign}{abs(offset_min) // 60:02}:{abs(offset_min) % 60:02}"
    assert times.parse_ms(written) == ms
