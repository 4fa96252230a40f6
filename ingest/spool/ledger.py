"""How much waits in a spool, in which file, and of whom. Pure: nobody reads a file to know whether an account waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ingest.record import Record


@dataclass(slots=True)
class _Segment:
    bytes: int = 0
    records: int = 0
    oldest_ms: int | None = None
    waiting: Counter[str] = field(default_factory=Counter)
    """Records by account that were not handed to the log yet."""


class Ledger:
    """Numbers rise, so the smallest is the oldest segment."""

    def __init__(self) -> None:
        self._segments: dict[int, _Segment] = {}
        self._waiting: Counter[str] = Counter()
        self._promised_bytes = 0
        self.set_aside_bytes = 0
        """Of what the broker does not take; it counts, since it takes room."""

    @property
    def bytes(self) -> int:
        """On disk, and promised a place there."""
        return self._promised_bytes + self.set_aside_bytes + sum(segment.bytes for segment in self._segments.values())

    @property
    def records(self) -> int:
        """On disk."""
        return sum(segment.records for segment in self._segments.values())

    @property
    def oldest_ms(self) -> int | None:
        """When the first of them was received."""
        known = [segment.oldest_ms for segment in self._segments.values() if segment.oldest_ms is not None]
        return min(known, default=None)

    def holds(self, account: str) -> bool:
        """Something of this account is still to be handed to the log, so whatever is newer goes behind it."""
        return account in self._waiting

    def oldest(self) -> int | None:
        return min(self._segments, default=None)

    def bytes_of(self, number: int) -> int:
        return self._segments[number].bytes

    def promised(self, records: Sequence[Record], size: int) -> None:
        """They will be written: from now on their accounts wait."""
        self._promised_bytes += size
        self._waiting.update(_accounts(records))

    def dropped(self, records: Sequence[Record], size: int) -> None:
        """They were promised and could not be written."""
        self._promised_bytes -= size
        _subtract(self._waiting, _accounts(records))

    def written(self, number: int, records: Sequence[Record], size: int) -> None:
        """What was promised is in this segment."""
        self._promised_bytes -= size
        self._add(number, records, size)

    def found(self, number: int, records: Sequence[Record], size: int) -> None:
        """A segment of an earlier process."""
        self._add(number, records, size)
        self._waiting.update(_accounts(records))

    def handed(self, number: int, records: Iterable[Record]) -> None:
        """To the log, which keeps the order in which it is given: what is newer may follow by itself."""
        accounts = _accounts(records)
        _subtract(self._segments[number].waiting, accounts)
        _subtract(self._waiting, accounts)

    def taken_back(self, number: int, records: Iterable[Record]) -> None:
        """The log did not confirm what it was handed."""
        accounts = _accounts(records)
        self._segments[number].waiting.update(accounts)
        self._waiting.update(accounts)

    def deleted(self, number: int) -> None:
        _subtract(self._waiting, self._segments.pop(number).waiting)

    def _add(self, number: int, records: Sequence[Record], size: int) -> None:
        segment = self._segments.setdefault(number, _Segment())
        segment.bytes += size
        segment.records += len(records)
        segment.waiting.update(_accounts(records))
        received = [record.timestamp_ms for record in records]
        segment.oldest_ms = min(received if segment.oldest_ms is None else [segment.oldest_ms, *received], default=None)


def _accounts(records: Iterable[Record]) -> Counter[str]:
    return Counter(record.account for record in records)


def _subtract(counts: Counter[str], less: Counter[str]) -> None:
    """As `-=`, which looks at every account there is."""
    for account, count in less.items():
        counts[account] -= count
        if not counts[account]:
            del counts[account]
