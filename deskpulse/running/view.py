"""One line per part, with its state: redrawn in place on a terminal, printed when it changes elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich.console import Console
from rich.live import Live
from rich.text import Text

from deskpulse.supervisor import State
from deskpulse.supervisor.child import Child

_COLOURS = {
    State.STARTING: "yellow",
    State.RUNNING: "green",
    State.RESTARTING: "red",
    State.REFUSED: "red",
    State.ENDING: "yellow",
    State.ENDED: "dim",
}


class PartsView:
    """Between `open` and `close` it owns the terminal; other words go through `say`."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._live = Live(console=console, auto_refresh=False, transient=False) if console.is_terminal else None
        self._shown: dict[str, str] = {}

    def open(self) -> None:
        if self._live is not None:
            self._live.start()

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()

    def say(self, line: str) -> None:
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def show(self, children: Mapping[str, Child]) -> None:
        lines = {name: line(child) for name, child in children.items()}
        if lines == self._shown:
            return
        if self._live is None:
            for name, text in lines.items():
                if text != self._shown.get(name):
                    self.say(text)
        else:
            self._live.update(_block(lines.items(), children), refresh=True)
        self._shown = lines


def line(child: Child) -> str:
    """`worker-1    restarting  in 2 s after exit 1: no broker`."""
    text = f"{child.part.name:<12}{child.state.value:<12}"
    match child.state:
        case State.RUNNING | State.STARTING if child.process is not None:
            again = f", restarted {child.restarts}x" if child.restarts else ""
            return f"{text}pid {child.process.pid}{again}"
        case State.RESTARTING | State.REFUSED:
            said = child.last_words()
            return f"{text}after exit {child.exit_code}" + (f": {said[:200]}" if said else "")
        case _:
            return text.rstrip()


def _block(lines: Iterable[tuple[str, str]], children: Mapping[str, Child]) -> Text:
    block = Text(no_wrap=True, overflow="ellipsis")
    for number, (name, text) in enumerate(lines):
        block.append(("\n" if number else "") + text, style=_COLOURS[children[name].state])
    return block
