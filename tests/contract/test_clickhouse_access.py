"""What the embedded ClickHouse must refuse, and in which order: it has no users of its own to refuse anything."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from deskpulse.local_clickhouse import Role
from tests.clickhouse_server import ClickHouse, Database

pytestmark = pytest.mark.clickhouse


@pytest.fixture(autouse=True)
def _only_embedded(clickhouse: ClickHouse) -> None:
    if not clickhouse.is_embedded:
        pytest.skip("a server refuses by its own users and grants")


@pytest.fixture(scope="module")
def table(scratch: Database) -> Database:
    scratch.admin.command("CREATE TABLE kept (n UInt32) ENGINE = MergeTree ORDER BY n")
    scratch.admin.command("INSERT INTO kept VALUES (1)")
    return scratch


@pytest.fixture
def untouched(table: Database) -> Iterator[Database]:
    """The table must be as it was, whatever the test tried."""
    yield table
    assert table.admin.query("SELECT n FROM kept").result_rows == [(1,)]


def ask(database: Database, role: Role, body: bytes | str, fields: Mapping[str, str] | None = None) -> httpx.Response:
    content = body.encode() if isinstance(body, str) else body
    params = {"database": database.name} | dict(fields or {})
    return httpx.post(database.server.url, params=params, content=content, auth=database.server.login(role), timeout=30)


def code(answer: httpx.Response) -> int:
    return int(answer.headers["X-ClickHouse-Exception-Code"])


def test_refusals_come_in_one_order(untouched: Database) -> None:
    """A request that deserves all of them gets the first; mended there, the next."""
    url, at = untouched.server.url, urlsplit(untouched.server.url)
    into = {"database": untouched.name}

    def send(content: bytes = b"INSERT INTO kept VALUES (2) -- \xff") -> httpx.Response:
        return httpx.post(url, headers=foreign, content=content, params=into)

    foreign = {
        "Host": "evil.example",
        "Origin": "http://evil.example",
        "X-ClickHouse-User": "reader",
        "X-ClickHouse-Key": "guess",
    }
    answer = send()
    assert (answer.status_code, "answers to localhost" in answer.text) == (403, True)
    foreign["Host"] = at.netloc
    answer = send()
    assert (answer.status_code, "Web pages" in answer.text) == (403, True)
    del foreign["Origin"]
    answer = send()
    assert (answer.status_code, code(answer)) == (403, 516)
    foreign["X-ClickHouse-Key"] = untouched.server.login(Role.READER)[1]
    answer = send()
    assert (answer.status_code, "not valid UTF-8" in answer.text) == (400, True)
    answer = send(b"INSERT INTO kept VALUES (2)")
    assert (answer.status_code, code(answer)) == (403, 164)
    answer = send(b"SELECT 1; SELECT 2")
    assert (answer.status_code, "exactly one statement" in answer.text) == (400, True)
    assert send(b"SELECT 1").text == "1\n"


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8123", "10.0.0.1", ""])
def test_a_foreign_host_is_refused_even_for_ping(clickhouse: ClickHouse, host: str) -> None:
    for path in ("/", "/ping", "/?query=SELECT+1"):
        answer = httpx.get(clickhouse.url + path, headers={"Host": host}, auth=clickhouse.login(Role.ADMIN))
        assert answer.status_code == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1", "http://localhost:1", "null", "http://["])
def test_a_web_page_is_refused_whatever_token_it_has(clickhouse: ClickHouse, origin: str) -> None:
    answer = httpx.get(
        clickhouse.url, params={"query": "SELECT 1"}, headers={"Origin": origin}, auth=clickhouse.login(Role.ADMIN)
    )
    assert answer.status_code == 403


def test_localhost_and_loopback_are_at_home(clickhouse: ClickHouse) -> None:
    port = urlsplit(clickhouse.url).port
    for host in (f"localhost:{port}", "127.0.0.1", f"[::1]:{port}"):
        assert httpx.get(clickhouse.url + "/ping", headers={"Host": host}).text == "Ok.\n"


@pytest.mark.parametrize("token", ["", "reader", "%00", "tokenütoken"])
def test_without_the_token_nothing_is_answered(clickhouse: ClickHouse, token: str) -> None:
    for user in ("reader", "admin", "default", ""):
        answer = httpx.post(clickhouse.url, params={"user": user, "password": token}, content=b"SELECT 1")
        assert (answer.status_code, code(answer)) == (403, 516)


def test_a_token_proves_its_own_role_alone(clickhouse: ClickHouse) -> None:
    token = clickhouse.login(Role.READER)[1]
    assert httpx.post(clickhouse.url, auth=("admin", token), content=b"SELECT 1").status_code == 403
    assert httpx.post(clickhouse.url, auth=("default", token), content=b"SELECT 1").text == "1\n"


WRITES = [
    "INSERT INTO kept VALUES (2)",
    "INSERT INTO kept SELECT 2",
    "INSERT INTO kept FORMAT TSV\n2\n",
    "TRUNCATE TABLE kept",
    "DROP TABLE kept",
    "ALTER TABLE kept DELETE WHERE 1",
    "DELETE FROM kept WHERE 1",
    "CREATE TABLE other (n UInt8) ENGINE = Memory",
    "CREATE USER u",
    "CREATE FUNCTION f AS (x) -> x",
    "OPTIMIZE TABLE kept",
    "SET readonly = 0",
    "USE system",
    "SYSTEM FLUSH LOGS",
    "KILL QUERY WHERE 1",
    "EXECUTE AS default SELECT 1",
    "BACKUP TABLE kept TO File('kept')",
    "INSERT INTO FUNCTION file('written', 'TSV', 'n UInt8') VALUES (1)",
    "/* SELECT 1 */ DROP TABLE kept -- SELECT 1",
]


@pytest.mark.parametrize("sql", WRITES)
def test_a_reader_writes_nothing(untouched: Database, sql: str) -> None:
    answer = ask(untouched, Role.READER, sql)
    assert (answer.status_code, code(answer)) == (403, 164), answer.text


@pytest.mark.parametrize("sql", [sql for sql in WRITES if "FORMAT" not in sql])
def test_a_writer_inserts_rows_and_nothing_else(untouched: Database, sql: str) -> None:
    answer = ask(untouched, Role.WRITER, sql)
    assert (answer.status_code, code(answer)) == (403, 497), answer.text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("sql", WRITES)
def test_get_writes_nothing_even_for_the_admin(untouched: Database, method: str, sql: str) -> None:
    asked = {"query": sql, "database": untouched.name}
    answer = httpx.request(method, untouched.server.url, params=asked, auth=untouched.server.login(Role.ADMIN))
    assert (answer.status_code, code(answer)) == (403, 164)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; DROP TABLE kept",
        "SELECT 1; SELECT 2",
        "SELECT 1;\n\nTRUNCATE TABLE kept",
        "INSERT INTO kept FORMAT TSV\n2\n\nDROP TABLE kept",
        "INSERT INTO kept VALUES (2); DROP TABLE kept",
        "INSERT INTO kept VALUES (2);(3)",
    ],
)
def test_two_statements_are_refused_to_everyone_but_as_rows(table: Database, sql: str) -> None:
    for role in Role:
        assert ask(table, role, sql).is_error
    assert table.admin.query("SELECT n FROM kept").result_rows == [(1,)]


@pytest.mark.parametrize("sql", ["", ";", "-- only a comment", "nonsense", "SELECT", "SELECT 1 FROM (", "DROP", "SELECT '"])
def test_what_the_parser_does_not_know_is_never_run(untouched: Database, sql: str) -> None:
    for role in Role:
        answer = ask(untouched, role, sql)
        assert (answer.status_code, code(answer)) == (400, 62), answer.text


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT n FROM kept SETTINGS readonly = 0",
        "SELECT n FROM kept SETTINGS readonly = 2",
        "SELECT n FROM kept SETTINGS max_execution_time = 1000000",
        "SELECT * FROM (SELECT * FROM url('http://127.0.0.1:1/', 'TSV', 'a String') SETTINGS readonly = 0)",
        "WITH x AS (SELECT * FROM url('http://127.0.0.1:1/', 'TSV', 'a String') SETTINGS readonly = 0) SELECT * FROM x",
        "EXPLAIN SELECT 1 SETTINGS readonly = 0",
    ],
)
def test_a_statement_cannot_lift_what_holds_the_reader(untouched: Database, sql: str) -> None:
    answer = ask(untouched, Role.READER, sql)
    assert (answer.status_code, code(answer)) == (403, 164), answer.text


@pytest.mark.parametrize("value", ["0", "1", "2", ""])
def test_a_request_cannot_either(untouched: Database, value: str) -> None:
    answer = ask(untouched, Role.READER, "SELECT 1", {"readonly": value})
    assert (answer.status_code, code(answer)) == (403, 164)
    inside = "SELECT * FROM (SELECT getSetting('readonly') SETTINGS readonly = 0)"
    for sql in ("SELECT getSetting('readonly')", inside):
        assert ask(untouched, Role.READER, sql).text == "1\n"


def test_caps_are_lowered_at_will_and_never_raised(untouched: Database) -> None:
    names = ["max_execution_time", "max_memory_usage", "max_result_rows", "max_result_bytes"]
    sql = "SELECT " + ", ".join(f"toUInt64(getSetting('{name}'))" for name in names) + " FORMAT TSV"
    caps = [int(cap) for cap in ask(untouched, Role.READER, sql).text.split()]
    assert all(cap > 0 for cap in caps)
    lowered = ask(untouched, Role.READER, sql, {name: str(cap // 2) for name, cap in zip(names, caps, strict=True)})
    assert [int(cap) for cap in lowered.text.split()] == [cap // 2 for cap in caps]
    for raised in ("0", "-1", "1e30", "nan", str(2**63)):
        answer = ask(untouched, Role.READER, sql, dict.fromkeys(names, raised))
        assert [int(cap) for cap in answer.text.split()] == caps


def test_an_answer_above_the_cap_is_an_error_and_not_a_part(untouched: Database) -> None:
    fields = {"max_result_rows": "10", "result_overflow_mode": "break"}
    answer = ask(untouched, Role.READER, "SELECT number FROM numbers(100000)", fields)
    assert (answer.is_error, code(answer)) == (True, 396)


def test_into_outfile_writes_no_file(untouched: Database, tmp_path: Path) -> None:
    target = tmp_path / "stolen"
    for role in (Role.READER, Role.WRITER):
        assert ask(untouched, role, f"SELECT 1 INTO OUTFILE '{target}'").status_code == 403
    assert not target.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM file('/etc/passwd', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'TSV', 'a String')",
        "SELECT * FROM default.`tokens.json`",
        "SELECT file('tokens.json')",
        "SELECT `file`('/etc/passwd')",
        "SELECT arrayMap(file, ['/etc/passwd'])",
        "SELECT n FROM kept WHERE n IN (SELECT length(file('/etc/passwd')))",
        "DESCRIBE TABLE file('/etc/passwd')",
        "DESCRIBE TABLE url('http://127.0.0.1:1/')",
    ],
)
def test_only_the_admin_reads_a_file_or_opens_a_connection(untouched: Database, sql: str) -> None:
    """The tokens of all roles are in a file: whoever can read files is the admin."""
    for role in (Role.READER, Role.WRITER):
        answer = ask(untouched, role, sql)
        assert answer.status_code == 403, answer.text
        assert code(answer) in {164, 497}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"SELECT '\xff'", ""),
        (b"INSERT INTO kept VALUES (2) -- \xff", ""),
        (b"SELECT {p:String}", "&param_p=%ff"),
        (b"SELECT 1", "&log_comment=%ff"),
        (b"SELECT 1", "&database=%ff"),
        (b"", "&query=SELECT+'%ff'"),
    ],
)
def test_bytes_that_are_not_text_are_refused(untouched: Database, body: bytes, fields: str) -> None:
    """The engine takes a text it cannot decode for an empty statement, and answers with success."""
    url = f"{untouched.server.url}/?x{fields}".replace("?x&", "?") if fields else untouched.server.url
    answer = httpx.post(url, content=body, auth=untouched.server.login(Role.ADMIN))
    assert (answer.status_code, code(answer)) == (400, 117), answer.text


def test_rows_may_be_any_bytes(scratch: Database) -> None:
    scratch.admin.command("CREATE TABLE anything (b String) ENGINE = MergeTree ORDER BY b")
    assert ask(scratch, Role.WRITER, b"INSERT INTO anything FORMAT RowBinary\n\x03\xff\x00\xfe").is_success
    assert scratch.admin.command("SELECT hex(b) FROM anything") == "FF00FE"


def test_settings_are_offered_to_a_reader_though_it_is_held(scratch: Database) -> None:
    """clickhouse-connect asks once which settings it may send; with readonly on it would send none."""
    client = scratch.client(Role.READER)
    assert client.server_settings["max_threads"].readonly == 0
    assert client.query("SELECT getSetting('max_threads')", settings={"max_threads": 1}).result_rows == [(1,)]
    with pytest.raises(DatabaseError, match="READONLY"):
        client.command("SELECT 1 SETTINGS max_threads = 1")
    client.close()


def test_it_listens_on_loopback_alone(clickhouse: ClickHouse) -> None:
    port = urlsplit(clickhouse.url).port
    assert port is not None
    addresses = {str(found[4][0]) for found in socket.getaddrinfo(socket.gethostname(), port, type=socket.SOCK_STREAM)}
    for address in addresses - {"127.0.0.1", "::1"}:
        with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
            socket.create_connection((address, port), timeout=1).close()
