"""Every scenario, by name."""

from __future__ import annotations

from tests.golden import abandonment, order, partial, ratings, replies, settings, variance, waiting
from tests.golden.scenario import Scenario

SCENARIOS: tuple[Scenario, ...] = (
    *replies.SCENARIOS,
    *order.SCENARIOS,
    *ratings.SCENARIOS,
    *partial.SCENARIOS,
    *waiting.SCENARIOS,
    *settings.SCENARIOS,
    *abandonment.SCENARIOS,
    *variance.SCENARIOS,
)
