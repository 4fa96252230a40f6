"""Who may run which statement: the gate in front of the embedded engine, which has no users of its own.

Pure. `at_the_door` and `at_the_engine` together ask in one fixed order: foreign page, token, writes, undecodable bytes,
exactly one readable statement. The caps of `caps` and `readonly = 1` follow, in the engine.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from deskpulse.local_clickhouse.classify import Analysis, StatementClass
from deskpulse.local_clickhouse.errors import (
    ACCESS_DENIED,
    AUTHENTICATION_FAILED,
    INCORRECT_DATA,
    READONLY,
    SYNTAX_ERROR,
    EngineFault,
)
from deskpulse.local_clickhouse.tokens import Role, Tokens

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_WRITES = frozenset({StatementClass.MUTATING, StatementClass.MUTATING_GLOBAL, StatementClass.CONTROL})


class Refusal(Enum):
    """Why a request was refused: the engine's code that comes nearest, its name, and what to do."""

    FOREIGN_HOST = (ACCESS_DENIED, "ACCESS_DENIED", "This server answers to localhost and 127.0.0.1 only")
    FOREIGN_PAGE = (ACCESS_DENIED, "ACCESS_DENIED", "Web pages may not reach this server: the request names a foreign Origin")
    WRONG_TOKEN = (
        AUTHENTICATION_FAILED,
        "AUTHENTICATION_FAILED",
        "Authentication failed: the user is reader, writer or admin, the password its token from tokens.json in the data folder",
    )
    WRITE_BY_GET = (READONLY, "READONLY", "Cannot execute query in readonly mode: GET and HEAD may only read, use POST")
    WRITE_BY_READER = (READONLY, "READONLY", "Cannot execute query in readonly mode: the reader may only read")
    WRITE_NOT_INSERT = (
        ACCESS_DENIED,
        "ACCESS_DENIED",
        "Not enough privileges: the writer may SELECT, and INSERT rows in a FORMAT; the rest is the admin's",
    )
    REACHES_OUT = (
        ACCESS_DENIED,
        "ACCESS_DENIED",
        "Not enough privileges: only the admin may read files or describe what lies elsewhere",
    )
    NOT_UTF8 = (INCORRECT_DATA, "INCORRECT_DATA", "The statement, its parameters or settings are not valid UTF-8")
    NOT_PARSED = (SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error: the engine's parser does not know this statement")
    NOT_ONE = (SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error: exactly one statement at a time")

    def fault(self) -> EngineFault:
        code, name, text = self.value
        return EngineFault(code, name, text + ".")


def at_the_door(headers: Mapping[str, str], fields: Mapping[str, str], port: int, tokens: Tokens) -> Role | Refusal:
    """Asked before the body is read. `headers` by lower-case name."""
    if _host(headers.get("host", "")) not in _LOOPBACK:
        return Refusal.FOREIGN_HOST
    if _is_foreign_page(headers, port):
        return Refusal.FOREIGN_PAGE
    return tokens.role_of(*_credentials(headers, fields)) or Refusal.WRONG_TOKEN


@dataclass(frozen=True, slots=True)
class Asked:
    """What the gate knows of one statement: the parser's verdict, and what our own reading of the text adds."""

    analysis: Analysis
    is_utf8: bool
    brings_rows: bool
    """An INSERT of rows in a format, which computes nothing: VALUES and SELECT may hold any expression."""
    reaches_out: bool


def at_the_engine(role: Role, method: str, asked: Asked) -> Refusal | None:
    """Asked before any setting is applied. UNKNOWN is refused to everyone."""
    analysis = asked.analysis
    if analysis.statement_class in _WRITES:
        if method != "POST":
            return Refusal.WRITE_BY_GET
        if role is Role.READER:
            return Refusal.WRITE_BY_READER
    if not asked.is_utf8:
        return Refusal.NOT_UTF8
    if analysis.statement_class is StatementClass.UNKNOWN:
        return Refusal.NOT_PARSED
    if analysis.statements != 1:
        return Refusal.NOT_ONE
    if role is Role.ADMIN:
        return None
    if analysis.statement_class in _WRITES and not (analysis.statement_class is StatementClass.MUTATING and asked.brings_rows):
        return Refusal.WRITE_NOT_INSERT
    return Refusal.REACHES_OUT if asked.reaches_out else None


def _host(authority: str) -> str | None:
    try:
        return urlsplit(f"//{authority}").hostname
    except ValueError:
        return None


def _is_foreign_page(headers: Mapping[str, str], port: int) -> bool:
    """Only a browser sends these; of its pages, only our own address is at home."""
    if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return True
    origin = headers.get("origin")
    if origin is None:
        return False
    try:
        parts = urlsplit(origin)
        at = parts.scheme, parts.hostname, parts.port
    except ValueError:
        return True
    return at not in {("http", host, port) for host in _LOOPBACK}


def _credentials(headers: Mapping[str, str], fields: Mapping[str, str]) -> tuple[str, str]:
    """User and token from ClickHouse's own headers, HTTP Basic or the URL: the first that is there."""
    if "x-clickhouse-key" in headers or "x-clickhouse-user" in headers:
        return headers.get("x-clickhouse-user", ""), headers.get("x-clickhouse-key", "")
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            return "", ""
        return user, token
    return fields.get("user", ""), fields.get("password", "")
