"""A workspace that another version left: it opens, or the answer names the command that renews it."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines import evaluate, learn, online, release, train_ranker, train_recall
from pipelines.evaluate import EvaluateConfig
from pipelines.learn import LearnConfig
from pipelines.online import OnlineConfig
from pipelines.plan import explained
from pipelines.release import ReleaseConfig
from pipelines.running.course import run
from pipelines.running.job import Job
from pipelines.train_ranker import TrainRankerConfig
from pipelines.train_recall import TrainRecallConfig
from recsys.artifacts import Workspace
from recsys.errors import WrongArtifact
from recsys.records import Event
from recsys.stores.database import open_database, store_url
from recsys.stores.events import EventStore

pytestmark = pytest.mark.ray
RECALL = TrainRecallConfig.parse({"sequence": {"epochs": 1, "width": 16}, "fusion": {"num_valid": 50, "rounds": 1}})
GATE = {"requests": 5, "slates": 0, "most_latency_ratio": 50.0}


@pytest.fixture
def older(small_shop: Path, tmp_path: Path) -> Workspace:
    """A shop whose recall lies in other files, was made by other settings, and of whose events some were served."""
    shutil.copytree(small_shop, tmp_path / "shop")
    workspace = Workspace(tmp_path / "shop")
    recall = workspace.current("recall")
    manifest = json.loads((recall.path / "manifest.json").read_text())
    for file in recall.path.rglob("sources.json"):
        file.unlink()
        del manifest["checksums"][file.relative_to(recall.path).as_posix()]
    manifest["config"]["sequence_from"] = None
    (recall.path / "manifest.json").write_text(json.dumps(manifest))
    engine = open_database(store_url(workspace.root / "store.sqlite"))
    item = workspace.parent(recall, "features").path / "items.parquet"
    known = pq.read_table(item, columns=["item_id"])["item_id"][0].as_py()
    EventStore(engine).append([Event(event_id="e", user_id="u", kind="click", item_id=known, at_s=time.time())])
    engine.dispose()
    return workspace


def test_release_and_evaluate_name_what_to_make_again(older: Workspace, job: Job) -> None:
    with pytest.raises(WrongArtifact) as refused:
        release.run(older, ReleaseConfig.parse({"name": "again", "gate": GATE}), job)
    assert "python -m pipelines train_recall, then what is made from it" in explained(refused.value)
    with pytest.raises(WrongArtifact) as refused:
        evaluate.run(older, EvaluateConfig(users=5, queries=0, sessions=1), job)
    assert "or python -m pipelines build" in explained(refused.value)


def test_learn_does_not_guess_settings_of_another_version(older: Workspace, job: Job) -> None:
    before = {path: path.read_text() for path in older.root.glob("*/current")}
    with pytest.raises(WrongArtifact, match=r"sequence_from.*Run: python -m pipelines build"):
        learn.run(older, LearnConfig(), job)
    assert {path: path.read_text() for path in older.root.glob("*/current")} == before
    assert online.run(older, OnlineConfig(), job) is not None, "what was served is counted all the same"


def test_another_version_of_the_protocol_is_named(older: Workspace, job: Job) -> None:
    manifest = older.current("release").path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"schema_version": 1', '"schema_version": 0'))
    with pytest.raises(WrongArtifact) as refused:
        learn.run(older, LearnConfig(), job)
    assert "Run: python -m pipelines release" in explained(refused.value)


def test_what_is_named_renews_it(older: Workspace, job: Job) -> None:
    run(train_recall, older, RECALL, job)
    run(train_ranker, older, TrainRankerConfig.parse({"trees": {"num_trees": 20}}), job)
    with pytest.raises(WrongArtifact, match=r"The live release .* cannot be opened. gate.force=true"):
        release.run(older, ReleaseConfig.parse({"gate": GATE}), job)
    made = release.run(older, ReleaseConfig.parse({"gate": {**GATE, "force": True}}), job)
    assert older.current("release").key == made.key
    assert evaluate.run(older, EvaluateConfig(users=5, slates=20, queries=2, sessions=1), job)
    assert learn.run(older, LearnConfig(), job)
