"""`deskpulse demo`: two shops played end to end."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deskpulse.commands.exits import Exit, stop

EXAMPLES = ("deskpulse demo", "deskpulse demo --headless", "deskpulse demo --keep")

Headless = Annotated[
    bool, typer.Option("--headless", help="No screen: ends by itself, prints a JSON summary, fails if the alert did not fire.")
]
Keep = Annotated[bool, typer.Option("--keep", help="Keep the temporary data folder.")]
Seed = Annotated[int, typer.Option("--seed", help="Another seed is another day at the shops.")]


def demo(headless: Headless = False, keep: Keep = False, seed: Seed = 1) -> None:
    """Play two shops end to end: a real Kafka and ClickHouse, signed webhooks, live numbers, an alert. Nothing stays behind."""
    from deskpulse.demo.script import Script
    from deskpulse.demo.show import PlayerDiedError, Show
    from deskpulse.running import StackError
    from deskpulse.running.stopping import Stopped, on_signals

    console = Console(stderr=headless)
    folder = Path(tempfile.mkdtemp(prefix="deskpulse-demo-"))
    summary = None
    try:
        with on_signals() as stopping:
            show = Show(folder, Script(seed=seed), console, stopping)
            try:
                show.begin()
                if headless:
                    summary = show.headless()
                else:
                    show.on_screen()
            except Stopped:
                pass
            except (StackError, PlayerDiedError) as error:
                # Before anything was started there are none, and nothing is worth keeping.
                has_logs = (folder / "logs").is_dir()
                keep = keep or has_logs
                stop(f"{error}\nThe logs are kept in {folder / 'logs'}" if has_logs else str(error), Exit.NOT_THERE)
            finally:
                console.print("Ending everything ...", highlight=False)
                show.end()
    finally:
        if keep:
            console.print(f"Kept: {folder}", highlight=False, soft_wrap=True)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    if not headless:
        console.print("Ended; nothing runs any more. For real: deskpulse sources add, deskpulse up", highlight=False)
    if headless:
        if summary is None:
            raise typer.Exit(Exit.FOUND_WRONG)
        print(json.dumps(summary.as_json(), indent=2))
        raise typer.Exit(Exit.DONE if summary.is_good else Exit.FOUND_WRONG)
