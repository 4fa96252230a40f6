"""How a command ends: with a number for scripts and a line or two for people. No traceback for what is not our mistake."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import NoReturn

import typer

from deskpulse.told import ToldError

HELP = "Exit codes: 0 done · 1 something was found wrong · 2 wrong usage or configuration · 3 a server or folder is not there, or a part failed · 78 a part needs somebody to act first"


class Exit(IntEnum):
    DONE = 0
    FOUND_WRONG = 1
    USAGE = 2
    NOT_THERE = 3
    REFUSED = 78
    """Of a part: somebody must act first; its supervisor does not start it again."""


def stop(message: str, code: Exit) -> NoReturn:
    print(message, file=sys.stderr)
    raise typer.Exit(code)


@contextmanager
def telling(code: Exit, *kinds: type[Exception]) -> Iterator[None]:
    """Within: errors of these kinds, whose text is meant for the person at the terminal, end the command."""
    try:
        yield
    except kinds as error:
        stop(str(error), code)


@contextmanager
def without_traces() -> Iterator[None]:
    """Around every command: what a folder or file refuses ends it in a line. An OSError that names neither stays our mistake."""
    try:
        yield
    except ToldError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        if error.filename is None:
            raise
        print(
            f"{error.filename}: {error.strerror}. This user must be able to read and write there; "
            "`data` in deskpulse.yaml, or DESKPULSE_DATA, names another folder for what Deskpulse keeps.",
            file=sys.stderr,
        )
    else:
        return
    sys.exit(Exit.NOT_THERE)
