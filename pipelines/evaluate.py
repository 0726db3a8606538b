"""evaluate: what the release is worth, as one page, as JSON, and as files that outside tools can check.

report.html report.json        the same figures
run.trec qrels.trec            the served list of each test user, and what the user chose

With `--online` it is the job `online` instead: the daily table of what the served shop brought.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field

from pipelines.evaluation.by_events import by_events, events_before, few_events
from pipelines.evaluation.demands import searches
from pipelines.evaluation.figures import losses, orders, quantiles, recommendation, stages
from pipelines.evaluation.glossary import WORDS
from pipelines.evaluation.reranking import by_people
from pipelines.evaluation.trec import write_qrels, write_run
from pipelines.evaluation.verdict import verdict
from pipelines.evaluation.worth import worth_of_choice
from pipelines.running.code_version import code_version
from pipelines.running.job import Job
from pipelines.running.lineage import Inputs, current, keys, simulation
from pipelines.running.parts import read_parts
from recsys.artifacts import Artifact, Recipe, Workspace
from recsys.config import HOW, Config
from recsys.datasets.sequence_txt import ALIASES_FILE
from recsys.features.catalogue import Catalogue

FILES = ("report.html", "report.json", "run.trec", "qrels.trec")


class EvaluateConfig(Config):
    """Settings of `evaluate`."""

    out: Annotated[Path | None, HOW] = None
    """Folder that gets a copy of the report and the TREC files."""
    users: int = Field(0, ge=0)
    """Test users that are answered, drawn at random; 0 means all."""
    staged_users: int = Field(600, ge=0)
    """Of these, users for whom every recall source is judged alone as well."""
    slates: int = Field(1500, ge=1)
    """Test slates that the ranker's chances are checked on, and as many clicked ones that are asked again."""
    searches: int = Field(1000, ge=0)
    """Searches of the log, most frequent first, that the index is asked for matches."""
    wanted: Annotated[Path | None, HOW] = None
    """JSON lines: searches with what must come, in the form of `benchmarks/shopper_queries.md`."""
    queries: int = Field(300, ge=0)
    """New searches of the simulated shop."""
    sessions: int = Field(300, ge=0)
    """Closed-loop sessions of the simulated shop."""
    num_parts: Annotated[int, HOW] = Field(2, ge=1)
    """Ray tasks that share the users."""


def recipe(inputs: Inputs, config: EvaluateConfig) -> Recipe:
    code = code_version("recsys.funnel", "pipelines.evaluation.simulated", __name__)
    listed = {}
    if config.wanted is not None:
        listed["wanted"] = hashlib.sha256(json.dumps(searches(config.wanted)).encode()).hexdigest()
    return Recipe("report", config.decisive(), code, parents=keys(inputs), inputs=listed)


def run(workspace: Workspace, config: EvaluateConfig, job: Job) -> Artifact:
    """Judge the live release; its report becomes the current one."""
    artifact = make(workspace, current(workspace, "release", "split"), config, job)
    workspace.point("report", artifact.key)
    return artifact


def make(workspace: Workspace, inputs: Inputs, config: EvaluateConfig, job: Job) -> Artifact:
    """Also copies the files to `out` and says where they are."""
    artifact = job.make(workspace, recipe(inputs, config), partial(_fill, workspace, inputs, config, job))
    folder = artifact.path
    if config.out is not None:
        folder = config.out
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(artifact.path / name, folder / name)
    job.console.print(f"report: {folder / 'report.html'}", soft_wrap=True)
    return artifact


