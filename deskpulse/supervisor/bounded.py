"""A file that a process appends to for weeks, kept from growing without end."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

MOST_BYTES = 10 << 20


def bound(file: Path) -> None:
    """Beyond its bytes it becomes `<file>.1` and begins anew. Copied and cut: its writer has it open, and appends where it ends.

    On a full disk it is cut without a copy, which would only make things worse.
    """
    with contextlib.suppress(OSError):
        if file.stat().st_size <= MOST_BYTES:
            return
        with contextlib.suppress(OSError):
            shutil.copyfile(file, file.with_name(f"{file.name}.1"))
        os.truncate(file, 0)
