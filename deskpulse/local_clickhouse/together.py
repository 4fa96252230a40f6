"""Small INSERTs that say the same and arrive at the same moment are stored as one part.

What an INSERT costs here is the part it makes, whatever the number of rows: 15 ms of work, and as much again for merging it away.
A sink inserts once for each partition of a topic, so its inserts come in groups. Each is answered when its own rows are stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from deskpulse.local_clickhouse.caps import Caps
from deskpulse.local_clickhouse.engine import Answer, Engine
from deskpulse.local_clickhouse.errors import EngineFault
from deskpulse.local_clickhouse.protocol import Call
from deskpulse.local_clickhouse.service import Running, cancelled, serve
from deskpulse.local_clickhouse.tokens import Role

_COMPANY_WITHIN_S = 0.01
_SMALL_BYTES = 1 << 20
"""A larger one is worth a part of its own, and waits for nobody."""

Key = tuple[bytes, bytes, str, frozenset[tuple[str, str]]]
Outcome = Answer | EngineFault
Run = Callable[["Sequence[Member]"], "asyncio.Future[list[Outcome]]"]


@dataclass(eq=False, slots=True)
class Member:
    call: Call
    run: Running
    outcome: asyncio.Future[Answer]


def key_of(call: Call, role: Role, method: str) -> Key | None:
    """INSERTs with one key may be stored together; None: never.

    Native alone is a sequence of blocks that may be strung together. And the writer's alone, whose rows may be repeated: when
    the common INSERT fails half-way, each is tried again by itself.
    """
    rows = call.rows
    if rows is None or rows.format != "Native" or role is not Role.WRITER or method != "POST" or call.parameters:
        return None
    if not rows.content or len(rows.content) > _SMALL_BYTES or any("token" in name for name in call.settings):
        return None
    return call.statement, rows.settings, call.database, frozenset(call.settings.items())


@dataclass(slots=True)
class Company:
    """Who waits for whom. On the event loop only."""

    run: Run
    waiting: dict[Key, list[Member]] = field(default_factory=dict)
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    def join(self, key: Key, call: Call, run: Running) -> asyncio.Future[Answer]:
        member = Member(call, run, asyncio.get_running_loop().create_future())
        if (waiting := self.waiting.get(key)) is not None:
            waiting.append(member)
            return member.outcome
        self.waiting[key] = [member]
        task = asyncio.ensure_future(self._go(key))
        self.under_way.add(task)
        task.add_done_callback(self.under_way.discard)
        return member.outcome

    async def _go(self, key: Key) -> None:
        await asyncio.sleep(_COMPANY_WITHIN_S)
        members = self.waiting.pop(key)
        try:
            outcomes = await self.run(members)
        except BaseException as error:  # told to every one of them
            for member in members:
                member.outcome.set_exception(error)
            return
        for member, outcome in zip(members, outcomes, strict=True):
            if isinstance(outcome, EngineFault):
                member.outcome.set_exception(outcome)
            else:
                member.outcome.set_result(outcome)


def serve_together(engine: Engine, members: Sequence[Member], caps: Caps) -> list[Outcome]:
    """Blocks until each has its outcome. What one of several wrote is not told apart, so their answers count no rows."""
    present = [member for member in members if not member.run.cancelled.is_set()]
    if len(present) > 1:
        first = present[0]
        assert first.call.rows is not None
        content = b"".join(member.call.rows.content for member in present if member.call.rows is not None)
        common = replace(first.call, rows=replace(first.call.rows, content=content))
        try:
            answer = serve(engine, common, Role.WRITER, "POST", caps, first.run)
        except EngineFault:
            pass  # of one of them, or the moment's: each by itself then, to be told what is its own
        else:
            stored = Answer(b"", elapsed_s=answer.elapsed_s)
            return [cancelled() if member.run.cancelled.is_set() else stored for member in members]
    return [_alone(engine, member, caps) for member in members]


def _alone(engine: Engine, member: Member, caps: Caps) -> Outcome:
    try:
        return serve(engine, member.call, Role.WRITER, "POST", caps, member.run)
    except EngineFault as fault:
        return fault
