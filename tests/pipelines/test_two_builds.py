"""Two builds in one workspace at the same time, pointers moved under them: what an artifact says it holds, it holds."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import ray

from pipelines.plan import PLAN, kind_of
from pipelines.pretrain import PretrainConfig, pretrain
from pipelines.running.parts import read_parts
from recsys.artifacts import Artifact, Workspace
from recsys.features.catalogue import Catalogue
from recsys.models.text.families import load_text_encoder
from recsys.splits import RANK

pytestmark = pytest.mark.ray
SIZES = (200, 230)
QUICK = (
    "report=false",
    "pretrain.epochs=1",
    "finetune.epochs=1",
    "train_recall.sequence.epochs=1",
    "train_recall.sequence.width=16",
    "train_recall.fusion.num_valid=50",
    "train_recall.fusion.rounds=1",
    "train_ranker.trees.num_trees=20",
    "release.gate.requests=5",
    "release.gate.slates=0",
    "release.gate.force=true",
)
MOVER = """
import random, sys, time
from pathlib import Path
from recsys.artifacts import Workspace
workspace, kinds = Workspace(sys.argv[1]), [kind for kind in sys.argv[2:] if kind != "release"]
while not (workspace.root / "stop").exists():
    for kind in kinds:
        made = sorted(path.name for path in (workspace.root / kind).glob("[!.]*/") if path.is_dir())
        if made:
            workspace.point(kind, random.choice(made))
            print(kind, flush=True)
    time.sleep(0.001)
"""


def build(root: Path, num_items: int) -> subprocess.Popen[str]:
    world = {"seed": num_items, "num_items": num_items, "num_users": 100, "num_slates": 900, "num_bots": 1}
    settings = [f"simulate.{name}={value}" for name, value in world.items()]
    address = str(ray.get_runtime_context().gcs_address)
    command = [sys.executable, "-m", "pipelines", "build", "--workspace", str(root), "--address", address]
    return subprocess.Popen([*command, *settings, *QUICK], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def test_two_builds_never_mix_what_artifacts_are_made_of(tmp_path: Path, ray_session: Any) -> None:
    ray_session.start()
    kinds = [step.makes for step in PLAN.values() if step.makes and step.when == "building" and step.makes != "report"]
    with (tmp_path / "moves").open("w") as moves:
        mover = subprocess.Popen([sys.executable, "-c", MOVER, str(tmp_path / "shop"), *kinds], stdout=moves)
        builds = [build(tmp_path / "shop", size) for size in SIZES]
        said = [process.communicate(timeout=300)[0] for process in builds]
        (tmp_path / "shop" / "stop").touch()
        assert mover.wait(timeout=30) == 0
    assert [process.returncode for process in builds] == [0, 0], said
    moved = (tmp_path / "moves").read_text().split()
    assert len(moved) > 500 and set(moved) == set(kinds) - {"release"}
    workspace = Workspace(tmp_path / "shop")
    for kind in kinds:
        made = [workspace.open(kind, path.name) for path in (workspace.root / kind).glob("[!.]*/")]
        assert len(made) == 2, kind
        worlds = {world_of(workspace, artifact) for artifact in made}
        assert worlds == set(SIZES), kind
        for artifact in made:
            require_its_own(workspace, artifact)


def world_of(workspace: Workspace, artifact: Artifact) -> int:
    """Number of items of the one shop that an artifact descends from, by every way to it."""
    if artifact.manifest.kind == "raw":
        return int(artifact.manifest.config["num_items"])
    worlds = {world_of(workspace, parent) for parent in parents(workspace, artifact).values()}
    assert len(worlds) == 1, artifact.manifest
    return worlds.pop()


def parents(workspace: Workspace, artifact: Artifact) -> Mapping[str, Artifact]:
    return {role: workspace.open(kind_of(role), key) for role, key in artifact.manifest.parents.items()}


def require_its_own(workspace: Workspace, artifact: Artifact) -> None:
    """The files of an artifact are made of those of the parents that its manifest names."""
    kind, path, of = artifact.manifest.kind, artifact.path, parents(workspace, artifact)
    if kind == "clean":
        assert ids(path) == ids(of["raw"].path)
    elif kind == "features":
        assert table(path).equals(table(of["clean"].path))
    elif kind == "split":
        for name in ("steps", "pairs", "slates"):
            mine, theirs = read_parts(path / name).drop_columns(["fold"]), read_parts(of["features"].path / name)
            assert rows(mine) == rows(theirs), name
    elif kind == "pretrained":
        with tempfile.TemporaryDirectory() as again:
            begun = Path(again) / "begun"
            pretrain(lambda *_: None, PretrainConfig(epochs=1), of["features"].path, begun, Path(again))
            assert (path / "tokenizer.json").read_bytes() == (Path(again) / "tokenizer.json").read_bytes()
    elif kind == "encoder":
        assert (path / "tokenizer.json").read_bytes() == (of["pretrained"].path / "tokenizer.json").read_bytes()
    elif kind == "embeddings":
        texts = Catalogue.from_table(table(of["features"].path)).texts()
        vectors = load_text_encoder(of["encoder"].path).encode(texts)
        np.testing.assert_allclose(np.load(path / "items.npy"), vectors, atol=1e-5)
    elif kind == "index":
        vectors = np.load(of["embeddings"].path / "items.npy")
        np.testing.assert_allclose(np.load(path / "vectors" / "vectors.npy"), vectors, atol=1e-6)
    elif kind == "ranker":
        slates = read_parts(of["split"].path / "slates", ["fold"])["fold"].to_pylist()
        assert artifact.manifest.metrics["rows"] == slates.count(RANK)
    elif kind == "release":
        histories = pq.read_table(path / "histories.parquet")
        assert rows(histories) == rows(read_parts(of["split"].path / "steps", histories.column_names))
        assert json.loads((path / "release.json").read_text())["clock"] == of["split"].manifest.metrics["clock"]


def ids(folder: Path) -> list[str]:
    return sorted(pq.read_table(folder / "items.parquet", columns=["item_id"])["item_id"].to_pylist())


def table(folder: Path) -> pa.Table:
    return pq.read_table(folder / "items.parquet")


def rows(found: pa.Table) -> list[str]:
    return sorted(map(str, found.to_pylist()))
