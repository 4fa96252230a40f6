"""What a statement would do, in the words of the engine's own parser: nothing is guessed from its text.

`classify_query` is private API of chdb 4.x (the pin in pyproject.toml); without it the server does not start.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class StatementClass(Enum):
    READ_ONLY = "leaves no trace"
    MUTATING = "changes a database"
    MUTATING_GLOBAL = "changes what lies outside of every database"
    CONTROL = "changes the session or the engine, or writes outside of it"
    UNKNOWN = "was not understood"


@dataclass(frozen=True, slots=True)
class Analysis:
    """Of several statements, the class of the most restricted one."""

    statement_class: StatementClass
    statements: int


NOT_UNDERSTOOD = Analysis(StatementClass.UNKNOWN, 0)


class Parser(Protocol):
    """The part of chdb's raw connection that is needed here."""

    def classify_query(self, sql: str, target_database: str = ..., /) -> dict[str, object]: ...


def classify(parser: Parser, statement: bytes) -> Analysis:
    """Never raises for the statement's sake: what is not UTF-8 is not understood."""
    try:
        text = statement.decode()
    except UnicodeDecodeError:
        return NOT_UNDERSTOOD
    report = parser.classify_query(text)
    name = getattr(report["query_class"], "name", "")
    count = report["statement_count"]
    if name not in StatementClass.__members__ or not isinstance(count, int):
        return NOT_UNDERSTOOD
    return Analysis(StatementClass[name], count)


class ClassifierMissingError(RuntimeError):
    def __init__(self) -> None:
        super().__init__(
            "This release of chdb cannot say what a statement does (classify_query), so readers could not be held to reading. "
            "Install the pinned one: pip install 'deskpulse[local]'"
        )


def require_classifier(raw_connection: type) -> None:
    if not hasattr(raw_connection, "classify_query"):
        raise ClassifierMissingError
