"""Replaces the configuration in one step: whoever reads it meanwhile sees the old or the new, never half of one."""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_OTHERS = 0o077


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Within: nobody else who asks so changes the file. The lock is a file of its own, because the other one is replaced."""
    target = file.resolve()
    descriptor = os.open(target.with_name(f".{target.name}.lock"), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def replace(file: Path, text: str) -> None:
    """A new file is for its owner alone; an existing one keeps its mode."""
    target = file.resolve()
    mode = target.stat().st_mode & 0o777 if target.exists() else 0o600
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        draft.chmod(mode)
        draft.replace(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def others_may_read(file: Path) -> bool:
    return bool(file.stat().st_mode & _OTHERS)
