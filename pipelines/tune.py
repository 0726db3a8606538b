"""tune: a small search for better settings of the sequence model; writes the file that `train_recall --config` takes.

Optuna proposes (tree-structured Parzen estimator), ASHA stops what falls behind, actors are reused. Each trial needs
one CPU for itself; trials read their data from files, so that none waits for another.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from pipelines.plan import command
from pipelines.running.code_version import code_version
from pipelines.running.job import Job
from pipelines.running.lineage import Inputs, current, keys
from pipelines.training.behaviour import read_behaviour
from recsys.artifacts import Artifact, Recipe, Workspace
from recsys.config import HOW, Config
from recsys.errors import WrongConfig
from recsys.recall.config import RecallConfig

METRIC = "ndcg_at_10"


class Range(Config):
    """Numbers between two bounds."""

    low: float
    """The least."""
    high: float
    """The largest."""
    log: bool = False
    """Whether orders of magnitude are equally likely."""


SPACE: dict[str, list[float] | Range] = {
    "sequence.width": [32, 64, 128],
    "sequence.dropout": Range(low=0.1, high=0.6),
    "sequence.temperature": Range(low=0.04, high=0.15, log=True),
    "sequence.learning_rate": Range(low=3e-4, high=5e-3, log=True),
    "sequence.content_scale": [1, 2, 4, 8],
}


class TuneConfig(Config):
    """Settings of `tune`."""

    trials: int = Field(6, ge=1)
    """Settings that are tried."""
    epochs: int = Field(8, ge=1)
    """Most passes of a trial."""
    grace: int = Field(2, ge=1)
    """Passes that every trial gets."""
    concurrent: Annotated[int, HOW] = Field(2, ge=1)
    """Trials at the same time, one CPU each."""
    space: dict[str, list[float] | Range] = SPACE
    """Dotted setting of `train_recall` -> values, or a range."""
    base: RecallConfig = RecallConfig()
    """What is not searched."""
    seed: int = 0
    """Of the proposals."""

    @model_validator(mode="after")
    def _fits(self) -> TuneConfig:
        """Every key of the space is a setting."""
        for key, values in self.space.items():
            self.base.updated({key: values.low if isinstance(values, Range) else values[0]})
        return self


def recipe(inputs: Inputs, config: TuneConfig) -> Recipe:
    return Recipe("sweep", config.decisive(), code_version("recsys.recall.fitting", __name__), parents=keys(inputs))


def run(workspace: Workspace, config: TuneConfig, job: Job) -> Artifact:
    """Also says what was found and how to use it."""
    inputs = current(workspace, "features", "split")
    artifact = job.make(workspace, recipe(inputs, config), partial(_fill, inputs, config, job))
    workspace.point("sweep", artifact.key)
    best = artifact.manifest.metrics
    job.console.print(f"best {METRIC} {best[METRIC]:.4f}: {best['settings']}", soft_wrap=True)
    job.console.print(f"use it: {command('train_recall')} --config {artifact.path / 'sequence.json'}", soft_wrap=True)
    return artifact


def _fill(inputs: Inputs, config: TuneConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    items, split = inputs["features"].path / "items.parquet", inputs["split"].path
    results = _sweep(config, job, items, split, folder / "scratch")
    shutil.rmtree(folder / "scratch", ignore_errors=True)
    trials = [_about(result) for result in results]
    (folder / "trials.json").write_text(json.dumps(trials, indent=1), "utf-8")
    done = [trial for trial in trials if trial[METRIC] is not None]
    if not done:
        raise WrongConfig("tune", "at least one trial that ends", [result.error for result in results][:1])
    best = max(done, key=lambda trial: float(trial[METRIC]))
    chosen = config.base.updated(best["settings"])
    (folder / "sequence.json").write_text(chosen.model_dump_json(indent=1), "utf-8")
    return {**best, "trials": len(trials)}


def _sweep(config: TuneConfig, job: Job, items: Path, split: Path, work: Path) -> Any:
    """Ray Tune's results, one a trial."""
    job.session.start()
    from ray import tune
    from ray.tune.schedulers import ASHAScheduler
    from ray.tune.search.optuna import OptunaSearch

    logging.getLogger("optuna").setLevel(logging.WARNING)
    space = {
        key: tune.choice(one)
        if isinstance(one, list)
        else (tune.loguniform if one.log else tune.uniform)(one.low, one.high)
        for key, one in config.space.items()
    }
    trial = partial(
        train_trial, base=config.base.model_dump(mode="json"), epochs=config.epochs, items=items, split=split
    )
    tuner = tune.Tuner(
        tune.with_resources(trial, {"cpu": 1}),
        param_space=space,
        tune_config=tune.TuneConfig(
            metric=METRIC,
            mode="max",
            num_samples=config.trials,
            max_concurrent_trials=config.concurrent,
            search_alg=OptunaSearch(seed=config.seed),
            scheduler=ASHAScheduler(max_t=config.epochs, grace_period=min(config.grace, config.epochs)),
            reuse_actors=True,
        ),
        run_config=tune.RunConfig(name="sequence", storage_path=str(work), verbose=0),
    )
    with job.bar("tune", config.trials):
        return tuner.fit()


def train_trial(settings: dict[str, Any], *, base: dict[str, Any], epochs: int, items: Path, split: Path) -> None:
    """One setting: the training function of `train_recall`, told to Tune pass by pass."""
    from ray import tune

    from recsys.recall.fitting import train_sequence

    config = RecallConfig.parse(base).updated({**settings, "sequence.epochs": epochs})
    behaviour = read_behaviour(items, split)

    def on_epoch(epoch: int, metrics: Mapping[str, float]) -> bool:
        tune.report(dict(metrics))
        return False

    train_sequence(behaviour.catalogue, behaviour.train, behaviour.valid, config, on_epoch=on_epoch)


def _about(result: Any) -> dict[str, Any]:
    """Settings of a trial, its best pass, and how far it got."""
    history = result.metrics_dataframe
    scores = [] if history is None else [float(value) for value in history[METRIC]]
    return {"settings": dict(result.config), METRIC: max(scores, default=None), "passes": len(scores)}
