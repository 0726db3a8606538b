"""The current artifacts that a step starts from, refused where they were not made from each other."""

from __future__ import annotations

import json
from collections.abc import Sequence

from recsys.artifacts import MANIFEST, VERBS, Artifact, Workspace
from recsys.errors import WrongArtifact


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
            if other != key:
                older = kind if ancestor in found else of
                raise WrongArtifact(
                    f"{workspace.root}/{kind}", f"one made from {ancestor} {other}, as {of} is", f"from {key}",
                    f"Run again: python -m pipelines {VERBS[older]}",
                )  # fmt: skip
    return found


def keys(artifacts: dict[str, Artifact]) -> dict[str, str]:
    """As a recipe names its parents."""
    return {kind: artifact.key for kind, artifact in artifacts.items()}


def _ancestors(workspace: Workspace, parents: dict[str, str]) -> Sequence[tuple[str, str]]:
    """(kind, key) of parents and theirs, as far as they are still there; their files are not read."""
    found = []
    for kind, key in parents.items():
        found.append((kind, key))
        path = workspace.path(kind, key) / MANIFEST
        if path.exists():
            found += _ancestors(workspace, json.loads(path.read_text("utf-8"))["parents"])
    return found
