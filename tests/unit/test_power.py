"""A power loss is another boot without the mark of a clean shutdown."""

from __future__ import annotations

from pathlib import Path

from deskpulse.local_kafka.power import remember_boot, went_down


def _folder(tmp_path: Path, *, clean: bool) -> Path:
    (tmp_path / "log").mkdir()
    if clean:
        (tmp_path / "log" / ".kafka_cleanshutdown").touch()
    remember_boot(tmp_path, "monday")
    return tmp_path


def test_another_boot_without_a_clean_shutdown_is_a_power_loss(tmp_path: Path) -> None:
    assert went_down(_folder(tmp_path, clean=False), "tuesday")


def test_a_kill_in_the_same_boot_is_no_power_loss(tmp_path: Path) -> None:
    assert not went_down(_folder(tmp_path, clean=False), "monday")


def test_another_boot_after_a_clean_shutdown_is_no_power_loss(tmp_path: Path) -> None:
    assert not went_down(_folder(tmp_path, clean=True), "tuesday")


def test_a_new_folder_and_a_system_that_does_not_tell_are_no_power_loss(tmp_path: Path) -> None:
    assert not went_down(tmp_path, "monday")
    assert not went_down(_folder(tmp_path, clean=False), None)
