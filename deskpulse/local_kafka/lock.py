"""The pinned jars of the broker, as read from `jars.lock`. No I/O but reading that file."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Jar:
    group: str
    artifact: str
    version: str
    sha256: str
    size: int

    @property
    def file_name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


def parse_lock(text: str) -> tuple[Jar, ...]:
    """The jars of a lock file, in its order; lines that start with # are comments."""
    jars = []
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        sha256, size, coordinate = line.split()
        group, artifact, version = coordinate.split(":")
        jars.append(Jar(group, artifact, version, sha256, int(size)))
    return tuple(jars)


def pinned_jars() -> tuple[Jar, ...]:
    return parse_lock(files(__package__).joinpath("jars.lock").read_text(encoding="utf-8"))


def kafka_version() -> str:
    return next(jar.version for jar in pinned_jars() if jar.artifact == "kafka_2.13")
