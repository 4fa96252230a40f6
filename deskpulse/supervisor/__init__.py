"""Keeps the parts of Deskpulse running as processes of their own, and ends them in the right order."""

from deskpulse.supervisor.part import Part, Stage, State
from deskpulse.supervisor.run import PartFailedError, Supervisor

__all__ = ["Part", "PartFailedError", "Stage", "State", "Supervisor"]
