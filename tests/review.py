"""Writes what follows into fixtures that do not say it yet, to be read and judged before it is committed:

python -m tests.review front intercom     deliveries without an outcome; those that have one are never touched
"""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.deliveries import FOLDER, fixtures, outcome

OUTCOMES = {"events", "not_for_us", "rejected", "handshake"}


def text(case: dict[str, Any]) -> str:
    """One line for each field of the payload and for each event, so that a difference can be read."""
    return "{\n" + ",\n".join(f"  {_compact(name)}: {_block(name, value)}" for name, value in case.items()) + "\n}\n"


def _block(name: str, value: Any) -> str:
    if name == "payload" and isinstance(value, dict) and value:
        return "{\n" + ",\n".join(f"    {_compact(key)}: {_compact(inner)}" for key, inner in value.items()) + "\n  }"
    if name == "events":
        return "[\n" + ",\n".join(f"    {_compact(event)}" for event in value) + "\n  ]"
    return _compact(value)


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def main() -> None:
    for vendor in sys.argv[1:]:
        for fixture in fixtures(vendor):
            if not OUTCOMES & fixture.case.keys():
                (FOLDER / vendor / f"{fixture.name}.json").write_text(text(fixture.case | outcome(fixture)), encoding="utf-8")
                sys.stdout.write(f"{fixture}: {fixture.case['why']}\n    {_compact(outcome(fixture))}\n")


if __name__ == "__main__":
    main()
