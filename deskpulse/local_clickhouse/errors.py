"""Which HTTP status a ClickHouse error code is answered with, and how its text is written on the wire. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_CODE = re.compile(r"^Code: (\d+)\. DB::\w+: ")
_VERSION = re.compile(r" \(version [\d.]+[^)]*\)")
_NAME_AT_END = re.compile(r"\(([A-Z][A-Z0-9_]+)\)\s*$")

READONLY = 164
SYNTAX_ERROR = 62
TOO_MANY_SIMULTANEOUS_QUERIES = 202
QUERY_WAS_CANCELLED = 394
QUERY_IS_TOO_LARGE = 168
ACCESS_DENIED = 497
AUTHENTICATION_FAILED = 516
NOT_IMPLEMENTED = 48
BAD_ARGUMENTS = 36
INCORRECT_DATA = 117

_BAD_REQUEST = (6, 7, 26, 27, 36, 38, 41, 43, 44, 53, 62, 69, 70, 72, 117, 130, 131, 168, 184, 386, 441, 457, 467)
_STATUS = {
    **dict.fromkeys(_BAD_REQUEST, 400),
    **dict.fromkeys((16, 46, 47, 50, 56, 60, 63, 73, 81, 115), 404),
    **dict.fromkeys((READONLY, 192, 193, 194, ACCESS_DENIED, 511, 512, AUTHENTICATION_FAILED), 403),
    **dict.fromkeys((209, 210, TOO_MANY_SIMULTANEOUS_QUERIES, 242, 439), 503),
    NOT_IMPLEMENTED: 501,
    159: 408,  # TIMEOUT_EXCEEDED
    QUERY_IS_TOO_LARGE: 413,
    381: 411,  # HTTP_LENGTH_REQUIRED
}


@dataclass(eq=False)
class EngineFault(Exception):  # noqa: N818  an answer on the wire, not an error of this program
    """The engine's answer, or ours in its place: a code, a name and a text."""

    code: int
    name: str
    text: str

    @property
    def status(self) -> int:
        return _STATUS.get(self.code, 500)

    def body(self, version: str) -> str:
        return f"Code: {self.code}. DB::Exception: {self.text} ({self.name}) (version {version})\n"


def engine_fault(message: str) -> EngineFault:
    """Reads the engine's message; nested repetitions of code and version are folded into one."""
    text = _VERSION.sub("", message).strip()
    code = 0
    while match := _CODE.match(text):
        code = int(match.group(1))
        text = text[match.end() :]
    name = ""
    while match := _NAME_AT_END.search(text):
        name = match.group(1)
        text = text[: match.start()].rstrip(" .")
    return EngineFault(code or 1002, name or "UNKNOWN_EXCEPTION", (text or "The engine gave no reason") + ".")
