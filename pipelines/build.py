"""build: the whole job, in the right order; what is finished is found and costs milliseconds.

Without `clean.data` the simulated shop is made first. Settings of a verb are under its name: `split.by=time`.
"""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from rich.table import Table

from pipelines import (
    build_index,
    clean,
    embed,
    evaluate,
    featurize,
    finetune,
    pretrain,
    put_campaigns,
    release,
    simulate,
    simulate_campaigns,
    split,
    train_ranker,
    train_recall,
)
from pipelines.build_index import BuildIndexConfig
from pipelines.clean import CleanConfig
from pipelines.embed import EmbedConfig
from pipelines.evaluate import EvaluateConfig
from pipelines.featurize import FeaturizeConfig
from pipelines.finetune import FinetuneConfig
from pipelines.plan import command
from pipelines.pretrain import PretrainConfig
from pipelines.put_campaigns import PutCampaignsConfig
from pipelines.release import ReleaseConfig
from pipelines.running.course import Course
from pipelines.running.job import Job, parallel
from pipelines.simulate import SimulateConfig
from pipelines.simulate_campaigns import SimulateCampaignsConfig
from pipelines.split import SplitConfig
from pipelines.train_ranker import TrainRankerConfig
from pipelines.train_recall import TrainRecallConfig
from recsys.artifacts import Artifact, Workspace
from recsys.config import Config
from recsys.errors import WrongArtifact


class BuildConfig(Config):
    """Settings of every verb; `data` and `mapping` are those of `clean`, `synonyms` that of `build_index`."""

    data: Path | None = None
    """Folder of a shop's own data; without it the simulated shop is built."""
    mapping: Path | None = None
    """YAML or JSON file that says which columns of the data mean what."""
    synonyms: Path | None = None
    """File of words that stand for each other."""
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
    simulate_campaigns: SimulateCampaignsConfig = SimulateCampaignsConfig()
    """Campaigns for a shop whose data has none, with `simulate.campaigns=true`."""
    put_campaigns: PutCampaignsConfig = PutCampaignsConfig()
    """The campaigns into the store."""
    evaluate: EvaluateConfig = EvaluateConfig()
    """The report."""


def run(workspace: Workspace, config: BuildConfig, job: Job) -> Artifact:
    """Run every verb, and print how long each took. Returns the release.

    What reads texts and what reads behaviour do not need each other, and run at the same time.
    """
    started, learned, course = time.perf_counter(), _learned(workspace), Building(workspace, job)
    _build_data(course, config)
    texts, behaviour = partial(_build_texts, course, config), partial(_build_recall, course, config)
    parallel({"texts": texts, "behaviour": behaviour})
    course.run(train_ranker, config.train_ranker)
    made = course.add(release.publish(workspace, course.inputs("release"), config.release, job))
    _put_campaigns(course, config)
    if learned not in (None, made.key):
        job.console.print(
            f"release {learned} had learned from what it served; to learn that again: {command('learn')}",
            soft_wrap=True,
        )
    if config.report:
        judging = config.evaluate.updated(_given(out=config.out))
        course.add(evaluate.make(workspace, course.inputs("evaluate"), judging, job))
    job.console.print(_times(job.seconds, time.perf_counter() - started))
    return made


class Building(Course):
    """A course whose every artifact is current as soon as it is made, so that single verbs may go on from there."""

    def add(self, artifact: Artifact) -> Artifact:
        self.workspace.point(artifact.manifest.kind, artifact.key)
        return super().add(artifact)


def _build_data(course: Course, config: BuildConfig) -> None:
    cleaning = config.clean.updated(_given(data=config.data, mapping=config.mapping))
    inputs = {} if cleaning.data else {"raw": course.run(simulate, config.simulate)}
    course.add(clean.make(course.workspace, inputs, cleaning, course.job))
    course.run(featurize, config.featurize)
    course.run(split, config.split)


def _build_texts(course: Course, config: BuildConfig) -> None:
    course.run(pretrain, config.pretrain)
    course.run(finetune, config.finetune)
    course.run(embed, config.embed)
    course.run(build_index, config.build_index.updated(_given(synonyms=config.synonyms)))


def _build_recall(course: Course, config: BuildConfig) -> None:
    course.run(train_recall, config.train_recall)


def _put_campaigns(course: Course, config: BuildConfig) -> None:
    """Those of the data; made up ones where there are none and somebody asked for them."""
    source = course.made["clean"]
    none = not source.manifest.metrics["tables"]["campaigns"]["kept"]
    if none and config.simulate.campaigns and config.simulate_campaigns.num_advertisers:
        source = course.run(simulate_campaigns, config.simulate_campaigns)
    put_campaigns.put(course.workspace, source.path, config.put_campaigns, course.job)


def _learned(workspace: Workspace) -> str | None:
    """Key of the live release if it was made by `learn`."""
    try:
        live = workspace.current("release")
        features = workspace.parent(live, "features")
    except WrongArtifact:  # none, or a damaged one: this build makes another
        return None
    return live.key if "served" in features.manifest.parents else None


def _given(**paths: Path | None) -> dict[str, str]:
    """Paths that were given for all verbs."""
    return {name: str(path) for name, path in paths.items() if path is not None}


def _times(seconds: dict[str, float], total: float) -> Table:
    table = Table("step", "seconds", header_style="bold")
    for name, value in seconds.items():
        table.add_row(name, f"{value:.1f}")
    table.add_row("[bold]all", f"[bold]{total:.1f}")  # less than the sum: some ran at the same time
    return table
