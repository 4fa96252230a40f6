"""What can go wrong with the local Kafka, one class a meaning; every message says what to do about it."""

from __future__ import annotations

from pathlib import Path


class LocalKafkaError(Exception):
    """The local Kafka cannot do what was asked; the message is meant for the person at the terminal."""


class ExtraMissingError(LocalKafkaError):
    def __init__(self, package: str) -> None:
        super().__init__(f"The local Kafka needs the package {package}. Install it with: pip install 'deskpulse[local]'")


class DownloadError(LocalKafkaError):
    def __init__(self, what: str, reason: str) -> None:
        super().__init__(
            f"Could not download {what}: {reason}. Check the network or proxy and start again (what arrived is kept); "
            "offline, set DESKPULSE_KAFKA_HOME to the folder of an unpacked Apache Kafka 4."
        )


class ChecksumError(LocalKafkaError):
    def __init__(self, what: str, expected: str, actual: str) -> None:
        super().__init__(
            f"{what} arrived with SHA-256 {actual}, but {expected} is pinned: it was not kept. "
            "Something between you and the repository changes downloads: check the proxy or mirror (DESKPULSE_MAVEN_URL)."
        )


class KafkaHomeError(LocalKafkaError):
    def __init__(self, home: Path, reason: str) -> None:
        super().__init__(
            f"DESKPULSE_KAFKA_HOME is {home}, but {reason}. Point it at an unpacked Apache Kafka 4, or unset it to download one."
        )


class PortInUseError(LocalKafkaError):
    def __init__(self, port: int, holder: str | None) -> None:
        self.port = port
        by = f" by {holder}" if holder else ""
        super().__init__(f"Port {port} on 127.0.0.1 is already in use{by}. Stop that program, or choose another port.")


class DataFolderInUseError(LocalKafkaError):
    def __init__(self, folder: Path, pid: int | None) -> None:
        self.pid = pid
        by = f" by the broker with pid {pid}" if pid else ""
        super().__init__(f"The data folder {folder} is in use{by}. Stop the Deskpulse that runs there, or choose another folder.")


class BrokerDiedError(LocalKafkaError):
    def __init__(self, exit_code: int | None, log: Path, tail: str) -> None:
        ended = "ended" if exit_code is None else f"ended with exit code {exit_code}"
        super().__init__(f"The broker {ended}. The end of its log ({log}):\n{tail or '(nothing was logged)'}")


class NotReadyError(LocalKafkaError):
    def __init__(self, within_s: float, log: Path, tail: str) -> None:
        super().__init__(
            f"The broker runs but did not answer within {within_s:g} s. If the machine is busy, give it more time. "
            f"The end of its log ({log}):\n{tail or '(nothing was logged)'}"
        )
