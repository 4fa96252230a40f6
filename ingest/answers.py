"""What the doors answer. Law: a 401 or 404 says nothing but that; no value that was sent is repeated; no 5xx but 503."""

from __future__ import annotations

import math
import re
from typing import Any

import msgspec
from starlette.responses import Response

from events.rejected import Rejected
from ingest.body import Unread

_encode = msgspec.json.Encoder().encode
_PATH = re.compile(r"(\$[^\s:]*): ")


def answer(status: int, content: object, headers: dict[str, str] | None = None) -> Response:
    return Response(_encode(content), status, headers, media_type="application/json")


def unauthorized() -> Response:
    return answer(401, {"error": "unauthorized"}, {"WWW-Authenticate": "Bearer"})


def not_found() -> Response:
    return answer(404, {"error": "not found"})


def unavailable(retry_after_s: int) -> Response:
    """Not known to be in the log: send it again, under the same ids."""
    return answer(503, {"error": "unavailable; send it again"}, {"Retry-After": str(retry_after_s)})


def too_many(wait_s: float) -> Response:
    return answer(429, {"error": "too many events of this source"}, {"Retry-After": str(max(1, math.ceil(wait_s)))})


def too_large(error: str) -> Response:
    return answer(413, {"error": error})


def unread(why: Unread, max_bytes: int, retry_after_s: int) -> Response:
    """The rest of the body is not waited for: the connection closes."""
    match why:
        case Unread.TOO_LARGE:
            response = too_large(f"a body has at most {max_bytes} bytes")
        case Unread.TOO_SLOW:
            response = answer(408, {"error": "the body took too long"})
        case Unread.OVERLOAD:
            response = unavailable(retry_after_s)
        case Unread.GONE:
            response = Response(status_code=why.value)
    response.headers["Connection"] = "close"
    return response


def fault(rejected: Rejected) -> dict[str, Any]:
    """Reason, path and what was expected there."""
    found = _PATH.match(rejected.error)
    return {
        "status": "rejected",
        "reason": rejected.reason.value,
        "path": found[1] if found else "$",
        "error": rejected.error[found.end() :] if found else rejected.error,
    }
