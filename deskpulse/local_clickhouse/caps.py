"""How much one request may take: settings a reader may lower, never raise. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deskpulse.local_clickhouse.errors import READONLY, EngineFault
from deskpulse.local_clickhouse.tokens import Role


@dataclass(frozen=True, slots=True)
class Caps:
    max_execution_time: int = 60  # seconds
    max_memory_usage: int = 2 * 1024**3
    max_result_rows: int = 2_000_000
    max_result_bytes: int = 512 * 1024**2  # as columns in memory; an answer is held whole before it is sent


def settings_for(role: Role, asked: Mapping[str, str], caps: Caps) -> dict[str, str]:
    """All settings of a request. The admin's and the writer's own may exceed the caps, which are only their defaults."""
    if "readonly" in asked and role is Role.READER:
        text = "Cannot modify 'readonly' setting in readonly mode."
        raise EngineFault(READONLY, "READONLY", text)
    defaults = {
        "max_execution_time": caps.max_execution_time,
        "max_memory_usage": caps.max_memory_usage,
        "max_result_rows": caps.max_result_rows,
        "max_result_bytes": caps.max_result_bytes,
    }
    settings = dict(asked)
    for name, cap in defaults.items():
        settings[name] = str(_lower(asked[name], cap)) if role is Role.READER and name in asked else asked.get(name, str(cap))
    if role is Role.READER:
        # A cap that only cuts the answer short would look like a whole one.
        settings |= {"result_overflow_mode": "throw", "timeout_overflow_mode": "throw"}
    return settings


def _lower(asked: str, cap: int) -> str | int:
    """0 asks for no limit at all, so the cap holds; what is no number the engine shall judge, under the cap."""
    try:
        number = float(asked)
    except ValueError:
        return cap
    return asked if 0 < number <= cap else cap
