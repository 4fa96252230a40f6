"""Small inserts that arrive together are stored as one part, and each is answered for itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from deskpulse.local_clickhouse.app import Door, Limits, create_app
from deskpulse.local_clickhouse.caps import Caps
from deskpulse.local_clickhouse.classify import Analysis, StatementClass
from deskpulse.local_clickhouse.engine import Answer
from deskpulse.local_clickhouse.errors import EngineFault
from deskpulse.local_clickhouse.protocol import Rows, parse
from deskpulse.local_clickhouse.together import key_of
from deskpulse.local_clickhouse.tokens import Role, Tokens

TOKENS = Tokens(reader="r", writer="w", admin="a")
INSERT = "INSERT INTO t FORMAT Native"


class PickyEngine:
    """Stores what it is given, but for rows that hold `bad`."""

    version = "1.2"

    def __init__(self) -> None:
        self.inserts: list[bytes] = []

    @contextlib.contextmanager
    def handle(self) -> Iterator[PickyEngine]:
        yield self

    def analyse(self, _statement: bytes) -> Analysis:
        return Analysis(StatementClass.MUTATING, 1)

    def set(self, _settings: dict[str, str]) -> None:
        """Nothing to set."""

    def insert(self, _head: str, rows: Rows) -> Answer:
        if b"bad" in rows.content:
            raise EngineFault(469, "VIOLATED_CONSTRAINT", "No.")
        self.inserts.append(rows.content)
        return Answer(b"", written_rows=1)


def sent(engine: Any, *bodies: bytes, statements: tuple[str, ...] = (), limits: Limits | None = None) -> list[int]:
    """The status of each, all sent at once."""

    async def post() -> list[int]:
        door = Door(engine, TOKENS, 8123, Caps(), limits or Limits())
        transport = httpx.ASGITransport(create_app(door))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8123", auth=("writer", "w")) as client:
            answers = await asyncio.gather(
                *(
                    client.post("/", params={"query": statement}, content=body)
                    for body, statement in zip(bodies, statements or [INSERT] * len(bodies), strict=True)
                )
            )
        assert not door.under_way
        door.close()
        return [answer.status_code for answer in answers]

    return asyncio.run(asyncio.wait_for(post(), 20))


def test_inserts_that_arrive_together_are_one() -> None:
    engine = PickyEngine()
    assert sent(engine, b"one.", b"two.", b"three.") == [200, 200, 200]
    assert [sorted(content.split(b".")) for content in engine.inserts] == [[b"", b"one", b"three", b"two"]]


def test_they_take_one_thread_however_many_they_are() -> None:
    engine = PickyEngine()
    assert sent(engine, *[b"row."] * 20, limits=Limits(at_once=1)) == [200] * 20
    assert engine.inserts == [b"row." * 20]


def test_of_those_together_the_refused_one_alone_is_refused() -> None:
    engine = PickyEngine()
    assert sent(engine, b"one.", b"bad.", b"three.") == [200, 500, 200]
    assert sorted(engine.inserts) == [b"one.", b"three."]


def test_inserts_into_different_tables_are_apart() -> None:
    engine = PickyEngine()
    assert sent(engine, b"one.", b"two.", statements=(INSERT, "INSERT INTO u FORMAT Native")) == [200, 200]
    assert sorted(engine.inserts) == [b"one.", b"two."]


@pytest.mark.parametrize(
    ("query", "body", "role", "fields"),
    [
        ("INSERT INTO t FORMAT JSONEachRow", b"{}", Role.WRITER, {}),
        ("INSERT INTO t VALUES (1)", b"", Role.WRITER, {}),
        ("INSERT INTO t FORMAT Native", b"x", Role.ADMIN, {}),
        ("INSERT INTO t FORMAT Native", b"", Role.WRITER, {}),
        ("INSERT INTO t FORMAT Native", b"x" * ((1 << 20) + 1), Role.WRITER, {}),
        ("INSERT INTO t FORMAT Native", b"x", Role.WRITER, {"insert_deduplication_token": "a"}),
        ("INSERT INTO t FORMAT Native", b"x", Role.WRITER, {"param_p": "a"}),
        ("SELECT 1", b"", Role.WRITER, {}),
    ],
)
def test_what_is_never_stored_together(query: str, body: bytes, role: Role, fields: dict[str, str]) -> None:
    assert key_of(parse({"query": query, **fields}, body, query_id="q"), role, "POST") is None


def test_settings_and_database_are_part_of_what_is_said() -> None:
    def key(**fields: str) -> object:
        return key_of(parse({"query": INSERT, **fields}, b"x", query_id="q"), Role.WRITER, "POST")

    assert key() == key(query_id="another") is not None
    assert len({key(), key(database="d"), key(async_insert="0")}) == 3
