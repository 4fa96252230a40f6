"""Did the machine go down under the broker? Then the log may lack its last second."""

from __future__ import annotations

import subprocess
from pathlib import Path

from deskpulse.local_kafka.config import LOG_DIR

_BOOT_FILE = "boot-id"
_LINUX = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str | None:
    """What changes at each boot of the machine, None where the system does not tell."""
    if _LINUX.exists():
        return _LINUX.read_text(encoding="ascii").strip()
    try:
        told = subprocess.run(["sysctl", "-n", "kern.bootsessionuuid"], capture_output=True, text=True, check=True, timeout=5)
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip() or None


def went_down(folder: Path, now_boot_id: str | None) -> bool:
    """True if the folder's broker last ran in another boot and did not shut down cleanly. Ask before it starts."""
    try:
        last = (folder / _BOOT_FILE).read_text(encoding="ascii").strip()
    except OSError:
        return False
    return now_boot_id is not None and last != now_boot_id and not (folder / LOG_DIR / ".kafka_cleanshutdown").exists()


def remember_boot(folder: Path, now_boot_id: str | None) -> None:
    if now_boot_id is not None:
        (folder / _BOOT_FILE).write_text(f"{now_boot_id}\n", encoding="ascii")
