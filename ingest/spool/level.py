"""How full a spool is, for metrics and for people."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Level:
    records: int
    bytes: int
    most_bytes: int
    oldest_s: int
    """Since the first of them was received; 0 when there is none."""
    problem: str
    """Why nothing can be kept just now, as `full` or `ENOSPC`; empty when all is well."""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """As Prometheus text."""
        for name, text, value in (
            ("records", "Records that wait on disk for the broker.", self.records),
            ("bytes", "Bytes that they take.", self.bytes),
            ("limit_bytes", "Bytes that they may take.", self.most_bytes),
            ("oldest_seconds", "Since the first of them was received; 0 when there is none.", self.oldest_s),
            ("writable", "Whether a delivery could be kept: 1 or 0.", int(not self.problem)),
        ):
            yield f"# HELP deskpulse_gateway_spool_{name} {text}"
            yield f"# TYPE deskpulse_gateway_spool_{name} gauge"
            yield f"deskpulse_gateway_spool_{name} {value}"
