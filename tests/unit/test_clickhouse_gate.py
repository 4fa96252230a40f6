"""Who passes the gate of the embedded ClickHouse, and why not. The contract tests knock at the real door."""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from deskpulse.local_clickhouse.access import Asked, Refusal, at_the_door, at_the_engine
from deskpulse.local_clickhouse.caps import Caps, settings_for
from deskpulse.local_clickhouse.classify import (
    Analysis,
    ClassifierMissingError,
    StatementClass,
    classify,
    require_classifier,
)
from deskpulse.local_clickhouse.config import EngineConfig
from deskpulse.local_clickhouse.errors import EngineFault
from deskpulse.local_clickhouse.reach import reaches_out
from deskpulse.local_clickhouse.tokens import Role, Tokens, load_or_create, save

TOKENS = Tokens(reader="r-token", writer="w-token", admin="a-token")
HOME = {"host": "127.0.0.1:8123"}
READ = Analysis(StatementClass.READ_ONLY, 1)
PLAIN = Asked(READ, is_utf8=True, brings_rows=False, reaches_out=False)


def door(headers: dict[str, str], **fields: str) -> Role | Refusal:
    return at_the_door(HOME | headers, fields, 8123, TOKENS)


def basic(login: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(login.encode()).decode()}


@pytest.mark.parametrize("role", list(Role))
def test_a_token_may_come_in_three_ways(role: Role) -> None:
    token = TOKENS.of(role)
    for user in (role.value, "default", ""):
        assert door({"x-clickhouse-user": user, "x-clickhouse-key": token}) is role
        assert door(basic(f"{user}:{token}")) is role
        assert door({}, user=user, password=token) is role


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic("reader:a-token"),
        basic("reader:"),
        {"authorization": "Basic ?"},
        {"authorization": "Bearer r-token"},
        basic("nobody:r-token"),
    ],
)
def test_no_or_another_roles_token_is_refused(headers: dict[str, str]) -> None:
    assert door(headers) is Refusal.WRONG_TOKEN


@pytest.mark.parametrize(
    "headers", [{"origin": "http://127.0.0.1:8123"}, {"sec-fetch-site": "same-origin"}, {"sec-fetch-site": "none"}]
)
def test_our_own_page_is_at_home(headers: dict[str, str]) -> None:
    assert door(headers | basic("reader:r-token")) is Role.READER


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://127.0.0.1:9"}, {"origin": "http://x:y:z"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
def test_other_pages_are_foreign(headers: dict[str, str]) -> None:
    assert door(headers | basic("reader:r-token")) is Refusal.FOREIGN_PAGE


@pytest.mark.parametrize("host", ["", "evil.example", "[", "127.0.0.1@evil.example", "2130706433"])
def test_only_loopback_names_are_ours(host: str) -> None:
    assert door({"host": host} | basic("reader:r-token")) is Refusal.FOREIGN_HOST


@pytest.mark.parametrize("statement_class", list(StatementClass))
@pytest.mark.parametrize("role", list(Role))
def test_each_role_runs_its_classes_alone(role: Role, statement_class: StatementClass) -> None:
    refusal = at_the_engine(role, "POST", replace(PLAIN, analysis=Analysis(statement_class, 1), brings_rows=True))
    allowed = {
        Role.READER: {StatementClass.READ_ONLY},
        Role.WRITER: {StatementClass.READ_ONLY, StatementClass.MUTATING},
        Role.ADMIN: set(StatementClass) - {StatementClass.UNKNOWN},
    }
    assert (refusal is None) == (statement_class in allowed[role])


def test_the_writers_only_change_is_an_insert() -> None:
    change = replace(PLAIN, analysis=Analysis(StatementClass.MUTATING, 1))
    assert at_the_engine(Role.WRITER, "POST", change) is Refusal.WRITE_NOT_INSERT
    assert at_the_engine(Role.ADMIN, "POST", change) is None


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("count", [0, 2])
def test_it_is_one_statement_for_everyone(role: Role, count: int) -> None:
    assert at_the_engine(role, "POST", replace(PLAIN, analysis=Analysis(StatementClass.READ_ONLY, count))) is Refusal.NOT_ONE


def test_a_parameter_that_is_not_text_is_refused_though_the_statement_is() -> None:
    assert at_the_engine(Role.ADMIN, "POST", replace(PLAIN, is_utf8=False)) is Refusal.NOT_UTF8


