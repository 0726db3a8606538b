"""What runs on this machine because of a test."""

from __future__ import annotations

from pathlib import Path


def processes_of(session: int) -> list[str]:
    """Command lines of the processes of a session that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append((entry / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def replicas_of(application: str, deployment: str) -> list[int]:
    """Processes of a deployment's replicas, by the title that Ray gives them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            title = path.read_bytes().decode()
        except OSError:
            continue  # it ended meanwhile
        if title.startswith(f"ray::ServeReplica:{application}:{deployment}"):
            found.append(int(path.parent.name))
    return found
