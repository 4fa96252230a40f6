"""Atheris has wheels for Linux on x86-64 alone; elsewhere Hypothesis's law of ten thousand deliveries a vendor stands in."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("atheris") else ["test_adapters.py"]
