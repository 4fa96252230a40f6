"""Puts a source into the configuration: alone, from what stands there now, and only if all of it is right afterwards."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from deskpulse.settings import Settings, SettingsError, load
from deskpulse.settings.load import load_text
from deskpulse.sources.file import NewSource, has_customer_key, with_source
from deskpulse.sources.write import alone, replace


class WouldBreakError(Exception):
    """With the source the configuration would have faults. Nothing was written."""

    def __init__(self, file: Path, error: SettingsError) -> None:
        faults = "\n".join(f"  {problem}" for problem in error.problems)
        super().__init__(f"With this source {file} would be faulty, so nothing was written:\n{faults}")


def settings_before(file: Path) -> Settings:
    """A file that is not there yet is an empty one."""
    return load(file) if file.exists() else load_text("", file)


def put(file: Path, new: NewSource) -> bool:
    """The answer: whether its account is new, so that the key of `new` became the account's."""
    with alone(file):
        if has_customer_key(settings_before(file).model_dump(), new.account):
            new = dataclasses.replace(new, customer_key="")
        text = with_source(file.read_text(encoding="utf-8") if file.exists() else "", new)
        try:
            load_text(text, file)
        except SettingsError as error:
            raise WouldBreakError(file, error) from error
        replace(file, text)
    return bool(new.customer_key)