def _fill(workspace: Workspace, inputs: Inputs, config: EvaluateConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    from pipelines.evaluation.report import render

    cases = _answer(workspace, inputs, config, job, folder / "cases")
    figures = finite(_figures(workspace, inputs, config, job, cases))
    (folder / "report.json").write_text(json.dumps(figures, indent=1, ensure_ascii=False), "utf-8")
    (folder / "report.html").write_text(render(figures), "utf-8")
    users = cases["user_id"].to_pylist()
    write_run(folder / "run.trec", dict(zip(users, cases["items"].to_pylist(), strict=True)))
    write_qrels(folder / "qrels.trec", {u: [t] for u, t in zip(users, cases["target_id"].to_pylist(), strict=True)})
    shutil.rmtree(folder / "cases")
    return {name: figures["recommendation"][name] for name in figures["recommendation"]}


def _answer(workspace: Workspace, inputs: Inputs, config: EvaluateConfig, job: Job, folder: Path) -> pa.Table:
    """One row a test user; the driver holds these and nothing larger."""
    from pipelines.evaluation.recommendation import judge_part

    folder.mkdir()
    kernel = partial(
        judge_part,
        workspace.root,
        inputs["release"].key,
        config.num_parts,
        config.users,
        config.staged_users,
        folder,
    )
    job.files("evaluate: users", [inputs["split"].path] * config.num_parts, kernel)
    return read_parts(folder)


def _figures(workspace: Workspace, inputs: Inputs, config: EvaluateConfig, job: Job, cases: pa.Table) -> dict[str, Any]:
    release, split = inputs["release"], inputs["split"]
    features = workspace.parent(release, "features")
    catalogue = Catalogue.open(features.path)
    by_time = split.manifest.metrics["by"] != "leave_one_out"
    figures: dict[str, Any] = {
        "release": release.key,
        "verdict": verdict(cases, worth_of_choice(split.path, features.path), release.manifest.metrics.get("gate")),
        "glossary": WORDS,
        "protocol": _protocol(by_time),
        "recommendation": recommendation(cases),
        "stages": stages(cases),
        "buckets": by_events(cases, split.path, catalogue),
        "few_events": few_events(cases, split.path, catalogue),
        "groups": None if by_time else orders(cases, workspace.parent(release, "clean").path / ALIASES_FILE),
        "latency_ms": quantiles(cases),
        "losses": losses(workspace, release),
        "artifacts": {**release.manifest.parents, "release": release.key},
        "machine": {"processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version()},
    }
    ranker = workspace.parent(release, "ranker").manifest.metrics
    figures["ranking_note"] = ranker.get("passthrough")
    tasks = _tasks(workspace, inputs, config, job)
    surfaces = tasks.pop("surfaces") or {"rows": []}
    figures["served_and_fused"] = [*surfaces["rows"], *by_people(cases, events_before(split.path, len(catalogue)))]
    return {**figures, **tasks, "data": _data(workspace, release)}


def _tasks(workspace: Workspace, inputs: Inputs, config: EvaluateConfig, job: Job) -> dict[str, Any]:
    """What is measured besides the served lists, at the same time."""
    from pipelines.evaluation.prediction import judge_predictions
    from pipelines.evaluation.surfaces import judge_surfaces
    from pipelines.evaluation.unanswered import judge_searches

    release, split = inputs["release"], inputs["split"]
    work: dict[str, tuple[Callable[..., Mapping[str, Any]], Sequence[Any]]] = {
        "prediction": (judge_predictions, (workspace.root, release.key, split.path, config.slates)),
        "surfaces": (judge_surfaces, (workspace.root, release.key, split.path, config.slates)),
        "searches": (judge_searches, (workspace.root, release.key, split.path, config.searches)),
    }
    if config.wanted is not None:
        from pipelines.evaluation.wanted import judge_wanted

        work["wanted"] = (judge_wanted, (workspace.root, release.key, searches(config.wanted)))
    raw = simulation(workspace, release)
    if raw is not None:
        from pipelines.evaluation.simulated import judge_closed_loop, judge_search
        from recsys.simulation.config import SimulationConfig

        shop = SimulationConfig.parse(raw["config"])
        work["search"] = (judge_search, (workspace.root, release.key, shop, config.queries))
        work["closed_loop"] = (judge_closed_loop, (workspace.root, release.key, shop, config.sessions))
    found = job.together({f"evaluate: {name}": one for name, one in work.items()})
    return {name.removeprefix("evaluate: "): dict(one) or None for name, one in found.items()}


def finite(value: Any) -> Any:
    """The same with None for numbers that JSON does not have."""
    if isinstance(value, dict):
        return {name: finite(one) for name, one in value.items()}
    if isinstance(value, list):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _data(workspace: Workspace, release: Artifact) -> dict[str, Any]:
    features = workspace.parent(release, "features").manifest.metrics
    split = workspace.parent(release, "split").manifest.metrics
    raw = simulation(workspace, release)
    known = {} if raw is None else raw["report"]
    facts = {name: value for name, value in known.items() if not isinstance(value, dict)}
    return {**features, "split": split["by"], "clock": split["clock"], **facts}


def _protocol(by_time: bool) -> str:
    cut = "the first step after the training time" if by_time else "the last step (leave one out)"
    return (
        f"One request a user, answered as it would be served but without ads and randomisation; the target is {cut}. "
        "All items are ranked, those in the user's history left out; equal scores count half. Histories end before "
        "the target."
    )


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
