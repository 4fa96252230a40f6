"""What one HTTP request asks of ClickHouse: the statement, the rows of an INSERT, parameters, settings.

Pure: no engine, no socket. Bytes stay bytes until the strict decoding at the gate (`access`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from deskpulse.local_clickhouse.errors import BAD_ARGUMENTS, NOT_IMPLEMENTED, EngineFault
from deskpulse.sql_text import Kind, tokens

DEFAULT_FORMAT = "TabSeparated"
# The engine's parser reads no further either (`max_query_size`): rows of an INSERT begin before this.
LONGEST_INSERT_HEAD = 256 * 1024

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_FORMAT_AT_END = re.compile(rb"\bFORMAT\s+(\w+)\s*;?\s*\Z", re.IGNORECASE)
# Of the interface, not settings of the engine. A session lasts one request here, so its fields say nothing.
_TRANSPORT = frozenset(
    {"query", "query_id", "database", "default_format", "compress", "decompress", "buffer_size", "wait_end_of_query"}
    | {"session_id", "session_timeout", "session_check", "close_session", "client_protocol_version", "stacktrace"}
    | {"user", "password", "role", "quota_key"}
)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an INSERT, apart from its text: in one text the engine would run what follows an empty line as SQL."""

    format: str
    content: bytes
    settings: bytes = b""
    """The statement's own SETTINGS clause, which the engine wants between the source of the rows and FORMAT."""


@dataclass(frozen=True, slots=True)
class Call:
    statement: bytes
    rows: Rows | None
    database: str
    output_format: str
    query_id: str
    parameters: Mapping[str, str]
    settings: Mapping[str, str]


def query_fields(query_string: bytes) -> dict[str, str]:
    """The URL's fields; bytes that are not UTF-8 survive as surrogates, for the gate to refuse."""
    return dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, errors="surrogateescape"))


def parse(fields: Mapping[str, str], body: bytes, *, query_id: str, format_header: str = "") -> Call:
    """One call from the fields of URL and form, and the body. Raises EngineFault for what is not offered here."""
    for name in ("compress", "decompress"):
        if fields.get(name, "0") not in {"", "0", "false"}:
            text = f"The field {name} is not offered: use the HTTP headers Accept-Encoding and Content-Encoding instead"
            raise EngineFault(NOT_IMPLEMENTED, "NOT_IMPLEMENTED", text + ".")
    query = fields.get("query", "").encode("utf-8", "surrogateescape")
    statement, rows = _split(query, body)
    named = _FORMAT_AT_END.search(statement)
    parameters: dict[str, str] = {}
    settings: dict[str, str] = {}
    for name, value in fields.items():
        if name in _TRANSPORT:
            continue
        (parameters if name.startswith("param_") else settings)[_checked(name)] = value
    return Call(
        statement=statement,
        rows=rows,
        database=fields.get("database", ""),
        output_format=named.group(1).decode() if named else fields.get("default_format") or format_header or DEFAULT_FORMAT,
        query_id=fields.get("query_id") or query_id,
        parameters=parameters,
        settings=settings,
    )


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise EngineFault(BAD_ARGUMENTS, "BAD_ARGUMENTS", f"{name!r} is not the name of a setting or parameter.")
    return name


def _split(query: bytes, body: bytes) -> tuple[bytes, Rows | None]:
    """The text to be parsed, and apart from it the rows, if this is an INSERT that brings rows in a format."""
    in_query = _insert(query)
    if in_query is not None:
        head, rows = in_query
        return head, replace(rows, content=rows.content + body)
    if not query and (in_body := _insert(body)) is not None:
        return in_body
    return (query + b"\n" + body if query and body else query or body), None


def _insert(text: bytes) -> tuple[bytes, Rows] | None:
    """Of `INSERT .. SETTINGS .. FORMAT name rows`: the text before SETTINGS and FORMAT, and the rows. None for all else.

    `INSERT .. VALUES` and `INSERT .. SELECT` are wholly text, for the engine's parser to count as one statement.
    """
    opening = text[:LONGEST_INSERT_HEAD].decode("latin-1")  # one character a byte: offsets agree
    meaningful = (token for token in tokens(opening) if token.is_meaningful)
    first = next(meaningful, None)
    if first is None or not first.is_word("INSERT"):
        return None
    settings_at: int | None = None
    for token in meaningful:
        if token.depth > 0 or token.kind is not Kind.WORD:
            continue
        if token.text.upper() in {"VALUES", "SELECT", "WITH", "INFILE"}:
            return None
        if token.is_word("FORMAT"):
            name = next(meaningful, None)
            if name is None or name.kind is not Kind.WORD or name.is_word("VALUES"):
                return None
            head_end = token.start if settings_at is None else settings_at
            rows = Rows(name.text, text[_after_line_end(text, name.end) :], text[head_end : token.start])
            return text[:head_end], rows
        if token.is_word("SETTINGS"):
            settings_at = token.start
    return None


def _after_line_end(text: bytes, at: int) -> int:
    """Past the blanks and the one line end that part a format's name from the rows, as ClickHouse's parser does."""
    while text[at : at + 1] in {b" ", b"\t", b"\f"}:
        at += 1
    if text[at : at + 1] == b"\r":
        at += 1
    return at + 1 if text[at : at + 1] == b"\n" else at