@pytest.mark.parametrize(
    ("sql", "parameters", "expected"),
    [
        ("SELECT 1", {}, False),
        ("SELECT 'file', $$file('x')$$ -- file('x')", {}, False),
        ("SELECT name AS profile, FILE FROM files ORDER BY name DESC LIMIT (1)", {"p": "file"}, False),
        ("SELECT a FROM t ORDER BY (a) DESC, f(a)", {}, False),
        ("DESCRIBE TABLE `t`", {}, False),
        ("DESCRIBE (SELECT 1)", {}, False),
        ("SELECT {p:String}", {"p": "file\\t"}, False),
        ("SELECT file('/etc/passwd')", {}, True),
        ("SELECT file /* */ ('/etc/passwd')", {}, True),
        ("SELECT `file`('/etc/passwd')", {}, True),
        ('SELECT "file"(x)', {}, True),
        ("SELECT `f\\x69le`('/etc/passwd')", {}, True),
        ("SELECT arrayMap(file, ['/etc/passwd'])", {}, True),
        ("SELECT arrayMap({f:Identifier}, ['/etc/passwd'])", {"f": "file"}, True),
        ("SELECT arrayMap({f:Identifier}, ['/etc/passwd'])", {"f": "f\\x69le"}, True),
        ("DESCRIBE TABLE url('http://x')", {}, True),
        ("describe url ('http://x')", {}, True),
        ("DESC /* */ TABLE `url`('http://x')", {}, True),
        ("SELECT * FROM (DESCRIBE TABLE url('http://x'))", {}, True),
    ],
)
def test_what_reaches_out_of_the_database_is_seen(sql: str, parameters: dict[str, str], expected: bool) -> None:  # noqa: FBT001  a table of cases
    assert reaches_out(sql, parameters) is expected


def test_only_the_admin_reaches_out() -> None:
    asked = replace(PLAIN, reaches_out=True)
    refusals = {role: at_the_engine(role, "POST", asked) for role in Role}
    assert refusals == {Role.READER: Refusal.REACHES_OUT, Role.WRITER: Refusal.REACHES_OUT, Role.ADMIN: None}


class NewerParser:
    """Knows a class that this release does not."""

    def classify_query(self, sql: str, target_database: str = "", /) -> dict[str, object]:
        return {"query_class": f"{sql}{target_database}", "statement_count": 1}


def test_a_class_we_do_not_know_is_not_understood() -> None:
    assert classify(NewerParser(), b"SELECT 1").statement_class is StatementClass.UNKNOWN
    assert classify(NewerParser(), b"\xff").statement_class is StatementClass.UNKNOWN


def test_an_engine_that_cannot_classify_is_not_started() -> None:
    with pytest.raises(ClassifierMissingError, match="classify_query"):
        require_classifier(object)
    require_classifier(NewerParser)


@pytest.mark.parametrize(
    ("asked", "cap"), [("10", "10"), ("60", "60"), ("61", "60"), ("0", "60"), ("-1", "60"), ("inf", "60"), ("many", "60")]
)
def test_a_reader_lowers_a_cap_and_never_raises_it(asked: str, cap: str) -> None:
    assert settings_for(Role.READER, {"max_execution_time": asked}, Caps())["max_execution_time"] == cap
    assert settings_for(Role.ADMIN, {"max_execution_time": asked}, Caps())["max_execution_time"] == asked


def test_a_reader_gets_no_part_of_an_answer_for_the_whole() -> None:
    assert settings_for(Role.READER, {"result_overflow_mode": "break"}, Caps())["result_overflow_mode"] == "throw"
    assert settings_for(Role.WRITER, {}, Caps())["max_result_rows"] == str(Caps().max_result_rows)


def test_a_reader_does_not_name_readonly() -> None:
    with pytest.raises(EngineFault, match="readonly"):
        settings_for(Role.READER, {"readonly": "0"}, Caps())


def test_tokens_are_made_once_and_may_be_replaced(tmp_path: Path) -> None:
    made = load_or_create(tmp_path / "new")
    assert load_or_create(tmp_path / "new") == made
    save(tmp_path / "new", TOKENS)
    assert load_or_create(tmp_path / "new") == TOKENS
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["tokens.json"]


def test_the_configuration_survives_any_folder_name(tmp_path: Path) -> None:
    backups = tmp_path / "a & <b>"
    read = ET.fromstring(EngineConfig(backups, memory_bytes=7).xml())  # noqa: S314  our own text
    assert read.findtext("backups/allowed_path") == str(backups)
    assert read.findtext("max_server_memory_usage") == "7"
