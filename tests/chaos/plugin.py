"""What tests with workers share: their group, their source, and how many seeds chaos takes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.load import Source
from tests.chaos.road import FOLD
from tests.chaos.workers import Group
from tests.servers import FreshTopics

_DEFAULT_SEEDS = 1


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chaos-seeds", type=int, default=_DEFAULT_SEEDS, help="how many random runs each chaos test makes")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "chaos_seed" in metafunc.fixturenames:
        metafunc.parametrize("chaos_seed", range(metafunc.config.getoption("--chaos-seeds")))


@pytest.fixture
def group(fresh_topics: FreshTopics, tmp_path: Path) -> Group:
    """A consumer group of this test alone, of workers with the counting fold."""
    return Group(fresh_topics.bootstrap, fresh_topics.prefix, tmp_path)


@pytest.fixture
def source(fresh_topics: FreshTopics) -> Source:
    return Source(fresh_topics.bootstrap, fresh_topics.prefix, fresh_topics.partitions)


@pytest.fixture
def road(group: Group) -> Group:
    """The same, of workers with the real fold."""
    return replace(group, fold=FOLD)
