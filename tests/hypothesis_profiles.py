"""How long Hypothesis looks: briefly at every save, longer and at random with `HYPOTHESIS_PROFILE=ci`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings


def load() -> None:
    """Before any law is imported: a law keeps the profile of that moment."""
    # No deadline: a shared machine is slow at times, and that is no fault of the code.
    settings.register_profile(
        "default", max_examples=50, deadline=None, print_blob=True, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.register_profile("ci", settings.get_profile("default"), max_examples=1000, derandomize=False)
    settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
