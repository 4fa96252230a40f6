"""`deskpulse.yaml` and the environment, as one frozen value; or every fault in them at once."""

from deskpulse.settings.load import SettingsError, load
from deskpulse.settings.models import Account, Settings, Source
from deskpulse.settings.problems import Problem

__all__ = ["Account", "Problem", "Settings", "SettingsError", "Source", "load"]
