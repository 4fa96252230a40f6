"""The root of errors whose text is for the person at the terminal: whatever command meets one ends with it, without a trace."""

from __future__ import annotations


class ToldError(Exception):
    """The message says what is wrong and what to do."""
