"""Marks a test that failed, so that its fixtures keep what it left behind."""

from __future__ import annotations

from collections.abc import Generator

import pytest

failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[failed] = True
    return report
