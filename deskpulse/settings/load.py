"""File and environment to Settings. Law: every fault at once, or a value in which nothing is wrong."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_settings import BaseSettings, EnvSettingsSource
from pydantic_settings import SettingsError as PydanticSettingsError

from deskpulse.counted import counted
from deskpulse.settings import lines
from deskpulse.settings.contradictions import contradictions
from deskpulse.settings.models import Settings
from deskpulse.settings.problems import Loc, Problem, close_to, explained

PREFIX = "DESKPULSE_"
FILE_VARIABLE = "DESKPULSE_CONFIG"
DEFAULT_FILE = Path("deskpulse.yaml")


class SettingsError(Exception):
    """The configuration has faults; all of them are in `problems`."""

    def __init__(self, file: Path | None, problems: list[Problem]) -> None:
        self.file = file
        self.problems = problems
        count = counted(len(problems), "fault")
        where = f"{file}" if file else "The environment"
        super().__init__("\n".join([f"{where} has {count}:", *(f"  {problem}" for problem in problems)]))


class _Environment(Settings, BaseSettings):  # type: ignore[misc]  # the two configurations merge; it is never instantiated
    """Only a description for pydantic-settings: which variables there are."""


def file_to_read(asked: Path | None) -> Path | None:
    """The file asked for, by option or DESKPULSE_CONFIG; else `deskpulse.yaml` if there is one. None: there is no file."""
    if asked is not None:
        return asked
    if named := os.environ.get(FILE_VARIABLE):
        return Path(named)
    return DEFAULT_FILE if DEFAULT_FILE.exists() else None


def load(asked: Path | None = None) -> Settings:
    file = file_to_read(asked)
    return _loaded(lines.read(file) if file else lines.Written(), file)


def load_text(text: str, file: Path) -> Settings:
    """As `load` would, if `text` stood in the file."""
    return _loaded(lines.parse(text), file)


def _loaded(written: lines.Written, file: Path | None) -> Settings:
    said, problems = _from_environment()
    problems = [*written.problems, *problems]
    tree = _merged(written.tree, said)
    settings, faults = _validated(tree)
    for loc, text in (*faults, *contradictions(tree)):
        variable = _variable_of(loc, said)
        problems.append(Problem(None if variable else written.line(loc), loc, text, variable))
    if problems or settings is None:
        raise SettingsError(file, sorted(problems, key=lambda problem: (problem.line or 0, problem.path)))
    return settings


def _validated(tree: dict[str, Any]) -> tuple[Settings | None, list[tuple[Loc, str]]]:
    try:
        return Settings.model_validate(tree), []
    except ValidationError as error:
        return None, [explained(one, Settings) for one in error.errors(include_url=False, include_input=False)]


def _from_environment() -> tuple[dict[str, Any], list[Problem]]:
    problems = [
        Problem(None, (), f"no such setting; did you mean {PREFIX}{close.upper()}?", name)
        for name in sorted(os.environ)
        if name.startswith(PREFIX) and (close := _misspelt(name.removeprefix(PREFIX)))
    ]
    source = EnvSettingsSource(_Environment, case_sensitive=False, env_prefix=PREFIX, env_nested_delimiter="__")
    try:
        return _parsed(source()), problems
    except PydanticSettingsError as error:
        field = str(error).split('"')[1]
        return {}, [*problems, Problem(None, (), "not JSON; a whole section is written as JSON", f"{PREFIX}{field.upper()}")]


def _misspelt(name: str) -> str | None:
    """The section a variable probably meant. Other variables with our prefix, such as DESKPULSE_KAFKA_HOME, are let be."""
    section, nested, _ = name.lower().partition("__")
    if section in Settings.model_fields or f"{PREFIX}{name}" == FILE_VARIABLE or not nested:
        return None
    return close_to(section, list(Settings.model_fields))


def _parsed(tree: dict[str, Any]) -> dict[str, Any]:
    """Below a dictionary of names pydantic-settings leaves lists as the JSON they were written in."""
    return {key: _parsed(value) if isinstance(value, dict) else _list(value) for key, value in tree.items()}


def _list(value: Any) -> Any:
    if not (isinstance(value, str) and value.startswith("[")):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _merged(under, value) if isinstance(under, dict) and isinstance(value, dict) else value
    return merged


def _variable_of(loc: Loc, said: Mapping[str, Any]) -> str:
    """The variable that set the value at `loc`, or that holds it; empty if none did."""
    current: Any = said
    for depth, part in enumerate(loc):
        if not isinstance(current, dict) or part not in current:
            return _existing(loc[:depth]) if depth and not isinstance(current, dict) else ""
        current = current[part]
    return _existing(loc)


def _existing(loc: Loc) -> str:
    for end in range(len(loc), 0, -1):
        name = PREFIX + "__".join(str(part) for part in loc[:end])
        for variable in os.environ:
            if variable.upper() == name.upper():
                return variable
    return ""
