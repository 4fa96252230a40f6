"""Why a gateway does not start: somebody must act first. Its text says who and how."""

from __future__ import annotations


class SpoolError(RuntimeError):
    """The spool's folder belongs to somebody else: another process, or a newer release."""
