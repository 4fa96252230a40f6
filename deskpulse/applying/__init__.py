"""`deskpulse apply`: puts into the log what changes numbers, dated, so that a replay sees it when it held."""

from deskpulse.applying.apply import Applied, ApplyError, Applying, apply

__all__ = ["Applied", "ApplyError", "Applying", "apply"]
