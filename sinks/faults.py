"""Why a sink or a notifier stops. Each says what to do; whatever is not here is retried."""

from __future__ import annotations


class SinkStoppedError(Exception):
    """Going on would lose or hide something: somebody has to act first."""


class StartAgainError(Exception):
    """The world changed under a running process, or did not answer in time: a new start settles it, nobody has to act."""


class OffsetGoneError(SinkStoppedError):
    """Kafka no longer holds what comes next."""

    def __init__(self, topic: str, partition: int, wanted: int | None, low: int, high: int) -> None:
        stands = "the group has no offset" if wanted is None else f"the next offset would be {wanted}"
        super().__init__(
            f"{topic} partition {partition}: {stands}, but the topic holds {low} to {high}. "
            "Records are missing that no sink may skip. Restore the topic, or begin a new log with another `kafka.prefix`; ClickHouse keeps what it has."
        )


class OtherDatabaseError(SinkStoppedError):
    """The group has filled another database, and Kafka no longer holds all that is missing in this one."""

    def __init__(self, topic: str, partition: int, low: int) -> None:
        super().__init__(
            f"{topic} partition {partition}: this database has none of it, and the topic holds nothing before {low} any more. "
            "Go back to the database that the sink has filled, restore this one from its backup, or begin a new log with another `kafka.prefix`."
        )


class NewerRecordError(SinkStoppedError):
    """A newer release wrote it."""

    def __init__(self, topic: str, partition: int, offset: int) -> None:
        super().__init__(
            f"{topic} partition {partition} offset {offset} was written by a newer release than this one. Upgrade the sink, then start it again."
        )


class TooManyLettersError(SinkStoppedError):
    """So many bad rows are no accident."""

    def __init__(self, limit: int, last: str) -> None:
        super().__init__(
            f"More than {limit} records became dead letters within an hour, the last because of: {last}. "
            "Compare the release and the migrations of worker, sink and database, then start the sink again; nothing was skipped."
        )


class TopicMissingError(SinkStoppedError):
    def __init__(self, topic: str) -> None:
        super().__init__(
            f"The topic {topic} does not exist, or may not be read. Run `deskpulse topics`, or grant the right to read it."
        )
