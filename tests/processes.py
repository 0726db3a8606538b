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


def listening(session: int) -> set[tuple[int, str]]:
    """(process, IPv4 address) of every socket on which a process of a session waits for connections."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int((entry / "stat").read_text().rpartition(")")[2].split()[3]) != session:
                continue
            inodes = {link.readlink().name for link in (entry / "fd").iterdir()}
            rows = [
                line.split() for name in ("tcp", "tcp6") for line in (entry / "net" / name).read_text().splitlines()
            ]
        except OSError:
            continue
        mine = [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in inodes]
        found |= {(int(entry.name), _ipv4(address)) for address in mine}
    return found


def _ipv4(address: str) -> str:
    """As the kernel writes it; an IPv6 socket on all addresses ends in zeros as well.

    >>> _ipv4("0100007F:1F90"), _ipv4("0000000000000000FFFF00000100007F:1F90"), _ipv4("00000000:1F90")
    ('127.0.0.1', '127.0.0.1', '0.0.0.0')
    """
    return ".".join(str(byte) for byte in reversed(bytes.fromhex(address.partition(":")[0][-8:])))
