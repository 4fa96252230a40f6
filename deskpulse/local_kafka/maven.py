"""One pinned jar out of a Maven repository, through jgo (pure Python: no Maven, no Java)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from deskpulse.local_kafka.errors import DownloadError, ExtraMissingError
from deskpulse.local_kafka.lock import Jar

# Of silence, not of the whole download.
_TIMEOUT_S = 20


def fetch(jar: Jar, scratch: Path, arrived: Callable[[int], None], repository: str | None = None) -> Path:
    """The jar as a file below `scratch`, its content unchecked; `arrived` is told each chunk's bytes.

    Without a repository it is Maven Central.
    """
    try:
        from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - an extra: absent without deskpulse[local]
        from requests import RequestException  # noqa: PLC0415 - comes with jgo
    except ImportError as error:
        raise ExtraMissingError("jgo") from error

    @contextlib.contextmanager
    def watched(_file_name: str, _total_bytes: int) -> Iterator[Callable[[int], None]]:
        yield arrived

    context = MavenContext(
        resolver=PythonResolver(progress_callback=watched),
        repo_cache=scratch,
        local_repos=[],
        remote_repos={"repository": repository.rstrip("/")} if repository else None,
        timeout=_TIMEOUT_S,
    )
    try:
        path: Path = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except RequestException as error:
        raise DownloadError(jar.file_name, _reason(error)) from error
    except (OSError, RuntimeError) as error:
        # jgo says "not found in remote repositories" and "SHA-1 mismatch" with plain RuntimeErrors.
        raise DownloadError(jar.file_name, str(error)) from error
    return path


def _reason(error: Exception) -> str:
    """The innermost cause in a few words: requests wraps it in the representation of its pool."""
    reason = getattr(error.args[0] if error.args else None, "reason", None) or error
    return str(reason).split(": ", maxsplit=1)[-1]
