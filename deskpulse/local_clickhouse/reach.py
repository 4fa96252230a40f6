"""Whether a statement that leaves no trace reaches out of the database all the same: into a file, or over the network.

Pure. `readonly = 1` stops table functions where they are read, but lets through the scalar function `file`, which reads any
file of this process, the tokens of the other roles among them, and DESCRIBE of a table function, which opens what it names.
When in doubt the answer is yes.
"""

from __future__ import annotations

from collections.abc import Mapping

from deskpulse.sql_text import Kind, Token, tokens

_READS_FILES = "file"


def reaches_out(statement: str, parameters: Mapping[str, str]) -> bool:
    meaningful = [token for token in tokens(statement) if token.is_meaningful]
    if any(_may_name(token, _READS_FILES) for token in meaningful):
        return True
    # A parameter of type Identifier becomes a name; its value may be escaped in more than one way.
    if any(token.is_word("IDENTIFIER") for token in meaningful):
        values = parameters.values()
        if any(_READS_FILES in value or "\\" in value for value in values):
            return True
    return any(_describes_function(meaningful, at) for at in range(len(meaningful)))


def _may_name(token: Token, name: str) -> bool:
    """Function names are case-sensitive here, and may be quoted; with a backslash inside, anything may be meant."""
    if token.kind is Kind.QUOTED and token.text[0] in '`"':
        return token.text[1:-1] == name or "\\" in token.text
    return token.kind is Kind.WORD and token.text == name


def _describes_function(meaningful: list[Token], at: int) -> bool:
    """`DESCRIBE [TABLE] name (`, as a statement or in brackets. `ORDER BY x DESC` stands behind a name."""
    if not (meaningful[at].is_word("DESCRIBE") or meaningful[at].is_word("DESC")):
        return False
    if at > 0 and meaningful[at - 1].text != "(":
        return False
    following = meaningful[at + 1 : at + 4]
    if following and following[0].is_word("TABLE"):
        following = following[1:]
    return len(following) > 1 and following[0].kind in {Kind.WORD, Kind.QUOTED} and following[1].text == "("
