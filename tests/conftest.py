"""What all tests share. Fixtures and hooks live in modules of their own, named here."""

from __future__ import annotations

from tests import hypothesis_profiles

hypothesis_profiles.load()

pytest_plugins = [
    "tests.verdict",
    "tests.servers",
    "tests.clickhouse_server",
    "tests.chaos.plugin",
    "tests.containers.plugin",
    "tests.integration.driven_runner",
]
