"""build: the whole job, in the right order; what is finished is found and costs milliseconds.

Without `clean.data` the simulated shop is made first. Settings of a verb are under its name: `split.by=time`.
"""

from __future__ import annotations

import time
from functools import partial
from importlib import import_module
from pathlib import Path

from rich.table import Table

from pipelines.build_index import BuildIndexConfig
from pipelines.clean import CleanConfig
from pipelines.embed import EmbedConfig
from pipelines.evaluate import EvaluateConfig
from pipelines.featurize import FeaturizeConfig
from pipelines.finetune import FinetuneConfig
from pipelines.pretrain import PretrainConfig
from pipelines.release import ReleaseConfig
from pipelines.releasing.history import live_key
from pipelines.running.job import Job, parallel
from pipelines.simulate import SimulateConfig
from pipelines.split import SplitConfig
from pipelines.train_ranker import TrainRankerConfig
from pipelines.train_recall import TrainRecallConfig
from recsys.artifacts import Artifact, Workspace
from recsys.config import Config
from recsys.errors import WrongArtifact


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


TEXTS = ("pretrain", "finetune", "embed", "build_index")


def run(workspace: Workspace, config: BuildConfig, job: Job) -> Artifact:
    """Run every verb, and print how long each took. Returns the release.

    What reads texts and what reads behaviour do not need each other, and run at the same time.
    """
    started, learned = time.perf_counter(), _learned(workspace)

    def verbs(*names: str) -> list[Artifact]:
        return [import_module(f"pipelines.{name}").run(workspace, _settings(config, name), job) for name in names]

    simulated = () if _settings(config, "clean").model_dump()["data"] else ("simulate",)
    verbs(*simulated, "clean", "featurize", "split")
    parallel({"texts": partial(verbs, *TEXTS), "behaviour": partial(verbs, "train_recall")})
    _, release = verbs("train_ranker", "release")
    if learned not in (None, release.key):
        job.console.print(
            f"release {learned} had learned from what it served; to learn that again: python -m pipelines learn",
            soft_wrap=True,
        )
    verbs(*(("evaluate",) if config.report else ()))
    job.console.print(_times(job.seconds, time.perf_counter() - started))
    return release


def _learned(workspace: Workspace) -> str | None:
    """Key of the live release if it was made by `learn`."""
    key = live_key(workspace)
    try:
        features = workspace.parent(workspace.current("release"), "features")
    except WrongArtifact:  # none, or a damaged one: this build makes another
        return None
    return key if "served" in features.manifest.parents else None


def _settings(config: BuildConfig, name: str) -> Config:
    """Those of one verb, with the paths that were given for all."""
    given = {"clean": {"data": config.data, "mapping": config.mapping}, "evaluate": {"out": config.out}}
    paths = {key: str(path) for key, path in given.get(name, {}).items() if path is not None}
    settings: Config = getattr(config, name)
    return settings.updated(paths)


def _times(seconds: dict[str, float], total: float) -> Table:
    table = Table("step", "seconds", header_style="bold")
    for name, value in seconds.items():
        table.add_row(name, f"{value:.1f}")
    table.add_row("[bold]all", f"[bold]{total:.1f}")  # less than the sum: some ran at the same time
    return table
