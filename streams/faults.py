"""Why a partition refuses to start. Each says what to do."""

from __future__ import annotations


class StateAheadError(Exception):
    """State was folded beyond the position it came with: the topics were not written together."""

    def __init__(self, what: str, version: int, position: int) -> None:
        super().__init__(f"{what} was folded through version {version}, beyond position {position}: run `deskpulse rebuild`")


class NewerSchemaError(Exception):
    """State was written by a newer release."""

    def __init__(self, what: str, schema: int, known: int) -> None:
        super().__init__(f"{what} has schema version {schema}, this release knows {known}: start the newer release")
