"""The report of a small shop: complete, checkable by outside tools, the same on the page and in the JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import ir_measures
import pytest

from pipelines import evaluate
from pipelines.evaluate import FILES, EvaluateConfig
from pipelines.running.job import Job
from pipelines.running.session import Session
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
    run = list(ir_measures.read_trec_run(str(out / "run.trec")))
    qrels = list(ir_measures.read_trec_qrels(str(out / "qrels.trec")))
    served = figures["recommendation"]["served"]
    assert served["cases"] == len({one.query_id for one in qrels}) == len(qrels)
    found = ir_measures.calc_aggregate([ir_measures.R @ 10, ir_measures.nDCG @ 10], qrels, run)
    assert served["recall_at_10"] == pytest.approx(found[ir_measures.R @ 10])
    assert served["ndcg_at_10"] == pytest.approx(found[ir_measures.nDCG @ 10])


def test_the_run_is_what_trec_tools_expect(out: Path) -> None:
    run: dict[str, list[str]] = {}
    for line in (out / "run.trec").read_text().splitlines():
        user, zero, item, rank, _, tag = line.split()
        run.setdefault(user, []).append(item)
        assert (zero, tag, int(rank)) == ("Q0", "vitrine", len(run[user]))
    assert all(len(items) == len(set(items)) == 20 for items in run.values())


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
