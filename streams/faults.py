"""Why a partition is refused or ends. Each says what to do."""

from __future__ import annotations

ANEW = "begin a new log with another `kafka.prefix`; ClickHouse keeps what it has"
"""What can be done where records are gone for good."""


class StateAheadError(Exception):
    """State was folded beyond the position it came with: the topics were not written together."""

    def __init__(self, what: str, version: int, position: int) -> None:
        super().__init__(
            f"{what} was folded through version {version}, beyond position {position}. Restore the topics together, or {ANEW}"
        )


class NewerSchemaError(Exception):
    """State was written by a newer release."""

    def __init__(self, what: str, schema: int, known: int) -> None:
        super().__init__(f"{what} has schema version {schema}, this release knows {known}: start the newer release")


class JumpError(Exception):
    """Records are missing, and seeking back did not bring them."""

    def __init__(self, partition: int, position: int, missing: int) -> None:
        super().__init__(
            f"partition {partition}: {missing} records are missing after offset {position}, and seeking back did not bring them: "
            f"retention took them, or the topic was cut. Restore it, or {ANEW}"
        )


class FoldDiedError(Exception):
    """A fold raised: our bug. The record that did it is suspect from now on."""

    def __init__(self, partition: int, offset: int) -> None:
        super().__init__(
            f"partition {partition}: the fold raised at offset {offset}; its third death there quarantines the record"
        )
