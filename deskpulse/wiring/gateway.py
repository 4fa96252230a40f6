"""What the gateway is told. A configuration that changes on disk holds from the next request on; a faulty one never does."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from pathlib import Path

from deskpulse.clock import now_from
from deskpulse.settings import Settings, SettingsError, load
from deskpulse.settings.values import HASHED
from ingest.settings import GatewaySettings, Limits, Rate, Source, Sources, SpoolSettings, token_hash

log = logging.getLogger(__name__)


def gateway_settings(settings: Settings, file: Path | None) -> GatewaySettings:
    return GatewaySettings(
        sources=LiveSources(file, sources_of(settings)).now,
        client=settings.kafka.client(),
        now_ms=now_from(settings.injected_clock),
        prefix=settings.kafka.prefix,
        public_url=settings.gateway.url,
        spool=SpoolSettings(spool_folder(settings), most_bytes=settings.gateway.spool_bytes),
        limits=Limits(
            webhook_bytes=settings.gateway.max_body_bytes,
            events_bytes=settings.gateway.max_body_bytes,
            batch_elements=settings.gateway.max_batch,
            depth=settings.gateway.max_depth,
        ),
    )


def spool_folder(settings: Settings) -> Path:
    return settings.gateway.spool or settings.data / "spool"


def sources_of(settings: Settings) -> Sources:
    rate = Rate(per_s=float(settings.gateway.rate_per_s), burst=float(settings.gateway.burst))
    return Sources.of(
        Source(
            account=account_name,
            name=source_name,
            vendor=source.vendor,
            customer_key=account.customer_key.get_secret_value().encode(),
            secrets=tuple(secret.get_secret_value().encode() for secret in source.secrets),
            token_hashes=tuple(_hash(token.get_secret_value()) for token in source.tokens),
            tolerance_ms=source.tolerance,
            test_mode=source.test_mode,
            rating_scale=source.rating_scale,
            closed=frozenset(status.strip().lower() for status in source.closed),
            rate=rate,
        )
        for account_name, account in settings.accounts.items()
        for source_name, source in account.sources.items()
    )


def _hash(token: str) -> bytes:
    return bytes.fromhex(token.removeprefix(HASHED)) if token.startswith(HASHED) else token_hash(token)


@dataclass(slots=True)
class LiveSources:
    """The sources of a file, read again when it changed."""

    file: Path | None
    _sources: Sources
    _seen: tuple[int, int] | None = field(default=None)

    def __post_init__(self) -> None:
        self._seen = self._mark()

    def now(self) -> Sources:
        mark = self._mark()
        if mark != self._seen:
            self._seen = mark
            try:
                self._sources = sources_of(load(self.file))
                log.info("sources read again: %d", len(self._sources.by_name))
            except SettingsError as error:
                log.warning("the configuration changed but is faulty; the one before stays in force. %s", error)
        return self._sources

    def _mark(self) -> tuple[int, int] | None:
        try:
            known = self.file.stat() if self.file else None
        except OSError:
            return None
        return (known.st_mtime_ns, known.st_size) if known else None
