"""What the gateway is told: sources with their secrets, limits, and the log's address. Secrets never show in a repr."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Rate:
    """A token bucket: `per_s` events for as long as you like, `burst` at once. A batch counts its elements."""

    per_s: float = 2000.0
    burst: float = 10_000.0


@dataclass(frozen=True, slots=True)
class Source:
    """One helpdesk (or shop) of one account: where its deliveries go, and what proves that they are its own."""

    account: str
    name: str
    vendor: str
    """A key of `ingest.vendors.VENDORS`."""
    customer_key: bytes = field(repr=False)
    """The account's key: customers become HMACs under it."""
    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    """The vendor's signing secrets as text in UTF-8; two may be live while one replaces the other."""
    token_hashes: tuple[bytes, ...] = field(default=(), repr=False)
    """SHA-256 (`token_hash`) of the bearer tokens that may post this source's CloudEvents."""
    tolerance_ms: int = 300_000
    """How far a signed timestamp may be from now."""
    test_mode: bool = False
    """Accepts the secret that Zendesk's test button uses and that everybody knows."""
    rating_scale: str = ""
    """Ends of the satisfaction scale, as `0-1`, where the vendor leaves it to each organisation; empty: the vendor's usual one."""
    closed: frozenset[str] = frozenset()
    """In lower case: the statuses or stages that end a ticket, where the vendor leaves their names to each organisation."""
    rate: Rate = Rate()

    @property
    def uri(self) -> str:
        """The `source` of its events."""
        return f"/{self.account}/{self.name}"


@dataclass(frozen=True, slots=True)
class Sources:
    """All configured sources, by name and by token. The same name under two accounts is two sources."""

    by_name: Mapping[tuple[str, str], Source]
    by_token_hash: Mapping[bytes, Source] = field(repr=False)

    @classmethod
    def of(cls, sources: Iterable[Source]) -> Sources:
        """A token shared by two sources would post for either of them: such a configuration is refused."""
        by_name: dict[tuple[str, str], Source] = {}
        by_token_hash: dict[bytes, Source] = {}
        for source in sources:
            if by_name.setdefault((source.account, source.name), source) is not source:
                raise ValueError(f"the source {source.uri} is configured twice; give one of them another name")
            for hashed in source.token_hashes:
                if by_token_hash.setdefault(hashed, source) is not source:
                    raise ValueError(f"{source.uri} has the token of another source; make a new one with `deskpulse sources add`")
        return cls(by_name, by_token_hash)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request, and all of them together, may cost."""

    webhook_bytes: int = 1 << 20
    events_bytes: int = 1 << 20
    batch_elements: int = 1000
    depth: int = 32
    body_s: float = 10.0
    """From the head of a request to the end of its body."""
    append_s: float = 3.0
    """Until the broker has confirmed; the tightest vendor waits 5 s in all."""
    held_bytes: int = 128 << 20
    """Bodies in memory at one time."""
    buffered_records: int = 100_000
    """Records on their way to the broker."""
    retry_after_s: int = 2


@dataclass(frozen=True, slots=True)
class SpoolSettings:
    """Where deliveries that nobody sends again wait for the broker."""

    folder: Path
    """Of this gateway alone."""
    most_bytes: int = 256 << 20
    """On disk; beyond, such deliveries are refused. An event has about 500 bytes."""
    segment_bytes: int = 4 << 20
    """A file has about so many; it is deleted as a whole."""
    drain_records: int = 500
    """Handed to the log at once."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """`sources` is asked on every request, so a changed configuration holds from the next one on."""

    sources: Callable[[], Sources]
    client: Mapping[str, Any] = field(repr=False)
    """librdkafka's `bootstrap.servers` and security settings, passed through."""
    now_ms: Callable[[], int]
    """The injected clock: a record's timestamp, and what a signed timestamp is compared with."""
    prefix: str = ""
    """Of the topics' names."""
    public_url: str = ""
    """How the world reaches this gateway, without a slash at the end: some vendors sign the address they called."""
    limits: Limits = Limits()
    spool: SpoolSettings | None = None
    """None: nothing is kept here, and while the broker is away everybody is told to come again."""


def token_hash(token: str) -> bytes:
    """What a configuration keeps of a bearer token. Tokens are long and random, so a plain hash suffices."""
    return sha256(token.encode()).digest()
