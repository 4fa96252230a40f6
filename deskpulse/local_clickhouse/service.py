"""Runs one call on the engine, after the gate: the order of the steps is the safety of what has no users of its own."""

from __future__ import annotations

import re
import threading
import uuid
from dataclasses import dataclass, field

from deskpulse.local_clickhouse.access import Asked, Refusal, at_the_engine
from deskpulse.local_clickhouse.caps import Caps, settings_for
from deskpulse.local_clickhouse.engine import Answer, Engine, Handle, quoted
from deskpulse.local_clickhouse.errors import QUERY_WAS_CANCELLED, EngineFault
from deskpulse.local_clickhouse.protocol import Call
from deskpulse.local_clickhouse.reach import reaches_out
from deskpulse.local_clickhouse.tokens import Role

# With readonly = 1 this would answer that no setting may be changed, and clickhouse-connect would then send none,
# not even those a reader may send.
_SETTINGS_PROBE = re.compile(r"SELECT name, value, readonly FROM system\.settings LIMIT \d+\s*(FORMAT Native\s*)?")


@dataclass(eq=False, slots=True)
class Running:
    """A call under way: how it is found again by whoever must end it."""

    log_comment: str
    cancelled: threading.Event = field(default_factory=threading.Event)


def running(call: Call) -> Running:
    """The client's own `log_comment` stays readable; what follows it is unique, for KILL QUERY cannot go by query id here."""
    return Running(f"{call.settings.get('log_comment', '')} {uuid.uuid4().hex}".lstrip())


def serve(engine: Engine, call: Call, role: Role, method: str, caps: Caps, run: Running) -> Answer:
    """Blocks until the answer is whole. Raises EngineFault, also for what the gate refuses."""
    with engine.handle() as handle:
        # 0. Ours speaks a server's dialect: the embedded engine would take any word for a SELECT of it.
        handle.set({"implicit_select": "0"})
        # 1. The gate, with nothing of the request applied yet.
        statement = _admitted(handle, call, role, method)
        # 2. Where and with what. A setting the engine does not know fails here.
        if call.database:
            handle.use(call.database)
        settings = settings_for(role, call.settings, caps) | {"log_comment": run.log_comment}
        handle.set(settings | dict(call.parameters))
        # 3. Last, so that no setting of the request can undo it. An INSERT got here from writer and admin alone.
        if role is not Role.ADMIN and call.rows is None and not _SETTINGS_PROBE.fullmatch(statement):
            handle.set({"readonly": "1"})
        if run.cancelled.is_set():
            raise cancelled()
        if call.rows is not None:
            return handle.insert(statement, call.rows)
        return handle.run(statement, call.output_format)


def cancelled() -> EngineFault:
    return EngineFault(QUERY_WAS_CANCELLED, "QUERY_WAS_CANCELLED", "Query was cancelled.")


def _admitted(handle: Handle, call: Call, role: Role, method: str) -> str:
    """The statement's text, once the gate let it pass."""
    # The rows' format is part of the statement to the parser; the rows are not.
    whole = (
        call.statement
        if call.rows is None
        else call.statement + call.rows.settings + b"\nFORMAT " + call.rows.format.encode("latin-1")
    )
    is_utf8 = _is_utf8(call)
    asked = Asked(
        analysis=handle.analyse(whole),
        is_utf8=is_utf8,
        brings_rows=call.rows is not None,
        reaches_out=role is not Role.ADMIN and is_utf8 and reaches_out(call.statement.decode(), call.parameters),
    )
    refusal = at_the_engine(role, method, asked)
    if refusal is Refusal.NOT_PARSED:
        _explain_syntax(handle, whole.decode())
    if refusal is not None:
        raise refusal.fault()
    return call.statement.decode()


def _is_utf8(call: Call) -> bool:
    texts = [call.database, call.output_format, *call.parameters.values(), *call.settings.values()]
    try:
        call.statement.decode()
        for text in texts:
            text.encode()
    except UnicodeError:
        return False
    return True


def _explain_syntax(handle: Handle, statement: str) -> None:
    """Raises the engine's own account of a syntax error. The function parses and never runs."""
    try:
        handle.run(f"SELECT formatQuery({quoted(statement)})")
    except EngineFault as fault:
        ours = fault.text.find(": In scope SELECT formatQuery(")
        raise EngineFault(fault.code, fault.name, fault.text if ours < 0 else fault.text[:ours] + ".") from None
