"""All parts of one data folder together: what `up` and `demo` run."""

from deskpulse.running.stack import Stack, StackError

__all__ = ["Stack", "StackError"]
