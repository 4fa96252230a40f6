"""ClickHouse's SQL as a row of tokens: enough to see where strings, comments, brackets and statements end.

Pure. It mirrors the engine's lexer, and never judges what a statement means: that is the engine's parser's task.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    SPACE = "space"
    COMMENT = "comment"
    QUOTED = "quoted"  # a string, or an identifier in backticks or double quotes
    WORD = "word"  # a bare word or a number
    SYMBOL = "symbol"


@dataclass(frozen=True, slots=True)
class Token:
    kind: Kind
    text: str
    start: int
    end: int
    depth: int  # of round, square and curly brackets around it

    def is_word(self, word: str) -> bool:
        return self.kind is Kind.WORD and self.text.upper() == word

    @property
    def is_meaningful(self) -> bool:
        return self.kind not in {Kind.SPACE, Kind.COMMENT}


# The alternatives are tried in this order. A quote or comment that is never closed runs to the end of the text.
_TOKEN = re.compile(
    r"""(?P<SPACE>\s+)
      | (?P<COMMENT>--[^\n]*|\#[!\ ][^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<QUOTED>'(?:[^'\\]|\\.|'')*(?:'|\Z)|"(?:[^"\\]|\\.|"")*(?:"|\Z)|`(?:[^`\\]|\\.|``)*(?:`|\Z)
          |\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z))
      | (?P<WORD>\w+)
      | (?P<SYMBOL>.)""",
    re.VERBOSE | re.DOTALL,
)


def tokens(sql: str) -> Iterator[Token]:
    """Every character of `sql` is in exactly one token, in order."""
    depth = 0
    for match in _TOKEN.finditer(sql):
        kind = Kind[match.lastgroup if match.lastgroup in Kind.__members__ else "QUOTED"] if match.lastgroup else Kind.SYMBOL
        text = match.group()
        if kind is Kind.SYMBOL and text in ")]}":
            depth -= 1
        yield Token(kind, text, match.start(), match.end(), depth)
        if kind is Kind.SYMBOL and text in "([{":
            depth += 1


def statements(sql: str) -> list[str]:
    """The statements between semicolons, without what is only space and comment; each keeps its inner comments."""
    found: list[str] = []
    begun_at: int | None = None
    for token in tokens(sql):
        if token.kind is Kind.SYMBOL and token.text == ";":
            if begun_at is not None:
                found.append(sql[begun_at : token.start].rstrip())
            begun_at = None
        elif begun_at is None and token.is_meaningful:
            begun_at = token.start
    if begun_at is not None:
        found.append(sql[begun_at:].rstrip())
    return found
