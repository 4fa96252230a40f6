"""Where a sink begins in each partition it is given. Law: it never begins behind a record it has not written."""

from __future__ import annotations

from typing import NamedTuple

from sinks.faults import OffsetGoneError, OtherDatabaseError


class Committed(NamedTuple):
    """What the group has of a partition, and what was noted with it: of which life of the topic, and in which database it is stored."""

    offset: int | None
    noted: str = ""


def noted(topic_id: str, database: str) -> str:
    """The note of a commit."""
    return f"{topic_id} {database}"


def starting_offset(topic: str, partition: int, committed: Committed, here: str, low: int, high: int) -> int:
    """The group's offset while the topic still holds it. Without one, the beginning, if nothing was deleted there yet.

    So a new group begins at 0, and so does every group of a topic made anew, or before a database that has none of it; `here` is
    the note of today. Repeating is harmless, skipping is not.
    """
    of_topic, _, of_database = committed.noted.partition(" ")
    topic_id, _, database = here.partition(" ")
    if of_topic and of_topic != topic_id:
        committed = Committed(None)
    elif of_database and of_database != database:
        if low > 0:
            raise OtherDatabaseError(topic, partition, low)
        return 0
    if committed.offset is None:
        if low > 0:
            raise OffsetGoneError(topic, partition, None, low, high)
        return 0
    if not low <= committed.offset <= high:
        raise OffsetGoneError(topic, partition, committed.offset, low, high)
    return committed.offset
