"""The broker's class path: the pinned jars, fetched into a cache once, or the jars of `DESKPULSE_KAFKA_HOME`.

Law: a file in the cache under its final name has the pinned SHA-256, or it is fetched again before it is used.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deskpulse.local_kafka.errors import ChecksumError, DownloadError, KafkaHomeError
from deskpulse.local_kafka.lock import Jar, kafka_version, pinned_jars
from deskpulse.local_kafka.maven import fetch

# What is loading, bytes so far, bytes in all. Called from several threads.
Progress = Callable[[str, int, int], None]

_PARALLEL = 4
_ATTEMPTS = 3
_SCRATCH = "partial-"
_ABANDONED_AFTER_S = 3600


def silent(what: str, done_bytes: int, total_bytes: int) -> None:
    """A progress that shows nothing."""


def cache_folder(env: Mapping[str, str] = os.environ) -> Path:
    """`DESKPULSE_CACHE`, else `deskpulse` in the user's cache folder."""
    if chosen := env.get("DESKPULSE_CACHE"):
        return Path(chosen)
    base = env.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "deskpulse"


def class_path(progress: Progress = silent, env: Mapping[str, str] = os.environ) -> list[Path]:
    """All jars the broker runs from, downloading what the cache lacks."""
    if home := env.get("DESKPULSE_KAFKA_HOME"):
        return _jars_of_home(Path(home))
    folder = cache_folder(env) / "jars"
    fetch_missing(pinned_jars(), folder, progress, repository=env.get("DESKPULSE_MAVEN_URL"))
    return [folder / jar.file_name for jar in pinned_jars()]


def fetch_missing(jars: Sequence[Jar], folder: Path, progress: Progress = silent, repository: str | None = None) -> None:
    """After this every jar is in the folder with its pinned content; what was there and intact is not fetched again."""
    missing = [jar for jar in jars if not _is_intact(folder / jar.file_name, jar)]
    if not missing:
        return
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    meter = _Meter(f"Apache Kafka {kafka_version()}", sum(jar.size for jar in missing), progress)
    with ThreadPoolExecutor(_PARALLEL, thread_name_prefix="jars") as pool:
        waiting = [pool.submit(_fetch_one, jar, folder, meter, repository) for jar in missing]
        try:
            for one in waiting:
                one.result()
        except BaseException:
            # The first failure, or Ctrl-C, is the answer: what has not begun must not begin.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _fetch_one(jar: Jar, folder: Path, meter: _Meter, repository: str | None) -> None:
    """Fetch beside the cache, check, then rename: a kill at any point leaves no half jar under a final name."""
    trouble: DownloadError | ChecksumError | None = None
    for _ in range(_ATTEMPTS):
        with tempfile.TemporaryDirectory(prefix=_SCRATCH, dir=folder) as scratch:
            try:
                arrived = fetch(jar, Path(scratch), lambda count: meter.add(jar, count), repository)
            except DownloadError as error:
                trouble = error
            else:
                actual = sha256_of(arrived)
                if actual == jar.sha256:
                    arrived.replace(folder / jar.file_name)
                    meter.finish(jar)
                    return
                trouble = ChecksumError(jar.file_name, jar.sha256, actual)
        meter.restart(jar)
    assert trouble is not None
    raise trouble


def _sweep(folder: Path) -> None:
    """Removes what a killed download left; a young folder may belong to a download under way."""
    oldest_s = time.time() - _ABANDONED_AFTER_S
    for scratch in folder.glob(f"{_SCRATCH}*"):
        with contextlib.suppress(FileNotFoundError):
            if scratch.stat().st_mtime < oldest_s:
                shutil.rmtree(scratch)


class _Meter:
    """Adds up the bytes of all jars under way; a jar that starts again starts at none."""

    def __init__(self, what: str, total_bytes: int, progress: Progress) -> None:
        self._what = what
        self._total_bytes = total_bytes
        self._progress = progress
        self._done: dict[Jar, int] = {}
        progress(what, 0, total_bytes)

    def add(self, jar: Jar, count: int) -> None:
        self._set(jar, min(jar.size, self._done.get(jar, 0) + count))

    def restart(self, jar: Jar) -> None:
        self._set(jar, 0)

    def finish(self, jar: Jar) -> None:
        self._set(jar, jar.size)

    def _set(self, jar: Jar, done: int) -> None:
        self._done[jar] = done
        # A copy, because another thread may begin its jar at this moment.
        self._progress(self._what, sum(list(self._done.values())), self._total_bytes)


def _is_intact(path: Path, jar: Jar) -> bool:
    return path.is_file() and path.stat().st_size == jar.size and sha256_of(path) == jar.sha256


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _jars_of_home(home: Path) -> list[Path]:
    jars = sorted((home / "libs").glob("*.jar"))
    if not jars:
        raise KafkaHomeError(home, "it has no libs/*.jar")
    if not any(jar.name.startswith("kafka_2.13-4.") for jar in jars):
        raise KafkaHomeError(home, "its libs folder holds no Apache Kafka 4 (kafka_2.13-4.*.jar)")
    return jars
