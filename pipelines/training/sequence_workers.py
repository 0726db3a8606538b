"""The sequence model trained by several processes through Ray Train.

Every worker reads the same steps and takes its share of every batch; gradients are averaged
(recsys.models.training.peers).
Pays on several machines; starting costs half a minute.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipelines.running.job import Job
from pipelines.training.behaviour import read_behaviour
from recsys.recall.config import RecallConfig


def train_with_workers(
    job: Job, config: RecallConfig, workers: int, features: Path, split: Path, begun: Path, folder: Path
) -> dict[str, Any]:
    """Train with so many workers of one CPU; worker 0 writes the encoder to `folder`.

    The folders must be on a disk that every node sees: when a worker is lost, all start again from what was begun.
    """
    job.session.start()
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    paths = {"features": features, "split": split, "begun": begun, "folder": folder}
    settings = {name: str(path) for name, path in paths.items()} | {"config": config.model_dump(mode="json")}
    trainer = TorchTrainer(
        train_worker,
        train_loop_config=settings,
        torch_config=TorchConfig(backend="gloo"),
        scaling_config=ScalingConfig(num_workers=workers, resources_per_worker={"CPU": 1}),
        run_config=RunConfig(
            name="sequence", storage_path=str(folder.parent / "scratch"), failure_config=FailureConfig(max_failures=1)
        ),
    )
    with job.bar("train_recall: sequence"):
        trainer.fit()
    return dict(json.loads((folder.parent / "scratch" / "epochs.json").read_text("utf-8")))


def train_worker(settings: Mapping[str, Any]) -> None:
    """What each worker runs."""
    from ray import train

    from recsys.models.training.checkpoint import Checkpoint
    from recsys.models.training.peers import ConnectedPeers
    from recsys.recall.fitting import train_sequence

    values = {name: settings["config"][name] for name in RecallConfig.model_fields}
    config, folder = RecallConfig.parse(values), Path(settings["folder"])
    behaviour = read_behaviour(Path(settings["features"]), Path(settings["split"]))

    def on_epoch(epoch: int, metrics: Mapping[str, float]) -> bool:
        train.report(dict(metrics))
        return False

    trained = train_sequence(
        behaviour.catalogue,
        behaviour.train,
        behaviour.valid,
        config,
        on_epoch=on_epoch,
        peers=ConnectedPeers(),
        checkpoint=Checkpoint(Path(settings["begun"]), config.sequence.checkpoint_s),
    )
    if train.get_context().get_world_rank() == 0:
        trained.encoder.save(folder)
        (folder.parent / "scratch" / "epochs.json").write_text(json.dumps({"epochs": trained.epochs}), "utf-8")
