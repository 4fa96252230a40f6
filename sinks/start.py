"""Where a sink begins in each partition it is given. Law: it never begins behind a record it has not written."""

from __future__ import annotations

from typing import NamedTuple

from sinks.faults import OffsetGoneError


class Committed(NamedTuple):
    """What the group has of a partition; `topic_id` says of which life of the topic, empty if it was not noted."""

    offset: int | None
    topic_id: str = ""


def starting_offset(topic: str, partition: int, committed: Committed, topic_id: str, low: int, high: int) -> int:
    """The group's offset while the topic still holds it. Without one, the beginning, if nothing was deleted there yet.

    So a new group begins at 0, and so does every group of a topic made anew; repeating is harmless, skipping is not.
    """
    if committed.topic_id and committed.topic_id != topic_id:
        committed = Committed(None)
    if committed.offset is None:
        if low > 0:
            raise OffsetGoneError(topic, partition, None, low, high)
        return 0
    if not low <= committed.offset <= high:
        raise OffsetGoneError(topic, partition, committed.offset, low, high)
    return committed.offset
