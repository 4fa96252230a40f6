"""Where strings, comments, brackets and statements of SQL end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.sql_text import Kind, statements, tokens


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("", []),
        (" ;; -- only; a remark\n", []),
        ("SELECT 1", ["SELECT 1"]),
        ("SELECT 1;SELECT 2;", ["SELECT 1", "SELECT 2"]),
        ("SELECT ';' ; SELECT 'it''s;' ; SELECT 'a\\';b'", ["SELECT ';'", "SELECT 'it''s;'", "SELECT 'a\\';b'"]),
        ('SELECT `a;b`, "c;d";', ['SELECT `a;b`, "c;d"']),
        ("SELECT 1 -- no; end\n + 1; /* ; */ SELECT 2", ["SELECT 1 -- no; end\n + 1", "SELECT 2"]),
        ("SELECT $tag$ ; ' $tag$; SELECT 2", ["SELECT $tag$ ; ' $tag$", "SELECT 2"]),
        ("-- before\nSELECT 1\n;\n", ["SELECT 1"]),
        ("SELECT 'never closed ; ", ["SELECT 'never closed ;"]),
        ("SELECT /* never closed ;", ["SELECT /* never closed ;"]),
    ],
)
def test_statements_end_at_semicolons_that_are_not_quoted(sql: str, expected: list[str]) -> None:
    assert statements(sql) == expected


def test_words_know_how_deep_they_stand() -> None:
    words = [(token.text, token.depth) for token in tokens("f(a, [b, {c}]) d") if token.kind is Kind.WORD]
    assert words == [("f", 0), ("a", 1), ("b", 2), ("c", 3), ("d", 0)]


@given(st.text(alphabet=st.sampled_from("ab'\"`\\;-#/* \n$()[]{}é"), max_size=60))
def test_every_character_is_in_exactly_one_token(sql: str) -> None:
    found = list(tokens(sql))
    assert "".join(token.text for token in found) == sql
    assert all(token.end - token.start == len(token.text) for token in found)
