"""train_recall, tune and release on a small shop."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines import embed, finetune, pretrain, release, train_recall, tune
from pipelines.__main__ import main
from pipelines.embed import EmbedConfig
from pipelines.finetune import FinetuneConfig
from pipelines.pretrain import PretrainConfig
from pipelines.release import ReleaseConfig
from pipelines.running.course import run
from pipelines.running.job import Job
from pipelines.train_recall import TrainRecallConfig
from pipelines.tune import TuneConfig
from recsys.artifacts import Workspace
from recsys.errors import WrongArtifact, WrongConfig
from recsys.features.catalogue import Catalogue
from recsys.models.text.families import load_text_encoder
from recsys.recall.fitted import FittedRecall
from recsys.recall.sources.popular import PopularSource
from recsys.recall.sources.sequence import SequenceSource
from recsys.release import Release
from tests.tiny_bert import tiny_bert
from tests.worlds import linked_shop

pytestmark = pytest.mark.ray
SMALL = {"sequence": {"epochs": 2, "width": 16}}


@pytest.fixture
def shop(small_shop: Path, tmp_path: Path) -> Workspace:
    return linked_shop(small_shop, tmp_path)


def test_the_file_of_tune_is_a_configuration_of_train_recall(shop: Workspace, job: Job) -> None:
    space = {"sequence.width": [16], "sequence.dropout": {"low": 0.1, "high": 0.4}}
    config = TuneConfig.parse({"trials": 3, "epochs": 3, "grace": 1, "space": space})
    swept = tune.run(shop, config, job)
    trials = json.loads((swept.path / "trials.json").read_text())
    assert len(trials) == 3
    assert len({trial["settings"]["sequence.dropout"] for trial in trials}) == 3
    best = max(trials, key=lambda trial: trial["ndcg_at_10"])
    chosen = TrainRecallConfig.read(swept.path / "sequence.json")
    assert chosen.sequence.dropout == best["settings"]["sequence.dropout"]
    assert chosen.sequence.width == 16
    assert main(["train_recall", "--workspace", str(shop.root), "--config", str(swept.path / "sequence.json")]) == 0
    assert shop.current("recall").manifest.config["sequence"]["dropout"] == chosen.sequence.dropout


def test_a_space_of_unknown_settings_is_refused() -> None:
    with pytest.raises(WrongConfig, match="widht"):
        TuneConfig.parse({"space": {"sequence.widht": [16]}})


def test_the_rank_view_has_not_seen_what_serves(shop: Workspace) -> None:
    folder = shop.current("recall").path
    rank, serving = (FittedRecall.load(folder / view) for view in ("rank", "serving"))
    assert not np.array_equal(rank.source(PopularSource).log_p, serving.source(PopularSource).log_p)
    rank_table, serving_table = (view.source(SequenceSource).encoder.item_table for view in (rank, serving))
    assert np.array_equal(rank_table, serving_table)


def test_a_release_refuses_parts_that_do_not_belong_together(shop: Workspace, job: Job) -> None:
    run(train_recall, shop, TrainRecallConfig.parse(SMALL), job)
    with pytest.raises(WrongArtifact) as refused:
        release.run(shop, ReleaseConfig(), job)
    assert refused.value.kind == "ranker"


def test_a_release_says_what_is_simulated(shop: Workspace) -> None:
    about = Release.open(shop).about
    assert any("simulated" in note.lower() for note in about["notes"])
    assert len(about["demo_users"]) == len(set(about["demo_users"])) > 0
    histories = Release.open(shop).histories
    assert all(len(histories.history(user)) for user in about["demo_users"])


def test_a_transformer_goes_through_the_same_verbs(shop: Workspace, tmp_path: Path, job: Job) -> None:
    texts = pq.read_table(shop.current("features").path / "items.parquet")["title"].to_pylist()
    tiny_bert(texts).save(tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    settings = {"family": "transformer", "model": str(tmp_path / "one"), "epochs": 1, "batch": 64}
    made = run(pretrain, shop, PretrainConfig.parse(settings), job)
    other = PretrainConfig.parse({**settings, "model": str(tmp_path / "other")})
    features = {"features": shop.current("features")}
    assert pretrain.recipe(features, other).key == made.key, "known by content, not by name"
    run(finetune, shop, FinetuneConfig(epochs=1, batch=64, max_item_pairs=200), job)
    embedded = run(embed, shop, EmbedConfig(num_parts=2), job)
    vectors = np.load(embedded.path / "items.npy")
    assert vectors.shape == (len(texts), 32)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    encoder = load_text_encoder(shop.current("encoder").path)
    assert np.allclose(vectors[-1], encoder.encode([last_text(shop)])[0], atol=1e-5)


def last_text(shop: Workspace) -> str:
    return Catalogue.from_table(pq.read_table(shop.current("features").path / "items.parquet")).text(-1)


@pytest.mark.long
def test_two_workers_train_what_one_does(shop: Workspace, job: Job) -> None:
    alone = run(train_recall, shop, TrainRecallConfig.parse(SMALL), job)
    shop.remove("recall", alone.key)  # how many train it is no other artifact
    together = run(train_recall, shop, TrainRecallConfig.parse({**SMALL, "workers": 2}), job)
    losses = [[epoch["loss"] for epoch in made.manifest.metrics["epochs"]] for made in (alone, together)]
    assert losses[1] == pytest.approx(losses[0], rel=0.02)  # but for dropout
    assert not (together.path / "scratch").exists()
