"""Writes the published JSON Schemas from the models: `python -m deskpulse.schema_files`, and `--check` to only compare.

A file is the promise made to everybody who writes events. It is replaced where nothing in the log would be refused by the new one;
any other change needs a new version of the type, with a step in `events/upcast.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

import schemas
from events.explain import MODELS
from schemas.compatibility import breaking_changes, refused_records

FOLDER = Path(schemas.__file__).parent


class _WithoutTitles(GenerateJsonSchema):
    """A field's title would only be its name again."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # the signature is pydantic's
        return False


def path_of(event_type: str) -> Path:
    """`ticket.opened/v1.json` of `deskpulse.ticket.opened.v1`, within the folder of schemas."""
    event, version = event_type.removeprefix("deskpulse.").rsplit(".", 1)
    return Path(event) / f"{version}.json"


def generated() -> dict[Path, dict[str, Any]]:
    """The schema of every type and version that decodes."""
    return {path_of(event_type): _schema(event_type) for event_type in MODELS}


def committed(path: Path) -> dict[str, Any] | None:
    """The published one, or None if there is none yet."""
    file = FOLDER / path
    schema: dict[str, Any] | None = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    return schema


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m deskpulse.schema_files", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file differs from the models")
    return _check() if parser.parse_args(arguments).check else _write()


def _schema(event_type: str) -> dict[str, Any]:
    event, version = event_type.removeprefix("deskpulse.").rsplit(".", 1)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:deskpulse:event:{event}:{version}",
        **MODELS[event_type].model_json_schema(schema_generator=_WithoutTitles),
    }


def _check() -> int:
    stale = [path for path, schema in generated().items() if committed(path) != schema]
    for path in stale:
        print(
            f"schemas/{path} differs from the models: run python -m deskpulse.schema_files and commit what it writes",
            file=sys.stderr,
        )
    return 1 if stale else 0


def _write() -> int:
    refused = False
    for path, schema in generated().items():
        published = committed(path)
        if published == schema:
            continue
        breaks = breaking_changes(published, schema) if published else []
        for change in breaks:
            print(f"schemas/{path} {change}", file=sys.stderr)
        if refused_records(breaks):
            print(
                f"schemas/{path} kept: records in the log would be refused; make a new version and an upcast step",
                file=sys.stderr,
            )
            refused = True
            continue
        (FOLDER / path).parent.mkdir(exist_ok=True)
        (FOLDER / path).write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print(f"schemas/{path} written")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
