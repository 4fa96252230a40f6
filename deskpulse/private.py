"""Folders for their owner alone: dead letters hold what customers wrote."""

from __future__ import annotations

from errno import ENOTDIR
from pathlib import Path


def private(folder: Path) -> Path:
    """Made if it is missing, with all that is missing above it. What is there already keeps its mode: somebody chose it."""
    if not folder.is_dir():
        if folder.exists():
            raise NotADirectoryError(ENOTDIR, "it is a file, and a folder is needed", str(folder))
        if folder.parent != folder:
            private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
    return folder
