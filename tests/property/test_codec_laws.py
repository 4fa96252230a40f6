"""Laws of the codec: nothing raises, nothing is lost, and three descriptions of an event agree."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from events import codec, models
from events.depth import MAX_DEPTH
from events.models import TicketSurveyedV1
from events.rejected import Reason, Rejected
from tests.messages import Message, messages, messages_of, spoiled
from tests.strategies import histories

PYDANTIC: TypeAdapter[models.Event] = TypeAdapter(models.Event)
NOT_UTF_8 = b'{"type":"\xff"}'
SECRET = "jane.doe@example.org"


def _bytes(message: Any) -> bytes:
    return json.dumps(message).encode()


def _pydantic(raw: bytes) -> models.Event | None:
    try:
        return PYDANTIC.validate_json(raw)
    except ValidationError:
        return None


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "source", "data", "x"]), inner),
    max_leaves=8,
)


@given(raw=st.binary(max_size=200) | any_json.map(_bytes))
@example(raw=b"")
@example(raw=b"null")
@example(raw=b"NaN")
@example(raw=NOT_UTF_8)
@example(raw=b"[" * 100_000)
@example(raw=b'{"a":' * 20_000)
@example(raw=b'"' + b"[" * 1000)
@example(raw=b"9" * 60_000)
@example(raw=b'{"type":"deskpulse.ticket.opened.v1","specversion":' + b"9" * 60_000 + b"}")
@example(raw=b'{"type":"deskpulse.ticket.opened.v1","id":1e999999}')
@example(raw=b'{"type":"\\ud800"}')
@example(raw=b'{"type":"deskpulse.ticket.surveyed.v1","data":' + b"[" * 300 + b"]" * 300 + b"}")
@example(raw=b"\xef\xbb\xbf{}")
def test_any_bytes_are_an_event_or_a_rejection_that_holds_them(raw: bytes) -> None:
    decoded = codec.decode(raw)
    if isinstance(decoded, Rejected):
        assert decoded.raw == raw
        assert decoded.error


@given(message=messages(), cut=st.integers(0, 400), noise=st.binary(max_size=3))
def test_an_event_with_bytes_cut_or_put_in_does_not_raise(message: Message, cut: int, noise: bytes) -> None:
    raw = _bytes(message)
    spoiled_raw = raw[:cut] + noise + raw[cut + 1 :]
    decoded = codec.decode(spoiled_raw)
    assert not isinstance(decoded, Rejected) or decoded.raw == spoiled_raw


@given(message=messages())
def test_every_valid_message_decodes_and_survives_the_way_out_and_back(message: Message) -> None:
    event = codec.decode(_bytes(message))
    assert not isinstance(event, Rejected), event.error
    assert codec.decode(codec.encode(event)) == event


@given(history=histories())
def test_generated_histories_survive_the_way_out_and_back(history: list[Any]) -> None:
    assert [codec.decode(codec.encode(event)) for event in history] == history


@given(message=messages())
def test_the_documented_models_read_what_the_hot_path_reads(message: Message) -> None:
    raw = _bytes(message)
    event = codec.decode(raw)
    model = PYDANTIC.validate_json(raw)
    assert not isinstance(event, Rejected)
    assert PYDANTIC.validate_json(codec.encode(event)) == model
    assert codec.decode(PYDANTIC.dump_json(model)) == event


@given(message=messages().flatmap(spoiled))
def test_the_documented_models_take_a_spoiled_message_exactly_when_the_hot_path_does(message: Message) -> None:
    raw = _bytes(message)
    event = codec.decode(raw)
    model = _pydantic(raw)
    if isinstance(event, Rejected):
        assert model is None, "pydantic takes what msgspec rejects"
        assert event.reason is Reason.INVALID
        assert event.error.startswith("$")
        assert "does not fit" not in event.error, "the fault was not found"
    else:
        assert model is not None, "msgspec takes what pydantic rejects"
        assert PYDANTIC.validate_json(codec.encode(event)) == model


@given(rating=st.integers(-1, 7) | st.none() | st.just("5"), message=messages_of("deskpulse.ticket.surveyed.v2"))
def test_an_older_rating_is_taken_exactly_when_its_own_model_takes_it(rating: Any, message: Message) -> None:
    raw = _bytes(
        message | {"type": "deskpulse.ticket.surveyed.v1", "data": {**message["data"], "rating": rating, "scale_max": 10}}
    )
    event = codec.decode(raw)
    try:
        TicketSurveyedV1.model_validate_json(raw)
    except ValidationError:
        assert isinstance(event, Rejected)
        assert event.reason is Reason.INVALID
    else:
        assert not isinstance(event, Rejected), event.error
        assert msgspec.to_builtins(event)["data"]["scale_max"] == 5


@given(message=messages().flatmap(spoiled), data=st.data())
def test_a_rejection_never_repeats_what_was_sent(message: Message, data: st.DataObject) -> None:
    key = data.draw(st.sampled_from(sorted(message)))
    raw = _bytes({**message, key: data.draw(st.sampled_from([SECRET * 20, [SECRET], {SECRET: SECRET}]))})
    decoded = codec.decode(raw)
    assert not isinstance(decoded, Rejected) or SECRET not in decoded.error


@given(message=messages(), levels=st.integers(1, MAX_DEPTH + 5))
@example(
    message={
        "type": "deskpulse.clock.tick.v1",
        "specversion": "1.0",
        "id": "1",
        "source": "/-/clock",
        "subject": "-",
        "time": "2025-03-04T09:40:00Z",
    },
    levels=MAX_DEPTH,
)
def test_nesting_is_judged_the_same_however_deep_the_caller_is(message: Message, levels: int) -> None:
    nested: Any = 0
    for _ in range(levels):
        nested = [nested]
    raw = _bytes({**message, "extension": nested})

    def deeper(frames: int) -> Any:
        return codec.decode(raw) if frames == 0 else deeper(frames - 1)

    decoded = deeper(300)
    assert decoded == codec.decode(raw)
    too_deep = isinstance(decoded, Rejected) and decoded.reason is Reason.TOO_DEEP
    # The object itself is one level.
    assert too_deep == (levels + 1 > MAX_DEPTH)
