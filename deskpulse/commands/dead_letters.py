"""`deskpulse dead-letters`: what could not be applied, and why."""

import base64
import json
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from deskpulse.commands.exits import Exit, stop, telling
from deskpulse.commands.options import AsJson, Config, settings_of
from deskpulse.counted import counted

LIST_EXAMPLES = ("deskpulse dead-letters list", "deskpulse dead-letters list --account north-shop --reason future --json")
SHOW_EXAMPLES = ("deskpulse dead-letters show 5f0c1e", "deskpulse dead-letters show 5f0c1e --raw > body.json")

Account = Annotated[str, typer.Option("--account", help="Only of this account.", show_default=False)]
Reason = Annotated[str, typer.Option("--reason", help="Only with this reason.", show_default=False)]
Limit = Annotated[int, typer.Option("--limit", min=1, max=10_000, help="At most so many, the newest first.")]
LetterId = Annotated[str, typer.Argument(help="Its id, or the beginning of it.")]
Raw = Annotated[bool, typer.Option("--raw", help="The original bytes alone, to standard output.")]


def list_(config: Config = None, account: Account = "", reason: Reason = "", limit: Limit = 20, as_json: AsJson = False) -> None:
    """List the newest dead letters: when, from where, and why."""
    from deskpulse.database import Database, DatabaseError
    from deskpulse.letters.listed import newest
    from deskpulse.wiring.logins import access

    database = Database(access(settings_of(config, "reader"), "reader"))
    with telling(Exit.NOT_THERE, DatabaseError):
        found = newest(database, account, reason, limit)
    if as_json:
        print(json.dumps(found, indent=2))
        return
    for one in found:
        at = datetime.fromtimestamp(int(one["at_ms"]) / 1000, UTC)
        whose = f"{one['account']}/{one['source']}".strip("/") or "(no source)"
        print(
            f"{at:%Y-%m-%d %H:%M:%SZ}  {one['stage']:<8} {one['reason']:<16} {whose}  {counted(int(one['size']), 'byte')}  {one['letter_id']}\n    {one['error']}"
        )
    if not found:
        print("No dead letters.")


def show(letter: LetterId, config: Config = None, raw: Raw = False, as_json: AsJson = False) -> None:
    """Show one dead letter with its headers and original bytes, read from Kafka."""
    from deskpulse.database import Database, DatabaseError
    from deskpulse.letters.kept import LetterGoneError, fetch
    from deskpulse.letters.listed import places
    from deskpulse.wiring.logins import access
    from deskpulse.wiring.names import topic

    settings = settings_of(config, "reader")
    with telling(Exit.NOT_THERE, DatabaseError):
        found = places(Database(access(settings, "reader")), letter)
    if not found:
        stop(f"No dead letter has the id {letter}. `deskpulse dead-letters list` shows them.", Exit.FOUND_WRONG)
    if len(found) > 1 and found[0][0] != letter:
        stop(f"Several dead letters begin with {letter}: give more of the id.", Exit.USAGE)
    with telling(Exit.NOT_THERE, LetterGoneError):
        kept = fetch(settings.kafka.client(), topic(settings, "dead-letters"), found[0][1], found[0][2])
    if raw:
        sys.stdout.buffer.write(kept.body)
    elif as_json:
        print(
            json.dumps({"key": kept.key, "headers": kept.headers, "body_base64": base64.b64encode(kept.body).decode()}, indent=2)
        )
    else:
        for name, value in kept.headers.items():
            print(f"{name}: {_printable(value)}")
        print(f"\n{_printable(kept.body.decode(errors='replace'))}")


def _printable(text: str) -> str:
    """What others sent must not steer the terminal."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)
