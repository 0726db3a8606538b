"""How long old releases stay: the last few that a rollback can lead to, with everything they were made from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from pipelines.plan import kind_of
from pipelines.releasing.history import Turn, line_of
from recsys.artifacts import MANIFEST, Workspace

NEEDS_NOTHING = ("release", "report", "campaigns")
"""Kinds that do not keep what they were made from: releases by their number, reports because they only tell of it,
and made up campaigns because they are whole without it."""


class Part(NamedTuple):
    """An artifact by its name."""

    kind: str
    key: str


def kept(known: Sequence[Turn], there: Sequence[str], keep: int) -> list[str]:
    """The releases that stay, the live one first.

    Args:
        known: what was live, oldest first.
        there: keys of the releases on disk, in the order in which they were made.
        keep: how many stay, the live one among them. Those that rollbacks lead to come first, then what was live last.
    """
    lately = [turn.key for turn in reversed(known)]
    order = [*reversed(line_of(known)), *lately, *reversed(there)]
    return [key for key in dict.fromkeys(order) if key in there][:keep]


def surplus(parents: dict[Part, list[Part]], current: Iterable[Part], releases: Iterable[str]) -> list[Part]:
    """Releases that do not stay, and then what nothing else needs than they, in the order in which it can be removed.

    Args:
        parents: every artifact on disk, and what it was made from.
        current: what the pointers name.
        releases: keys of the releases that stay.
    """
    staying = {Part("release", key) for key in releases}
    going = [part for part in parents if part.kind == "release" and part not in staying]
    theirs = _with_ancestors(going, parents)
    others = [part for part in parents if part not in theirs and part.kind not in NEEDS_NOTHING]
    named = [part for part in current if part.kind != "campaigns"]
    needed = _with_ancestors([*staying, *named, *others], parents)
    return [part for part in theirs if part in going or (part in parents and part not in needed)]


def retire(workspace: Workspace, known: Sequence[Turn], keep: int) -> list[Part]:
    """Remove what does not stay; returns what was removed. What depends on others goes before them."""
    parents = _on_disk(workspace)
    there = [part.key for part in parents if part.kind == "release"]
    pointers = workspace.root.glob("*/current")
    current = [Part(path.parent.name, path.read_text("utf-8").strip()) for path in pointers]
    removed = surplus(parents, current, kept(known, there, keep))
    for part in removed:
        workspace.remove(part.kind, part.key)
    return removed


def _on_disk(workspace: Workspace) -> dict[Part, list[Part]]:
    """Every artifact with its parents, in the order in which they were finished."""
    files = sorted(workspace.root.glob(f"*/[!.]*/{MANIFEST}"), key=lambda path: path.stat().st_mtime_ns)
    found = {}
    for path in files:
        named = json.loads(path.read_text("utf-8")).get("parents", {})
        made_from = [Part(kind_of(role), key) for role, key in named.items()]
        found[Part(path.parent.parent.name, path.parent.name)] = made_from
    return found


def _with_ancestors(parts: Iterable[Part], parents: dict[Part, list[Part]]) -> list[Part]:
    """The parts, then what they were made from, then what that was made from."""
    found: dict[Part, None] = {}
    todo = list(parts)
    while todo:
        found |= dict.fromkeys(todo)
        todo = [parent for part in todo for parent in parents.get(part, ()) if parent not in found]
    return list(found)
