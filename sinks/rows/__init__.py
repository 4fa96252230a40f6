"""Records to rows: one file a table, and `build`, which knows the topics. Pure."""

from __future__ import annotations

from sinks.rows.build import TOPICS, BadRow, Known, Rows, build
from sinks.rows.tables import ALL

__all__ = ["ALL", "TOPICS", "BadRow", "Known", "Rows", "build"]
