"""What all tests share. Fixtures and hooks live in modules of their own, named here."""

from __future__ import annotations

import signal

from tests import hypothesis_profiles

hypothesis_profiles.load()
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background job ignores Ctrl-C, and whatever it starts would do so too.
    signal.signal(signal.SIGINT, signal.default_int_handler)

pytest_plugins = [
    "tests.verdict",
    "tests.servers",
    "tests.clickhouse_server",
    "tests.chaos.plugin",
    "tests.containers.plugin",
    "tests.integration.driven_runner",
]
