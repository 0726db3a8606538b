"""The report of a small shop: complete, checkable by outside tools, the same on the page and in the JSON."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import pytest

from pipelines import evaluate
from pipelines.evaluate import FILES, EvaluateConfig
from pipelines.job import Job
from pipelines.session import Session
from recsys.artifacts import Workspace

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def out(small_shop: Path, ray_session: Session, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    config = EvaluateConfig(out=folder, staged_users=40, slates=200, queries=20, sessions=10)
    evaluate.run(Workspace(small_shop), config, Job(ray_session))
    return folder


@pytest.fixture(scope="module")
def figures(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "report.json").read_text(), parse_constant=pytest.fail)
    return found


def test_all_files_are_there(out: Path) -> None:
    assert {path.name for path in out.iterdir()} == set(FILES)


def test_outside_tools_find_the_same_figures(out: Path, figures: dict[str, Any]) -> None:
    run: dict[str, list[str]] = {}
    for line in (out / "run.trec").read_text().splitlines():
        user, zero, item, rank, score, tag = line.split()
        run.setdefault(user, []).append(item)
        assert (zero, tag, int(rank)) == ("Q0", "vitrine", len(run[user]))
        assert int(score) > 0
    chosen = {}
    for line in (out / "qrels.trec").read_text().splitlines():
        user, _, item, grade = line.split()
        chosen[user] = item
        assert grade == "1"
    assert all(len(items) == len(set(items)) <= 20 for items in run.values())
    ranks = [run[user].index(item) + 1 if item in run[user] else math.inf for user, item in chosen.items()]
    served = figures["recommendation"]["served"]
    assert served["cases"] == len(chosen)
    assert served["recall_at_10"] == pytest.approx(sum(rank <= 10 for rank in ranks) / len(ranks))
    gains = [1 / math.log2(1 + rank) if rank <= 10 else 0.0 for rank in ranks]
    assert served["ndcg_at_10"] == pytest.approx(sum(gains) / len(ranks))


def test_the_page_shows_the_figures_of_the_json(out: Path, figures: dict[str, Any]) -> None:
    page = (out / "report.html").read_text()
    assert f"{figures['recommendation']['served']['recall_at_10']:.4f}" in page
    assert figures["data"]["truth_hash"] in page
    assert figures["release"] in page
    assert not re.search(r"<(script|link|img|iframe)|src=|@import", page)


def test_every_part_of_the_system_is_measured(figures: dict[str, Any]) -> None:
    assert figures["recommendation"].keys() == {"served", "popularity", "co-visitation"}
    assert {"recall: fused", "served", "source: sequence"} <= {one["stage"] for one in figures["stages"]}
    assert sum(one["cases"] for one in figures["buckets"]) == figures["recommendation"]["served"]["cases"]
    assert {"recall", "ranking", "total"} <= figures["latency_ms"].keys()
    assert figures["losses"]["pretrain: text encoder"][0] > figures["losses"]["pretrain: text encoder"][-1]
    assert 0.5 < figures["prediction"]["p_ctr"]["auc"] < figures["data"]["bayes_auc"] + 0.05
    assert figures["search"].keys() == {"served", "BM25"}
    loop = figures["closed_loop"]
    assert loop["best possible"]["mean_p_click"] > max(
        loop["served"]["mean_p_click"], loop["popularity"]["mean_p_click"]
    )
