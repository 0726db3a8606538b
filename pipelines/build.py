"""build: the whole job, in the right order; what is finished is found and costs milliseconds.

Without `clean.data` the simulated shop is made first. Settings of a verb are under its name: `split.by=time`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.table import Table

from pipelines.build_index import BuildIndexConfig
from pipelines.clean import CleanConfig
from pipelines.embed import EmbedConfig
from pipelines.evaluate import EvaluateConfig
from pipelines.featurize import FeaturizeConfig
from pipelines.finetune import FinetuneConfig
from pipelines.job import Job
from pipelines.pretrain import PretrainConfig
from pipelines.release import ReleaseConfig
from pipelines.simulate import SimulateConfig
from pipelines.split import SplitConfig
from pipelines.train_ranker import TrainRankerConfig
from pipelines.train_recall import TrainRecallConfig
from recsys.artifacts import Artifact, Workspace
from recsys.config import Config


class BuildConfig(Config):
    """Settings of every verb; `data` and `mapping` are those of `clean`."""

    data: Path | None = None
    """Folder of a shop's own data; without it the simulated shop is built."""
    mapping: Path | None = None
    """YAML or JSON file that says which columns of the data mean what."""
    out: Path | None = None
    """Folder for the report and the TREC files, besides the workspace."""
    report: bool = True
    """Whether to end with `evaluate`."""
    simulate: SimulateConfig = SimulateConfig()
    """The simulated shop."""
    clean: CleanConfig = CleanConfig()
    """Cleaning."""
    featurize: FeaturizeConfig = FeaturizeConfig()
    """Features."""
    split: SplitConfig = SplitConfig()
    """Folds."""
    pretrain: PretrainConfig = PretrainConfig()
    """The text encoder on the catalogue."""
    finetune: FinetuneConfig = FinetuneConfig()
    """The text encoder on behaviour."""
    embed: EmbedConfig = EmbedConfig()
    """Vectors of items."""
    build_index: BuildIndexConfig = BuildIndexConfig()
    """Indexes."""
    train_recall: TrainRecallConfig = TrainRecallConfig()
    """Recall models."""
    train_ranker: TrainRankerConfig = TrainRankerConfig()
    """Ranking models."""
    release: ReleaseConfig = ReleaseConfig()
    """The release."""
    evaluate: EvaluateConfig = EvaluateConfig()
    """The report."""


def run(workspace: Workspace, config: BuildConfig, job: Job) -> Artifact:
    """Run every verb, and print how long each took. Returns the release."""
    started = time.perf_counter()
    done: dict[str, Artifact] = {}
    for name, settings in _plan(config):
        verb: Callable[[Workspace, Any, Job], Artifact] = import_module(f"pipelines.{name}").run
        done[name] = verb(workspace, settings, job)
    job.console.print(_times(job.seconds, time.perf_counter() - started))
    return done["release"]


def _plan(config: BuildConfig) -> list[tuple[str, Config]]:
    clean = config.clean.updated({
        name: str(path) for name in ("data", "mapping") if (path := getattr(config, name)) is not None
    })  # fmt: skip
    plan: list[tuple[str, Config]] = [] if clean.data is not None else [("simulate", config.simulate)]
    plan += [("clean", clean)]
    names = (
        "featurize", "split", "pretrain", "finetune", "embed", "build_index", "train_recall", "train_ranker", "release",
    )  # fmt: skip
    plan += [(name, getattr(config, name)) for name in names]
    if config.report:
        out = {} if config.out is None else {"out": str(config.out)}
        plan += [("evaluate", config.evaluate.updated(out))]
    return plan


def _times(seconds: dict[str, float], total: float) -> Table:
    table = Table("step", "seconds", header_style="bold")
    for name, value in seconds.items():
        table.add_row(name, f"{value:.1f}")
    table.add_row("[bold]all", f"[bold]{total:.1f}")
    return table
