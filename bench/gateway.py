"""Signed webhooks a second on one core of the gateway, and how long each waits."""

from __future__ import annotations

from dataclasses import dataclass

from bench import gateway_load, gateway_steps
from bench.gateway_load import Measured
from bench.gateway_steps import Steps
from bench.lab import Lab, WrongResultError

RATE = 2_000.0
"""A second, when paced."""


@dataclass(frozen=True, slots=True)
class GatewayResult:
    gateway_webhooks_per_core_second: float
    """With 64 connections kept busy, by the gateway's own CPU time."""
    gateway_p99_ms: float
    """At 2,000 a second, counted from when each was due."""
    full: Measured
    paced: Measured
    steps: Steps
    p99_ms_each: tuple[float, ...] = ()
    """Of each paced run."""


def measure(lab: Lab) -> GatewayResult:
    steps = gateway_steps.measure()
    runs = [gateway_load.measure(lab.either(7.0, 5.0), RATE) for _ in range(lab.either(3, 1))]
    errors = sum(found[name].errors for found in runs for name in ("full", "paced"))
    if errors:
        raise WrongResultError(f"{errors} webhooks were not answered with 200")
    # The runs in the middle: a broker that stalls once would else be the figure.
    full = sorted((found["full"] for found in runs), key=lambda one: one.per_core_s)[len(runs) // 2]
    paced = sorted((found["paced"] for found in runs), key=lambda one: one.p99_ms)
    each = tuple(one.p99_ms for one in paced)
    return GatewayResult(full.per_core_s, each[len(runs) // 2], full, paced[len(runs) // 2], steps, each)
