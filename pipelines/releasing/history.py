"""Which releases were live, one after the other: `release/history.json`, beside the pointer.

The pointer is the truth and moves first, atomically. A kill between the two is mended when the history is read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from recsys.artifacts import Workspace, write_text
from recsys.errors import WrongArtifact

By = Literal["release", "rollback"]


@dataclass(frozen=True)
class Turn:
    """A release that became live."""

    key: str
    at: str  # ISO 8601, UTC
    by: By
    gate: dict[str, Any] | None = None  # what it was judged by, against the release before


def live_key(workspace: Workspace) -> str | None:
    """The release that the pointer names."""
    pointer = workspace.root / "release" / "current"
    return pointer.read_text("utf-8").strip() if pointer.exists() else None


def turns(workspace: Workspace) -> tuple[Turn, ...]:
    """All that was live, oldest first. Raises WrongArtifact where the file is damaged."""
    path = _path(workspace)
    try:
        known = tuple(Turn(**one) for one in json.loads(path.read_text("utf-8"))) if path.exists() else ()
    except (ValueError, TypeError) as error:
        raise WrongArtifact(str(path), "a list of releases", error, "Remove it: the live release stays.") from None
    return mended(known, live_key(workspace))


def mended(known: Sequence[Turn], live: str | None) -> tuple[Turn, ...]:
    """The turns, with the last move of the pointer where a kill left it out."""
    line = line_of(known)
    if live is None or (line and line[-1] == live):
        return tuple(known)
    by: By = "rollback" if len(line) > 1 and line[-2] == live else "release"
    return (*known, Turn(live, _now(), by))


def line_of(known: Sequence[Turn]) -> list[str]:
    """The live release, last, and before it those that rollbacks lead to, one after the other."""
    line: list[str] = []
    for turn in known:
        if turn.by == "rollback" and turn.key in line:
            while line[-1] != turn.key:
                line.pop()
        elif not line or line[-1] != turn.key:
            line.append(turn.key)
    return line


def point(workspace: Workspace, key: str, by: By, gate: dict[str, Any] | None = None) -> None:
    """Make a release live and remember it. Raises WrongArtifact."""
    known = turns(workspace)
    workspace.point("release", key)
    if not known or known[-1].key != key:
        known = (*known, Turn(key, _now(), by, gate))
    write_text(_path(workspace), json.dumps([asdict(turn) for turn in known], indent=1))


def key_before(workspace: Workspace) -> str:
    """The release that a rollback leads to. Raises WrongArtifact where there is none."""
    line = line_of(turns(workspace))
    if len(line) < 2:
        wanted = "a release before the live one"
        raise WrongArtifact(str(_path(workspace)), wanted, line[-1] if line else "none", "There is nothing to go to.")
    return line[-2]


def _path(workspace: Workspace) -> Path:
    return workspace.root / "release" / "history.json"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
