"""File systems of their own, for tests of disks that are full or may not be written to."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(folder: Path, megabytes: int) -> Iterator[Path]:
    """A small disk in a folder; the test is skipped where nobody may mount one."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root may mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, left: int) -> Path:
    """A file that leaves so many bytes."""
    path = disk / "ballast"
    room = os.statvfs(disk)
    with path.open("wb") as file:
        file.write(b"\0" * (room.f_bavail * room.f_frsize - left))
    return path


def make_read_only(disk: Path) -> None:
    """From now on nobody writes there, root included."""
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
