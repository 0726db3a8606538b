"""learn: what the served shop was told becomes training data, and the live release learns from it.

Events and impressions are taken from the store up to a moment, checked as `clean` checks, and credited to the slates
that they came from; all of it anew each time, so that late events are right. They go on from the log of the live
release. Features, folds, everything that counts behaviour (co-visitation, two hops, popularity, freshness), the weights
of recall and the ranker are then made again and released. The catalogue, texts, vectors, indexes and the sequence
encoder stay those of the live release.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import Field

from pipelines import featurize, release, split, train_ranker, train_recall
from pipelines.clean import write_quarantine
from pipelines.featurize import FeaturizeConfig
from pipelines.release import ReleaseConfig
from pipelines.releasing.content import ContentConfig
from pipelines.running.job import Job
from pipelines.running.parts import part_files, part_name
from pipelines.running.store_log import StoreLog, StoreLogConfig, exported, opened
from pipelines.split import SplitConfig
from pipelines.train_ranker import TrainRankerConfig
from pipelines.train_recall import TrainRecallConfig
from recsys.artifacts import Artifact, Recipe, Workspace, code_version
from recsys.datasets.cleaning import CleaningConfig, bots, clean_events, reasons, suspicious_counts
from recsys.errors import WrongData
from recsys.feedback.attribution import CREDIT, CREDITS, attribute
from recsys.schema import FEEDBACK_KINDS
from recsys.splits import sample_times, time_cuts

REFRESHED = "folds, co-visitation, two hops, popularity, freshness, weights of recall, ranker"
SAMPLE = 64
"""Times of steps that a part hands on, for the moment after which the test begins."""
KEPT = "catalogue, text encoder, vectors, indexes, sequence encoder"


class LearnConfig(StoreLogConfig):
    """Settings of `learn`."""

    test_share: float = Field(0.1, ge=0, lt=1)
    """Of the served steps, the newest, that nothing learns from: what the new release is judged by."""


def recipe(workspace: Workspace, config: LearnConfig, log: StoreLog) -> Recipe:
    """Of the served events: the rows of the store, the catalogue and rules that judge them, and the window."""
    clean = workspace.current("clean")
    settings = {"window_s": config.window_s, "until_s": log.until_s}
    code = code_version("recsys.feedback.attribution", __name__)
    return Recipe("served", settings, code, parents={"clean": clean.key}, inputs={"store": log.digest})


def run(workspace: Workspace, config: LearnConfig, job: Job) -> Artifact:
    """Returns the new release, or the live one where the store has nothing to learn from, and says what was learned."""
    live = workspace.current("release")
    num_parts = len(part_files(workspace.parent(live, "clean").path / "events"))
    with (
        opened(workspace, config.store_url) as engine,
        exported(workspace, engine, "served", num_parts, config.until_s) as log,
    ):
        if log.num_rows == 0:
            job.console.print("learn: the store has no events before this moment; nothing changes", soft_wrap=True)
            return live
        return _learn(workspace, config, job, live, log)


def _learn(workspace: Workspace, config: LearnConfig, job: Job, live: Artifact, log: StoreLog) -> Artifact:
    started_from = {kind: workspace.parent(live, kind) for kind in release.PARENTS}
    for kind, artifact in started_from.items():
        workspace.point(kind, artifact.key)  # whatever was tried since the live release was made
    served = job.step(workspace, recipe(workspace, config, log), partial(_fill, workspace, config, job, log))
    featurize.run(workspace, FeaturizeConfig(served=served.key), job)
    split.run(workspace, _split_config(started_from["split"], served.manifest.metrics, config), job)
    train_recall.run(workspace, _recall_config(started_from["recall"]), job)
    train_ranker.run(workspace, TrainRankerConfig.parse(started_from["ranker"].manifest.config), job)
    content = {name: value for name, value in live.manifest.config.items() if name in ContentConfig.model_fields}
    made = release.run(workspace, ReleaseConfig.parse(content), job)
    job.console.print(_summary(served.manifest.metrics, live, made), soft_wrap=True)
    return made


def _split_config(old: Artifact, served: Mapping[str, Any], config: LearnConfig) -> SplitConfig:
    """Train ends where it ended for the encoders that are kept: they must not have seen what ranking learns from."""
    before = SplitConfig.parse(old.manifest.config)
    if before.train_until_s is None:  # the live release has not learned before
        cuts = old.manifest.metrics["cuts_s"]
        before = before.updated({"train_until_s": cuts[0] if cuts else served["since_s"] - 1e-6})
    shares = 1.0 - config.test_share, 0.0, 0.0
    cut = float(time_cuts(served["step_times"], served["steps"], shares)[0]) if config.test_share else None
    return before.updated({"by": "moments", "test_after_s": cut if sum(served["steps"]) else None})


def _recall_config(old: Artifact) -> TrainRecallConfig:
    config = TrainRecallConfig.parse(old.manifest.config)
    return config if config.sequence_from else config.updated({"sequence_from": old.key})


def _fill(workspace: Workspace, config: LearnConfig, job: Job, log: StoreLog, folder: Path) -> Mapping[str, Any]:
    clean = workspace.current("clean")
    rules = CleaningConfig.parse(clean.manifest.config["rules"])
    for name in ("events", "quarantine"):
        (folder / name).mkdir()
    kernel = partial(serve_part, clean.path, folder, rules, config.window_s)
    rows = job.files("learn: served", log.files, kernel)
    counts = _added(rows, "counts")
    if not counts.get("kept"):
        why = ", ".join(f"{reason} {count}" for reason, count in _added(rows, "reasons").items())
        raise WrongData("store", "at least one event that can be kept", why)
    return {
        "since_s": min(row["since_s"] for row in rows),
        "until_s": log.until_s,
        "rows": log.num_rows,
        "counts": counts,
        "reasons": _added(rows, "reasons"),
        "step_times": [row["step_times"] for row in rows],
        "steps": [row["steps"] for row in rows],
    }


def serve_part(
    clean: Path, folder: Path, rules: CleaningConfig, window_s: float, path: Path, part: int
) -> Mapping[str, Any]:
    """All served events of some users: checked, credited, and written as canonical events on the clock of the log."""
    item_ids = pq.read_table(clean / "items.parquet", columns=["item_id"])["item_id"].combine_chunks()
    raw = pq.read_table(path)
    cleaned = clean_events(raw, item_ids, bots(suspicious_counts(raw), rules), rules)
    credited = attribute(cleaned.kept, window_s=window_s)
    write_quarantine(cleaned.quarantined, folder / "quarantine" / part_name(part))
    pq.write_table(credited.drop_columns([CREDIT.name]), folder / "events" / part_name(part))
    counts = {"kept": credited.num_rows, "impressions": pc.sum(pc.equal(credited["kind"], "impression")).as_py() or 0}
    counts |= {name: pc.sum(pc.equal(credited[CREDIT.name], name)).as_py() or 0 for name in CREDITS}
    at_s = credited["at"].cast(pa.int64()).to_numpy() / 1e6
    chosen = at_s[pc.is_in(credited["kind"], value_set=pa.array(FEEDBACK_KINDS)).to_numpy()]
    return {
        "counts": json.dumps(counts),
        "reasons": json.dumps(reasons(cleaned.quarantined)),
        "steps": len(chosen),
        "step_times": sample_times(chosen, SAMPLE).tolist(),
        "since_s": float(at_s.min(initial=np.inf)),
    }


def _added(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, int]:
    total: Counter[str] = Counter()
    for row in rows:
        total.update(json.loads(row[name]))
    return dict(total)


def _summary(metrics: Mapping[str, Any], live: Artifact, made: Artifact) -> str:
    counts = metrics["counts"]
    outcomes = sum(counts[name] for name in CREDITS)
    by = ", ".join(f"{name.replace('_', ' ')} {counts[name]:,}" for name in CREDITS)
    away = sum(metrics["reasons"].values())
    after = f"release {made.key} after {live.key}" if made.key != live.key else f"release {made.key}, as before"
    return (
        f"learned from {counts['impressions']:,} impressions and {outcomes:,} outcomes ({by}); {away:,} rows in "
        f"quarantine\nrefreshed: {REFRESHED}\nkept: {KEPT}\n{after}"
    )
