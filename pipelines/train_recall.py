"""train_recall: everything that proposes items from behaviour and words, and the weights that fuse it.

`rank/` is fitted on the fold `train`, so that ranking can learn from the slates after it; in `serving/` the counts of
all steps before the test fold are added (wall clocks, served events), words and the sequence encoder stay. Searches
keep their default weights: logged clicks carry the positions of the old shop, and weights tuned on them are worse on
true relevance.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import Field

from pipelines.running.code_version import code_version
from pipelines.running.job import Job, Report
from pipelines.running.lineage import Inputs, keys
from pipelines.running.parts import read_parts
from pipelines.training.behaviour import read_behaviour
from pipelines.training.sequence_workers import train_with_workers
from recsys.artifacts import Recipe, unfinished
from recsys.config import HOW
from recsys.features.sequences import Sequences
from recsys.recall.config import RecallConfig
from recsys.schema import Clock
from recsys.splits import TEST


class TrainRecallConfig(RecallConfig):
    """Settings of `train_recall`; the file that `tune` writes is one."""

    workers: Annotated[int, HOW] = Field(0, ge=0)
    """Processes that train the sequence model together through Ray Train; 0 trains it in one Ray task."""


def recipe(inputs: Inputs, config: TrainRecallConfig) -> Recipe:
    """Where another `recall` is handed in as `sequence`, its sequence encoder stays; all else is fitted."""
    code = code_version("recsys.recall.fitting", __name__)
    return Recipe("recall", config.decisive(), code, parents=keys(inputs))


def fill(inputs: Inputs, config: TrainRecallConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    split, features = inputs["split"], inputs["features"].path
    sequence, begun = folder / "sequence", unfinished(folder, recipe(inputs, config))
    epochs: Mapping[str, Any] = {}
    if (kept := inputs.get("sequence")) is not None:
        shutil.copytree(kept.path / "rank" / "sequence", sequence)
        epochs = {"epochs": kept.manifest.metrics["epochs"]}
    elif not any(split.manifest.metrics["steps"].values()):
        write_untrained(config, features, sequence)
        epochs = {"epochs": []}
    elif config.workers:
        epochs = train_with_workers(job, config, config.workers, features, split.path, begun, sequence)
    else:
        epochs = job.task("train_recall: sequence", train_sequence_task, config, features, split.path, begun, sequence)
    metrics = split.manifest.metrics
    later = metrics["clock"] == "wall" or metrics["by"] == "moments"
    fitted = job.task(
        "train_recall: sources", fit_sources, config, features, split.path, metrics["clock"], later, folder
    )
    shutil.rmtree(sequence)  # both views have it now
    shutil.rmtree(folder / "scratch", ignore_errors=True)
    return {**epochs, **fitted}


def write_untrained(config: RecallConfig, features: Path, folder: Path) -> None:
    """The sequence encoder of a shop without a log: it says nothing until `learn` or another build trains it."""
    from recsys.models.sequence.encoder import SequenceEncoder

    num_items = pq.ParquetFile(features / "items.parquet").metadata.num_rows
    SequenceEncoder.untrained(num_items, config.sequence).save(folder)


def train_sequence_task(
    report: Report, config: RecallConfig, features: Path, split: Path, begun: Path, folder: Path
) -> Mapping[str, Any]:
    """The sequence encoder alone, in this process, from what was begun if anything was."""
    from recsys.models.training.checkpoint import Checkpoint
    from recsys.recall.fitting import train_sequence

    behaviour = read_behaviour(features, split)

    def on_epoch(epoch: int, metrics: Mapping[str, float]) -> bool:
        report(epoch + 1, config.sequence.epochs, f"loss {metrics['loss']:.3f}  ndcg@10 {metrics['ndcg_at_10']:.4f}")
        return False

    trained = train_sequence(
        behaviour.catalogue,
        behaviour.train,
        behaviour.valid,
        config,
        on_epoch=on_epoch,
        checkpoint=Checkpoint(begun, config.sequence.checkpoint_s),
    )
    trained.encoder.save(folder)
    return {"epochs": list(trained.epochs)}


def fit_sources(
    report: Report, config: RecallConfig, features: Path, split: Path, clock: Clock, later: bool, folder: Path
) -> Mapping[str, Any]:
    """All other sources, the weights of all, and both views on disk; `later` steps are counted in what serves."""
    from recsys.models.sequence.encoder import SequenceEncoder
    from recsys.recall.fitting import fit_recall, refit_counts, tune_fusion
    from recsys.recall.fusion import Fusion

    catalogue, train, valid = read_behaviour(features, split)
    steps = read_parts(split / "steps")
    encoder = SequenceEncoder.load(folder / "sequence")
    rank = fit_recall(catalogue, train, encoder, config, clock=clock)
    report(1, 3, "weights")
    tuned = tune_fusion(rank.sources, valid, len(catalogue), config.fusion)
    fusion = Fusion({mode: found.weights for mode, found in tuned.items()})
    report(2, 3, "serving")
    serving = rank
    if later:
        seen = Sequences.from_steps(steps.filter(pc.less(steps["fold"], TEST)), len(catalogue))
        serving = refit_counts(rank, catalogue, seen, config, clock=clock)
    for name, view in (("rank", rank), ("serving", serving)):
        view.save(folder / name)
        fusion.save(folder / name / "fusion.json")
    return {"weights": fusion.tuned, "tuned": {mode: found._asdict() for mode, found in tuned.items()}}
