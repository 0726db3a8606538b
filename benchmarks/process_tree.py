"""A process and all below it, from Linux' /proc: their processor time, and their end."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def members(root: int) -> list[int]:
    """The process and its living descendants."""
    below: dict[int, list[int]] = {}
    for pid, fields in _all().items():
        below.setdefault(int(fields[1]), []).append(pid)
    found = [root]
    for pid in found:  # grows while it is read
        found += below.get(pid, [])
    return found


def births(pids: list[int]) -> dict[int, str]:
    """When each that lives was started: a number may be given again, the pair of both is not."""
    stats = _all()
    return {pid: stats[pid][19] for pid in pids if pid in stats}


def kill(born: dict[int, str]) -> None:
    """End what still lives of these."""
    for pid in (pid for pid, start in births(list(born)).items() if start == born[pid]):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def cpu_s(pids: list[int]) -> dict[int, float]:
    """Seconds of user and system time of each that lives."""
    stats = _all()
    return {pid: (int(stats[pid][11]) + int(stats[pid][12])) / TICKS_PER_S for pid in pids if pid in stats}


def _all() -> dict[int, list[str]]:
    """Process -> the fields of its stat file after the name: state, parent, ..., utime (11), stime (12)."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = path.read_text()
        except OSError:
            continue  # it ended meanwhile
        found[int(path.parent.name)] = text.rpartition(")")[2].split()
    return found
