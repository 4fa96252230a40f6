"""What one HTTP request asks of the embedded ClickHouse: statement, rows, parameters, settings, bodies."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

import lz4.frame  # type: ignore[import-untyped]  # publishes no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deskpulse.local_clickhouse.bodies import form_fields, unpack, zstd
from deskpulse.local_clickhouse.errors import EngineFault, engine_fault
from deskpulse.local_clickhouse.protocol import Call, Rows, parse, query_fields


def call(body: bytes = b"", **fields: str) -> Call:
    return parse(fields, body, query_id="q")


@pytest.mark.parametrize(
    ("body", "statement", "rows"),
    [
        (b"SELECT 1 FORMAT TSV", b"SELECT 1 FORMAT TSV", None),
        (b"INSERT INTO t VALUES (1)", b"INSERT INTO t VALUES (1)", None),
        (b"INSERT INTO t FORMAT Values (1)", b"INSERT INTO t FORMAT Values (1)", None),
        (b"INSERT INTO t SELECT 1 FORMAT TSV", b"INSERT INTO t SELECT 1 FORMAT TSV", None),
        (b"INSERT INTO t FROM INFILE 'x' FORMAT TSV", b"INSERT INTO t FROM INFILE 'x' FORMAT TSV", None),
        (b"INSERT INTO t FORMAT TSV\n1\n\n2", b"INSERT INTO t ", Rows("TSV", b"1\n\n2")),
        (b"insert into t (a, `format`) format Native\n\xff\x00", b"insert into t (a, `format`) ", Rows("Native", b"\xff\x00")),
        (
            b"/* FORMAT x */ INSERT INTO t -- FORMAT y\n FORMAT TSV \t\r\n1",
            b"/* FORMAT x */ INSERT INTO t -- FORMAT y\n ",
            Rows("TSV", b"1"),
        ),
        (b"INSERT INTO `a FORMAT b` FORMAT TSV\n\n1", b"INSERT INTO `a FORMAT b` ", Rows("TSV", b"\n1")),
        (b"INSERT INTO t SETTINGS a = 1 FORMAT TSV\n1", b"INSERT INTO t ", Rows("TSV", b"1", b"SETTINGS a = 1 ")),
        (
            b"INSERT INTO FUNCTION f('FORMAT', FORMAT x) FORMAT TSV\n1",
            b"INSERT INTO FUNCTION f('FORMAT', FORMAT x) ",
            Rows("TSV", b"1"),
        ),
    ],
)
def test_rows_are_told_from_the_statement(body: bytes, statement: bytes, rows: Rows | None) -> None:
    found = call(body)
    assert (found.statement, found.rows) == (statement, rows)


def test_the_statement_may_stand_in_the_url_and_its_rows_in_the_body() -> None:
    found = call(b"1\n", query="INSERT INTO t FORMAT TSV")
    assert (found.statement, found.rows) == (b"INSERT INTO t ", Rows("TSV", b"1\n"))
    assert call(b"+ 1", query="SELECT 1").statement == b"SELECT 1\n+ 1"
    assert call(b"INSERT INTO t FORMAT TSV\n1", query="SELECT").rows is None


def test_fields_are_parameters_settings_or_transport() -> None:
    found = call(
        b"SELECT 1",
        param_x="a\\tb",
        max_threads="2",
        session_id="s",
        role="r",
        database="d",
        default_format="CSV",
        query_id="mine",
    )
    assert found.parameters == {"param_x": "a\\tb"}
    assert found.settings == {"max_threads": "2"}
    assert (found.database, found.output_format, found.query_id) == ("d", "CSV", "mine")


@pytest.mark.parametrize("name", ["a b", "a=1,b", "param_x; SET", "", "ä"])
def test_a_name_is_never_a_way_into_the_text(name: str) -> None:
    with pytest.raises(EngineFault, match="not the name of a setting"):
        parse({name: "1"}, b"SELECT 1", query_id="q")


@pytest.mark.parametrize("name", ["compress", "decompress"])
def test_the_native_compression_is_refused_rather_than_misread(name: str) -> None:
    with pytest.raises(EngineFault, match="not offered"):
        call(b"SELECT 1", **{name: "1"})
    assert call(b"SELECT 1", **{name: "0"}).statement == b"SELECT 1"


def test_the_format_of_the_answer_is_the_statements_else_the_requests() -> None:
    assert call(b"SELECT 1 FORMAT JSON;", default_format="CSV").output_format == "JSON"
    assert parse({}, b"SELECT 1", query_id="q", format_header="CSV").output_format == "CSV"
    assert call(b"SELECT 1").output_format == "TabSeparated"


@given(st.binary(max_size=200))
def test_any_bytes_are_some_call(body: bytes) -> None:
    found = call(body)
    assert found.rows is not None or found.statement == body


def test_undecodable_fields_survive_for_the_gate_to_refuse() -> None:
    fields = query_fields(b"query=SELECT+%ff&a=1")
    assert call(b"", **fields).statement == b"SELECT \xff"


PACKERS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("lz4", lz4.frame.compress),
    ("zstd", zstd.compress),
]


@pytest.mark.parametrize(("encoding", "pack"), PACKERS)
def test_a_body_is_unpacked_up_to_the_limit_and_never_further(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    body = pack(b"x" * 1000)
    assert unpack(body, encoding, limit=1000) == b"x" * 1000
    with pytest.raises(EngineFault, match="larger than 999"):
        unpack(body, encoding, limit=999)
    with pytest.raises(EngineFault, match="ends in the middle"):
        unpack(body[:-3], encoding, limit=1000)
    with pytest.raises(EngineFault, match=f"is not {encoding}"):
        unpack(b"\x00never packed" * 10, encoding, limit=1000)


def test_an_unknown_compression_is_never_passed_on() -> None:
    assert unpack(b"x", "Identity ") == b"x"
    with pytest.raises(EngineFault, match="not offered"):
        unpack(b"x", "br")


FORM = b'--b\r\nContent-Disposition: form-data; name="query"\r\n\r\nSELECT {p:String}\r\n--b\r\ncontent-disposition: form-data; name="param_p"\r\n\r\na\r\n--c\n\xff\r\n--b--\r\n'


def test_a_multipart_form_carries_fields() -> None:
    assert form_fields(FORM, "multipart/form-data; boundary=b") == {"query": "SELECT {p:String}", "param_p": "a\r\n--c\n\udcff"}
    assert form_fields(FORM, "application/x-www-form-urlencoded") is None


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (FORM, "multipart/form-data"),
        (FORM[:-8], "multipart/form-data; boundary=b"),
        (b"before" + FORM, "multipart/form-data; boundary=b"),
        (FORM.replace(b'name="query"', b"x=1"), "multipart/form-data; boundary=b"),
        (FORM.replace(b'name="query"', b'name="t"; filename="t"'), "multipart/form-data; boundary=b"),
    ],
)
def test_a_form_that_is_not_one_is_a_fault(body: bytes, content_type: str) -> None:
    with pytest.raises(EngineFault):
        form_fields(body, content_type)


@pytest.mark.parametrize(
    ("message", "code", "name", "text", "status"),
    [
        ("Code: 60. DB::Exception: No table x. (UNKNOWN_TABLE)", 60, "UNKNOWN_TABLE", "No table x.", 404),
        ("Code: 62. DB::Exception: Bad (very). (SYNTAX_ERROR) (version 26.9.2.1)", 62, "SYNTAX_ERROR", "Bad (very).", 400),
        (
            "Code: 164. DB::Exception: Code: 164. DB::Exception: No. (READONLY) (version 26.9.2.1). (READONLY)",
            *(164, "READONLY", "No.", 403),
        ),
        ("Code: 102. DB::NetException: Odd. (UNEXPECTED_PACKET_FROM_SERVER)", 102, "UNEXPECTED_PACKET_FROM_SERVER", "Odd.", 500),
        ("Code: 159. DB::Exception: Slow. (TIMEOUT_EXCEEDED)", 159, "TIMEOUT_EXCEEDED", "Slow.", 408),
        ("Code: 202. DB::Exception: Many. (TOO_MANY_SIMULTANEOUS_QUERIES)", 202, "TOO_MANY_SIMULTANEOUS_QUERIES", "Many.", 503),
        ("", 1002, "UNKNOWN_EXCEPTION", "The engine gave no reason.", 500),
    ],
)
def test_the_engines_message_becomes_code_name_and_status(message: str, code: int, name: str, text: str, status: int) -> None:
    fault = engine_fault(message)
    assert (fault.code, fault.name, fault.text, fault.status) == (code, name, text, status)
    assert fault.body("1.2") == f"Code: {code}. DB::Exception: {text} ({name}) (version 1.2)\n"
