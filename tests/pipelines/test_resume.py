"""A training that is killed goes on where it stood when the same command is typed again, to the same weights."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import ray
from numpy.typing import NDArray

from pipelines import finetune, pretrain, train_recall
from pipelines.finetune import FinetuneConfig
from pipelines.pretrain import PretrainConfig
from pipelines.running.course import run
from pipelines.running.job import Job
from pipelines.train_recall import TrainRecallConfig
from recsys.artifacts import UNFINISHED, Artifact, Workspace
from recsys.models.sequence.encoder import SequenceEncoder
from recsys.models.text.static import StaticEncoder
from recsys.models.training.checkpoint import FILE, Checkpoint
from tests.pace import until
from tests.worlds import linked_shop

pytestmark = pytest.mark.ray
RECALL = {"sequence.epochs": 6, "sequence.width": 16, "sequence.batch_steps": 128}
PRETRAIN = {"width": 32, "vocabulary": 500, "batch": 16, "epochs": 8}
FINETUNE = {"batch": 64, "epochs": 3, "max_item_pairs": 300}


@pytest.fixture
def two_shops(small_shop: Path, tmp_path: Path) -> tuple[Workspace, Workspace]:
    """The same shop twice: one where all is undisturbed, one where things are killed."""
    shops = []
    for name in ("undisturbed", "killed"):
        (tmp_path / name).mkdir()
        shops.append(linked_shop(small_shop, tmp_path / name))
    return shops[0], shops[1]


def start(workspace: Workspace, verb: str, settings: Mapping[str, Any]) -> subprocess.Popen[str]:
    address = str(ray.get_runtime_context().gcs_address)
    command = [sys.executable, "-m", "pipelines", verb, "--workspace", str(workspace.root), "--address", address]
    return subprocess.Popen(
        [*command, *(f"{name}={value}" for name, value in settings.items())],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def state_of(workspace: Workspace, kind: str) -> dict[str, Any] | None:
    """The checkpoint of the only unfinished work."""
    for path in (workspace.root / kind).glob(f"{UNFINISHED}*"):
        return Checkpoint(path, 0).read()
    return None


def steps_of(workspace: Workspace, kind: str) -> int:
    state = state_of(workspace, kind)
    return len(state["own"][0]["losses"]) if state is not None else 0


def killed_and_again(workspace: Workspace, verb: str, kind: str, settings: Mapping[str, Any]) -> str:
    """Kill the command in the middle, type it again; what the second says."""
    settings = dict(settings)
    process = start(workspace, verb, settings)
    until(lambda: process.poll() is not None or steps_of(workspace, kind) >= 5, 120, every_s=0.02)
    process.kill()
    output, _ = process.communicate()
    assert process.returncode == -signal.SIGKILL, output
    again = start(workspace, verb, settings)
    output, _ = again.communicate(timeout=600)
    assert again.returncode == 0, output
    return output


def without_seconds(artifact: Artifact) -> list[dict[str, float]]:
    epochs = artifact.manifest.metrics["epochs"]
    return [{name: value for name, value in epoch.items() if name != "seconds"} for epoch in epochs]


def table_of(recall: Artifact) -> NDArray[np.float32]:
    return SequenceEncoder.load(recall.path / "rank" / "sequence").item_table


def goes_on(output: str) -> bool:
    """It says from which step, and that is not the first."""
    _, said, rest = output.partition("goes on from step ")
    return bool(said) and int(rest.split()[0]) >= 5


def test_train_recall_goes_on_after_kill_9(two_shops: tuple[Workspace, Workspace], job: Job) -> None:
    undisturbed, killed = two_shops
    config = TrainRecallConfig().updated(RECALL)
    whole = run(train_recall, undisturbed, config, job)
    output = killed_and_again(killed, "train_recall", "recall", RECALL | {"sequence.checkpoint_s": 0})
    assert goes_on(output), output
    resumed = killed.current("recall")
    assert resumed.key == whole.key
    assert without_seconds(resumed) == without_seconds(whole)
    np.testing.assert_array_equal(table_of(resumed), table_of(whole))
    assert not list((killed.root / "recall").glob(f"{UNFINISHED}*"))


def test_pretrain_goes_on_after_kill_9(two_shops: tuple[Workspace, Workspace], job: Job) -> None:
    undisturbed, killed = two_shops
    whole = run(pretrain, undisturbed, PretrainConfig().updated(PRETRAIN), job)
    output = killed_and_again(killed, "pretrain", "pretrained", PRETRAIN | {"checkpoint_s": 0})
    assert goes_on(output), output
    resumed = killed.current("pretrained")
    assert (resumed.key, resumed.manifest.metrics) == (whole.key, whole.manifest.metrics)
    np.testing.assert_array_equal(StaticEncoder.load(whole.path).table, StaticEncoder.load(resumed.path).table)


def test_finetune_goes_on_and_another_recipe_finds_nothing(
    two_shops: tuple[Workspace, Workspace], job: Job, tmp_path: Path
) -> None:
    undisturbed, killed = two_shops
    config = FinetuneConfig().updated(FINETUNE)
    whole = run(finetune, undisturbed, config, job)
    pretrained, features, split = (killed.current(kind).path for kind in ("pretrained", "features", "split"))

    def killing(done: int, total: int, note: str) -> None:
        if done == 7:
            raise KeyboardInterrupt

    begun = killed.root / "encoder" / f"{UNFINISHED}{whole.key}"
    each = config.updated({"checkpoint_s": 0})
    with pytest.raises(KeyboardInterrupt):
        finetune.finetune(killing, each, pretrained, features, split, begun, tmp_path / "never")
    assert steps_of(killed, "encoder") == 6
    other = run(finetune, killed, each.updated({"seed": 5}), job)
    assert other.key != whole.key
    assert (begun / FILE).exists(), "another recipe neither finds nor removes it"
    resumed = run(finetune, killed, each, job)
    said = job.console.file.getvalue()  # type: ignore[attr-defined]
    assert said.count("goes on from step") == said.count("goes on from step 6") == 1
    assert (resumed.key, resumed.manifest.metrics) == (whole.key, whole.manifest.metrics)
    np.testing.assert_array_equal(StaticEncoder.load(whole.path).table, StaticEncoder.load(resumed.path).table)
    assert not begun.exists()


@pytest.mark.long
def test_workers_go_on_when_one_is_lost(two_shops: tuple[Workspace, Workspace], job: Job) -> None:
    undisturbed, killed = two_shops
    config = TrainRecallConfig().updated(RECALL | {"workers": 2, "sequence.checkpoint_s": 0})
    whole = run(train_recall, undisturbed, config, job)
    process = start(killed, "train_recall", RECALL | {"workers": 2, "sequence.checkpoint_s": 0})

    def has_passed() -> bool:
        return bool((state_of(killed, "recall") or {}).get("passes"))

    until(lambda: process.poll() is not None or has_passed(), 120, every_s=0.02)
    state = state_of(killed, "recall")
    assert state is not None
    os.kill(_a_worker(), signal.SIGKILL)
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 0, output
    resumed = killed.current("recall")
    assert without_seconds(resumed) == without_seconds(whole)
    assert resumed.manifest.metrics["epochs"][0] == state["passes"][0], "the first pass was not made again"
    np.testing.assert_array_equal(table_of(resumed), table_of(whole))


def _a_worker() -> int:
    """A process of Ray Train's, by the title that Ray gives it."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            title = path.read_bytes().decode()
        except OSError:
            continue  # it ended meanwhile
        if title.startswith("ray::") and "TrainWorker" in title:
            return int(path.parent.name)
    raise AssertionError("no worker of Ray Train runs")
