"""The artifacts that a verb is handed, opened once; refused where they were not made from each other."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from recsys.artifacts import MANIFEST, Artifact, Workspace
from recsys.errors import WrongArtifact

Inputs = Mapping[str, Artifact]
"""Role -> artifact: what a verb is handed. Its recipe and its work see the same."""


def current(workspace: Workspace, *kinds: str) -> dict[str, Artifact]:
    """Kind -> its current artifact.

    Raises WrongArtifact where one is missing or damaged, and where two descend from different artifacts of one kind:
    rows of one catalogue mean nothing in another.
    """
    found = {kind: workspace.current(kind) for kind in kinds}
    known: dict[str, tuple[str, str]] = {kind: (artifact.key, kind) for kind, artifact in found.items()}
    for kind, artifact in found.items():
        for ancestor, key in _ancestors(workspace, artifact.manifest.parents):
            other, of = known.setdefault(ancestor, (key, kind))
            if other != key and _goes_on(workspace, ancestor, other, key):
                known[ancestor] = key, kind
            elif other != key and not _goes_on(workspace, ancestor, key, other):
                older = kind if ancestor in found else of
                raise WrongArtifact(
                    f"{workspace.root}/{kind}",
                    f"one made from {ancestor} {other}, as {of} is",
                    f"from {key}",
                    kind=older,
                )
    return found


def keys(artifacts: Inputs) -> dict[str, str]:
    """As a recipe names its parents."""
    return {kind: artifact.key for kind, artifact in artifacts.items()}


def simulation(workspace: Workspace, release: Artifact) -> dict[str, Any] | None:
    """Configuration and figures of the simulated shop that a release was made from."""
    clean = workspace.parent(release, "clean")
    if "raw" not in clean.manifest.parents:
        return None
    found: dict[str, Any] = json.loads((workspace.parent(clean, "raw").path / "simulation.json").read_text("utf-8"))
    return found


def _goes_on(workspace: Workspace, kind: str, old: str, new: str) -> bool:
    """Whether the new artifact is the old one with served events joined: the same catalogue, and train ends as before.

    `learn` makes such ones. What was made from the old ones stays good with them: text encoder, vectors, indexes.
    """
    if kind not in ("features", "split"):
        return False
    (old_clean, old_served), (new_clean, new_served) = (_log_of(workspace, kind, key) for key in (old, new))
    return old_clean == new_clean is not None and old_served is None and new_served is not None


def _log_of(workspace: Workspace, kind: str, key: str) -> tuple[str | None, str | None]:
    """Keys of the cleaned and of the served events that features, or a split of them, were made from."""
    path = workspace.path(kind, key) / MANIFEST
    parents = json.loads(path.read_text("utf-8"))["parents"] if path.exists() else {}
    if "features" in parents:
        return _log_of(workspace, "features", parents["features"])
    return parents.get("clean"), parents.get("served")


def _ancestors(workspace: Workspace, parents: dict[str, str]) -> Sequence[tuple[str, str]]:
    """(kind, key) of parents and theirs, as far as they are still there; their files are not read."""
    found = []
    for kind, key in parents.items():
        found.append((kind, key))
        path = workspace.path(kind, key) / MANIFEST
        if path.exists():
            found += _ancestors(workspace, json.loads(path.read_text("utf-8"))["parents"])
    return found
