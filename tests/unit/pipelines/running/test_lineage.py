"""Steps refuse artifacts that were not made from each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.plan import explained
from pipelines.running.lineage import current
from recsys.artifacts import Recipe, Workspace
from recsys.errors import WrongArtifact


def make(workspace: Workspace, kind: str, version: int = 0, **parents: str) -> str:
    recipe = Recipe(kind, {"version": version}, "code", parents)
    workspace.make(recipe, lambda folder: None)
    workspace.point(kind, recipe.key)
    return recipe.key


def test_what_descends_from_one_ancestor_goes_together(tmp_path: Path) -> None:
    shop = Workspace(tmp_path)
    features = make(shop, "features")
    split = make(shop, "split", features=features)
    encoder = make(shop, "encoder", split=split)
    found = current(shop, "features", "encoder")
    assert {kind: one.key for kind, one in found.items()} == {"features": features, "encoder": encoder}


def test_a_step_that_was_not_repeated_is_named(tmp_path: Path) -> None:
    shop = Workspace(tmp_path)
    make(shop, "encoder", split=make(shop, "split", features=make(shop, "features")))
    make(shop, "features", version=1)
    with pytest.raises(WrongArtifact, match="encoder: wanted one made from features") as refused:
        current(shop, "features", "encoder")
    assert explained(refused.value).count("Run: python -m pipelines finetune")


def test_two_that_descend_from_different_ancestors_are_refused(tmp_path: Path) -> None:
    shop = Workspace(tmp_path)
    old, new = make(shop, "features"), make(shop, "features", version=1)
    make(shop, "encoder", features=old)
    make(shop, "recall", features=new)
    with pytest.raises(WrongArtifact, match="made from features") as refused:
        current(shop, "encoder", "recall")
    assert refused.value.kind in ("encoder", "recall")


def test_what_was_made_before_events_were_joined_stays_good(tmp_path: Path) -> None:
    shop = Workspace(tmp_path)
    clean = make(shop, "clean")
    old = make(shop, "features", clean=clean)
    make(shop, "encoder", split=make(shop, "split", features=old))
    joined = make(shop, "features", clean=clean, served=make(shop, "served"))
    split = make(shop, "split", features=joined)
    make(shop, "recall", features=joined, split=split)
    assert current(shop, "features", "split", "encoder", "recall")["split"].key == split
    make(shop, "split", features=make(shop, "features", clean=clean, served=make(shop, "served", version=1)))
    with pytest.raises(WrongArtifact) as refused:
        current(shop, "features", "split", "encoder", "recall")
    assert refused.value.kind == "recall"
    make(shop, "features", clean=make(shop, "clean", version=1), served=make(shop, "served"))
    with pytest.raises(WrongArtifact) as refused:
        current(shop, "features", "encoder")
    assert refused.value.kind == "encoder"


def test_a_missing_one_names_its_verb(tmp_path: Path) -> None:
    with pytest.raises(WrongArtifact) as missing:
        current(Workspace(tmp_path), "encoder")
    assert explained(missing.value).count("Run: python -m pipelines finetune")
