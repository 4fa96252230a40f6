"""docs/configuration.md says what the models say."""

from __future__ import annotations

import re

import yaml

from deskpulse.settings.lines import parse
from deskpulse.settings.models import Settings
from deskpulse.settings.reference import FILE, text


def test_the_reference_is_current() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "run: python -m deskpulse.settings.reference"


def test_every_key_is_described() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|[^|]*\| (.*) \|$", text(), re.MULTILINE)
    assert len(rows) > 50
    assert [path for path, said in rows if not said] == []


def test_the_example_has_only_known_keys() -> None:
    example = text().split("```yaml\n")[1].split("```")[0]
    assert set(yaml.safe_load(example)) <= set(Settings.model_fields)
    assert parse(example).problems == []
