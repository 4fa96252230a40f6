"""Brings the configured database to this build's schema."""

from __future__ import annotations

from urllib.parse import urlsplit

from clickhouse_connect import get_client
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import Error

from deskpulse.migrate import Layout, MigrationRefusedError, Statement, ensure_database, migrate
from deskpulse.settings import Settings
from deskpulse.wiring.logins import Access, access


class MigrateError(Exception):
    """The database could not be brought to this build's schema; the message says what to do."""


def migrate_database(settings: Settings) -> list[Statement]:
    """What ran; nothing, if all was current."""
    # Outside: a folder that refuses is no server that does not answer.
    admin = access(settings, "admin")
    try:
        client = _client(admin)
    except (Error, OSError) as error:
        raise MigrateError(
            f"ClickHouse at {settings.clickhouse.address} does not answer the admin user ({_first_line(error)}). "
            "Is it running, and are address and login right?"
        ) from error
    try:
        layout = layout_of(settings)
        ensure_database(client, settings.clickhouse.database, layout)
        return migrate(client, layout)
    except MigrationRefusedError as error:
        raise MigrateError(str(error)) from error
    except (Error, OSError) as error:
        raise MigrateError(
            f"ClickHouse refused a migration: {_first_line(error)}. Does the admin user have all rights?"
        ) from error
    finally:
        client.close()


def layout_of(settings: Settings) -> Layout:
    kept = settings.retention
    return Layout(
        cluster=settings.clickhouse.cluster,
        keep_events_days=kept.events_days,
        keep_facts_days=kept.facts_days,
        keep_windows_days=kept.windows_days,
        keep_alerts_days=kept.alerts_days,
        keep_dead_letters_days=kept.dead_letters_days,
        conversion_days=settings.clickhouse.conversion_days,
    )


def _client(admin: Access) -> Client:
    address = urlsplit(admin.address)
    return get_client(
        host=address.hostname or "",
        port=address.port or (8443 if address.scheme == "https" else 8123),
        secure=address.scheme == "https",
        username=admin.user,
        password=admin.password,
        # The database may not exist yet.
        database="default",
        # Migrations follow one another; a session would only time out.
        autogenerate_session_id=False,
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0][:300]
