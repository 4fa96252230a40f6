"""What any ClickHouse over HTTP must do for our clients: the embedded one, or the server of TEST_CLICKHOUSE_DSN."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import clickhouse_connect
import httpx
import lz4.frame  # type: ignore[import-untyped]  # publishes no types
import pytest
from clickhouse_connect.driver.exceptions import DatabaseError

from deskpulse.local_clickhouse import Role
from deskpulse.local_clickhouse.bodies import zstd
from tests.clickhouse_server import ClickHouse, Database
from tests.eventually import eventually

pytestmark = pytest.mark.clickhouse

# What would end a statement, a row, a string or a parameter, if text and rows were ever mixed.
AWKWARD = [
    "",
    "tab\there",
    "line\nand\n\nDROP TABLE letters",
    "it's",
    'quo"te',
    "back\\slash",
    "\\N",
    "semi;colon",
    "ü€\U0001f600",
    "{p:String}",
]


@pytest.fixture
def letters(scratch: Database) -> Database:
    scratch.admin.command("CREATE OR REPLACE TABLE letters (n UInt32, text String) ENGINE = MergeTree ORDER BY n")
    return scratch


def post(
    database: Database, body: bytes, role: Role = Role.WRITER, headers: dict[str, str] | None = None, **fields: str
) -> httpx.Response:
    url, login = database.server.url, database.server.login(role)
    return httpx.post(url, params={"database": database.name, **fields}, content=body, auth=login, headers=headers)


def test_parameters_arrive_as_they_were_sent(scratch: Database) -> None:
    client = scratch.client(Role.READER)
    for text in AWKWARD:
        assert client.query("SELECT {p:String}", parameters={"p": text}).result_rows == [(text,)]
    client.close()


def test_parameters_arrive_in_a_form_as_well(scratch: Database) -> None:
    client = scratch.client(Role.READER, form_encode_query_params=True)
    for text in AWKWARD:
        assert client.query("SELECT {p:String}", parameters={"p": text}).result_rows == [(text,)]
    client.close()


def test_parameters_have_types(scratch: Database) -> None:
    at = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    asked = {"at": at, "list": ["x", "it's"], "none": None}
    sql = "SELECT {at:DateTime('UTC')}, {list:Array(String)}, {none:Nullable(String)}"
    row = scratch.admin.query(sql, parameters=asked, tz_mode="aware").result_rows[0]
    assert row == (at, ["x", "it's"], None)


def test_rows_arrive_as_they_were_inserted(letters: Database) -> None:
    client = letters.client(Role.WRITER)
    client.insert("letters", list(enumerate(AWKWARD)), column_names=["n", "text"])
    assert client.query("SELECT text FROM letters ORDER BY n").result_columns[0] == AWKWARD
    client.close()


@pytest.mark.parametrize(
    ("row_format", "rows", "expected"),
    [
        ("TabSeparated", b"1\ta\n2\t\n\n", None),
        ("TabSeparated", b"1\ta\\n\\nDROP TABLE letters\n", [(1, "a\n\nDROP TABLE letters")]),
        ("CSV", b'1,"a\n\n;DROP TABLE letters;\n\n"\n2,b\n', [(1, "a\n\n;DROP TABLE letters;\n\n"), (2, "b")]),
        ("JSONEachRow", b'{"n":1,"text":"a"}\n\n{"n":2,"text":";"}', [(1, "a"), (2, ";")]),
        ("RowBinary", b"\x0a\x0a\x3b\x00\x02\x0a\x0a", [(0x3B0A0A, "\n\n")]),
        ("Values", b"(1, 'a'), (2, ';b')", [(1, "a"), (2, ";b")]),
    ],
)
@pytest.mark.parametrize("place", ["body", "url"])
def test_rows_of_every_format_are_never_read_as_sql(
    letters: Database, row_format: str, rows: bytes, expected: list[tuple[int, str]] | None, place: str
) -> None:
    """An empty line in a text that holds both ends the rows for the engine, and begins the next statement."""
    head = f"INSERT INTO letters (n, text) FORMAT {row_format}"
    # VALUES may hold expressions, which the embedded engine leaves to the admin.
    role = Role.ADMIN if row_format == "Values" else Role.WRITER
    body = head.encode() + b"\n" + rows
    answer = post(letters, body, role) if place == "body" else post(letters, rows, role, query=head)
    assert answer.is_success == (expected is not None), answer.text
    assert letters.admin.query("SELECT n, text FROM letters ORDER BY n").result_rows == (expected or [])


def test_rows_that_the_table_refuses_are_never_acknowledged(scratch: Database) -> None:
    """They parse, so only the engine knows. Its streaming interface answers such an insert with success."""
    scratch.admin.command("CREATE TABLE small (n UInt32, CONSTRAINT below_ten CHECK n < 10) ENGINE = MergeTree ORDER BY n")
    answer = post(scratch, b"INSERT INTO small FORMAT TSV\n3\n30\n")
    assert answer.headers["X-ClickHouse-Exception-Code"] == "469"
    assert scratch.admin.command("SELECT count() FROM small") == 0


def test_a_statement_may_bring_settings_of_its_own(letters: Database) -> None:
    assert post(letters, b"INSERT INTO letters (n, text) SETTINGS max_insert_threads = 1 FORMAT TSV\n1\ta\n").is_success
    assert letters.admin.query("SELECT n, text FROM letters").result_rows == [(1, "a")]


def test_an_insert_that_fails_late_leaves_nothing(letters: Database) -> None:
    rows = b'{"n":1,"text":"a"}\n' * 200_000 + b'{"n":"x"}'
    answer = post(letters, b"INSERT INTO letters FORMAT JSONEachRow\n" + rows)
    assert answer.status_code == httpx.codes.BAD_REQUEST
    assert letters.admin.command("SELECT count() FROM letters") == 0


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("lz4", lz4.frame.compress), ("zstd", zstd.compress)],
)
def test_bodies_may_be_compressed(letters: Database, encoding: str, packed: object) -> None:
    assert callable(packed)
    body = packed(b"INSERT INTO letters FORMAT TSV\n1\ta\n")
    assert post(letters, body, headers={"Content-Encoding": encoding}).is_success
    assert post(letters, body[:-6], headers={"Content-Encoding": encoding}).is_client_error
    assert letters.admin.query("SELECT n, text FROM letters").result_rows == [(1, "a")]


def test_an_unknown_compression_is_an_error_and_not_an_empty_statement(scratch: Database) -> None:
    assert post(scratch, b"SELECT 1", headers={"Content-Encoding": "rot13"}).is_error


def test_half_a_million_rows_are_streamed(scratch: Database) -> None:
    client = scratch.client(Role.READER)
    with client.query_row_block_stream("SELECT number, toString(number) FROM numbers(500000)") as blocks:
        total = sum(sum(number for number, _ in block) for block in blocks)
    assert total == 500_000 * 499_999 // 2
    client.close()


def test_an_empty_answer_still_has_columns(scratch: Database) -> None:
    assert scratch.admin.query("SELECT 1 AS a, 'x' AS b LIMIT 0").column_names == ("a", "b")


def test_headers_say_what_was_done(letters: Database) -> None:
    answer = post(letters, b"INSERT INTO letters FORMAT TSV\n1\ta\n2\tb\n", query_id="mine")
    assert answer.headers["X-ClickHouse-Query-Id"] == "mine"
    assert answer.headers["X-ClickHouse-Timezone"] == "UTC"
    assert json.loads(answer.headers["X-ClickHouse-Summary"])["written_rows"] == "2"
    answer = post(letters, b"SELECT n FROM letters ORDER BY n FORMAT JSONEachRow")
    assert answer.headers["X-ClickHouse-Format"] == "JSONEachRow"
    assert answer.text == '{"n":1}\n{"n":2}\n'


def test_the_default_format_is_the_requests(scratch: Database) -> None:
    assert post(scratch, b"SELECT 1 AS a", default_format="JSONEachRow").text == '{"a":1}\n'
    assert post(scratch, b"SELECT 1 AS a").text == "1\n"


def test_curls_form_type_is_a_plain_body(scratch: Database) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert post(scratch, b"SELECT 1 + 1", headers=headers).text == "2\n"


@pytest.mark.parametrize(
    ("sql", "code", "status"),
    [
        ("SELECT nope", 47, 404),
        ("SELECT * FROM nope", 60, 404),
        ("SELEC 1", 62, 400),
        ("SELECT 1 SETTINGS max_execution_time = 0.2, max_block_size = 1 FORMAT Nope", 73, 404),
        ("SELECT throwIf(1)", 395, 500),
        ("SELECT sleepEachRow(1) FROM numbers(3) SETTINGS max_execution_time = 0.5", 159, 408),
        ("SELECT groupArray(number) FROM numbers(100000000) SETTINGS max_memory_usage = 10000000", 241, 500),
    ],
)
def test_errors_have_their_code_and_status(scratch: Database, sql: str, code: int, status: int) -> None:
    answer = post(scratch, sql.encode(), Role.ADMIN)
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (status, str(code)), answer.text
    assert answer.text.startswith(f"Code: {code}. DB::Exception: ")
    with pytest.raises(DatabaseError, match=f"Code: {code}"):
        scratch.admin.raw_query(sql)


def test_a_setting_nobody_knows_is_an_error(scratch: Database) -> None:
    assert post(scratch, b"SELECT 1", Role.ADMIN, no_such_setting="1").headers["X-ClickHouse-Exception-Code"] == "115"


def test_settings_of_one_request_are_gone_in_the_next(scratch: Database) -> None:
    sql = b"SELECT value FROM system.settings WHERE name = 'max_block_size'"
    before = post(scratch, sql).text
    assert post(scratch, sql, max_block_size="777").text == "777\n"
    assert post(scratch, sql).text == before


def test_twenty_at_once_each_get_their_own_answer(clickhouse: ClickHouse) -> None:
    async def ask() -> list[int]:
        client = await clickhouse_connect.get_async_client(dsn=clickhouse.dsn(Role.READER), autogenerate_session_id=False)
        try:
            answers = await asyncio.gather(*(client.query(f"SELECT {number} + sleep(0.05)") for number in range(20)))
        finally:
            await client.close()
        return [answer.result_rows[0][0] for answer in answers]

    assert asyncio.run(ask()) == list(range(20))


def test_a_client_that_leaves_ends_its_query(scratch: Database) -> None:
    client, at = scratch.client(Role.ADMIN), urlsplit(scratch.server.url)
    still = "SELECT count() FROM system.processes WHERE Settings['log_comment'] LIKE 'leaving%'"
    assert at.hostname is not None
    connection = http.client.HTTPConnection(at.hostname, at.port)
    user, token = scratch.server.login(Role.READER)
    fields = "log_comment=leaving&cancel_http_readonly_queries_on_client_close=1"
    sql = quote("SELECT count() FROM numbers(1000000000000) WHERE NOT ignore(sipHash64(number))")
    connection.request("GET", f"/?{fields}&query={sql}", headers={"X-ClickHouse-User": user, "X-ClickHouse-Key": token})
    eventually(lambda: client.command(still) == 1, what="the query runs")
    connection.close()
    eventually(lambda: client.command(still) == 0, what="the query was killed")
    client.close()


def test_one_insert_touches_at_most_a_hundred_partitions(database: Database) -> None:
    columns = ["account", "metric", "local_date", "sign", "version", "at"]
    months = [datetime(year, month, 1, tzinfo=UTC) for year in range(2030, 2039) for month in range(1, 13)]
    rows = [["a", "frt_human", at.date(), 1, 1, at] for at in months]
    database.admin.insert("facts", rows[:100], column_names=columns)
    with pytest.raises(DatabaseError, match="Code: 252"):
        database.admin.insert("facts", rows[:101], column_names=columns)
    assert database.admin.command("SELECT count() FROM facts") == 100


def test_inserts_at_once_are_each_stored_and_the_refused_one_is_told(scratch: Database) -> None:
    """The embedded engine stores small inserts of a moment as one part: a bad row of one must not cost the others theirs."""
    scratch.admin.command(
        "CREATE OR REPLACE TABLE counted (n UInt32, CONSTRAINT small CHECK n < 1000) ENGINE = MergeTree ORDER BY n"
    )
    writer = scratch.client(Role.WRITER)

    def insert(first: int) -> bool:
        try:
            writer.insert("counted", [[n] for n in range(first, first + 10)], column_names=["n"], column_type_names=["UInt32"])
        except DatabaseError as error:
            if "469" not in str(error):
                raise
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        for begin in range(0, 400, 80):
            firsts = [*range(begin, begin + 80, 10)]
            assert all(threads.map(insert, firsts))
            assert list(threads.map(insert, [*firsts[:3], 995])) == [True, True, True, False]
    found = [row[0] for row in writer.query("SELECT DISTINCT n FROM counted ORDER BY n").result_rows]
    assert found == [*range(400)]
    writer.close()
