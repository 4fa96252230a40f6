"""The newest dead letters, from ClickHouse."""

from __future__ import annotations

from typing import Any

from deskpulse.database import Database

_LIST = """
SELECT letter_id, stage, reason, error, account, source, size, toUnixTimestamp64Milli(at) AS at_ms, src_topic, src_partition, src_offset,
       dl_partition, dl_offset
FROM v_dead_letters
WHERE ({account:String} = '' OR account = {account:String}) AND ({reason:String} = '' OR reason = {reason:String})
ORDER BY at DESC, letter_id LIMIT {limit:UInt32}
"""
_FIND = """
SELECT letter_id, dl_partition, dl_offset FROM v_dead_letters
WHERE letter_id = {letter:String} OR startsWith(letter_id, {letter:String}) ORDER BY letter_id = {letter:String} DESC, letter_id LIMIT 2
"""


def newest(database: Database, account: str, reason: str, limit: int) -> list[dict[str, Any]]:
    return database.rows(_LIST, {"account": account, "reason": reason, "limit": limit})


def places(database: Database, letter: str) -> list[tuple[str, int, int]]:
    """Id, partition and offset of the letter of this id, or of those that begin so; two at most."""
    return [
        (row["letter_id"], int(row["dl_partition"]), int(row["dl_offset"])) for row in database.rows(_FIND, {"letter": letter})
    ]
