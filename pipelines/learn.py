"""learn: what the served shop was told becomes training data, and the live release learns from it.

The store's events, credited by `credit`, go on from the log of the live release. Features, folds, everything that
counts behaviour (co-visitation, two hops, popularity, freshness), the weights of recall and the ranker are then made
again and released. The catalogue, texts, vectors, indexes and the sequence encoder stay those of the live release.
Nothing is current that was not before, unless all of it succeeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import Field

from pipelines import credit, featurize, release, split, train_ranker, train_recall
from pipelines.featurize import FeaturizeConfig
from pipelines.plan import PARTS, command
from pipelines.release import ReleaseConfig
from pipelines.releasing.content import ContentConfig
from pipelines.running.course import Course
from pipelines.running.job import Job
from pipelines.running.store_log import StoreLogConfig
from pipelines.split import SplitConfig
from pipelines.train_ranker import TrainRankerConfig
from pipelines.train_recall import TrainRecallConfig
from recsys.artifacts import Artifact, Workspace
from recsys.config import Config
from recsys.errors import WrongArtifact, WrongConfig
from recsys.feedback.attribution import CREDITS
from recsys.splits import time_cuts

C = TypeVar("C", bound=Config)
REFRESHED = "folds, co-visitation, two hops, popularity, freshness, weights of recall, ranker"
BUILD = f"Run: {command('build')}"
KEPT = "catalogue, text encoder, vectors, indexes, sequence encoder"


class LearnConfig(StoreLogConfig):
    """Settings of `learn`."""

    test_share: float = Field(0.1, ge=0, lt=1)
    """Of the served steps, the newest, that nothing learns from: what the new release is judged by."""
    count_unproven: bool = False
    """Whether events weigh that nothing proves: shoppers' own, of an item that no slate of theirs had."""


def run(workspace: Workspace, config: LearnConfig, job: Job) -> Artifact:
    """Returns the new release, or the live one where the store has nothing to learn from, and says what was learned."""
    live = workspace.current("release")
    parts = {kind: workspace.parent(live, kind) for kind in PARTS}
    trained = settings_of(parts["recall"], TrainRecallConfig), settings_of(parts["ranker"], TrainRankerConfig)
    course = Course(workspace, job, parts)
    served = credit.make(workspace, course.inputs("credit"), config, job)
    if served is None:
        job.console.print("learn: the store has no events before this moment; nothing changes", soft_wrap=True)
        return live
    course.add(served)
    content = {name: value for name, value in live.manifest.config.items() if name in ContentConfig.model_fields}
    course.run(featurize, FeaturizeConfig(count_unproven=config.count_unproven), served=served)
    course.run(split, _split_config(parts["split"], served.manifest.metrics, config))
    course.run(train_recall, trained[0], **_keeper(workspace, parts["recall"]))
    course.run(train_ranker, trained[1])
    made = course.add(release.publish(workspace, course.inputs("release"), ReleaseConfig.parse(content), job))
    course.point("served", *PARTS)
    job.console.print(_summary(served.manifest.metrics, live, made), soft_wrap=True)
    return made


def settings_of(artifact: Artifact, kind: type[C]) -> C:
    """The settings that an artifact was made with. Raises WrongArtifact where another version had others."""
    try:
        return kind.parse(artifact.manifest.config)
    except WrongConfig as error:
        raise WrongArtifact(f"{artifact.path}: config", f"{kind.__name__} of this version", error, BUILD) from None


def _keeper(workspace: Workspace, recall: Artifact) -> dict[str, Artifact]:
    """As `sequence`, the `recall` whose sequence encoder stays: the one that trained it, if there was a log to."""
    keeper = workspace.parent(recall, "sequence", "recall") if "sequence" in recall.manifest.parents else recall
    return {"sequence": keeper} if keeper.manifest.metrics["epochs"] else {}


def _split_config(old: Artifact, served: Mapping[str, Any], config: LearnConfig) -> SplitConfig:
    """Train ends where it ended for the encoders that are kept: they must not have seen what ranking learns from."""
    before, until_s = settings_of(old, SplitConfig), None
    if not any(old.manifest.metrics["steps"].values()):
        return SplitConfig(by="time")  # a shop that had no log: nothing has seen anything
    if before.by == "moments":  # the live release has learned before
        until_s = before.train_until_s
    else:
        cuts = old.manifest.metrics["cuts_s"]
        until_s = cuts[0] if cuts else served["since_s"] - 1e-6
    shares = 1.0 - config.test_share, 0.0, 0.0
    cut = float(time_cuts(served["step_times"], served["steps"], shares)[0]) if config.test_share else None
    newest = cut if sum(served["steps"]) else None
    return SplitConfig(by="moments", train_until_s=until_s, test_after_s=newest, valid_share=before.valid_share)


def _summary(metrics: Mapping[str, Any], live: Artifact, made: Artifact) -> str:
    counts = metrics["counts"]
    outcomes = sum(counts[name] for name in CREDITS)
    by = ", ".join(f"{name.replace('_', ' ')} {counts[name]:,}" for name in CREDITS)
    away = sum(metrics["reasons"].values())
    named = ", ".join(f"{reason} {count:,}" for reason, count in sorted(metrics["reasons"].items()))
    why = f" ({named})" if named else ""
    after = f"release {made.key} after {live.key}" if made.key != live.key else f"release {made.key}, as before"
    return (
        f"learned from {counts['impressions']:,} impressions and {outcomes:,} outcomes ({by}); {away:,} rows in "
        f"quarantine{why}; {counts['unproven']:,} events unproven\nrefreshed: {REFRESHED}\nkept: {KEPT}\n{after}"
    )
