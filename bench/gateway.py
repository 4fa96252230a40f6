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


def measure(lab: Lab) -> GatewayResult:
    steps = gateway_steps.measure()
    found = gateway_load.measure(lab.either(20.0, 5.0), RATE)
    full, paced = found["full"], found["paced"]
    if full.errors or paced.errors:
        raise WrongResultError(f"{full.errors + paced.errors} webhooks were not answered with 200")
    return GatewayResult(full.per_core_s, paced.p99_ms, full, paced, steps)
