"""The report of a small shop: complete, checkable by outside tools, the same on the page and in the JSON."""

from __future__ import annotations

import json
import re
from html import escape
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
WANTED = [
    {"id": "w1", "query": "board", "expect": {"top_k": 1}},
    {"id": "w2", "query": "board", "expect": {"first_any_of": ["no item"]}},
]


@pytest.fixture(scope="module")
def out(small_shop: Path, ray_session: Session, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    wanted = folder.parent / "wanted.jsonl"
    wanted.write_text("".join(f"{json.dumps(search)}\n" for search in WANTED))
    config = EvaluateConfig(out=folder, staged_users=40, slates=200, queries=20, sessions=10, wanted=wanted)
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


def test_the_report_opens_with_a_verdict_and_says_what_means_hide(out: Path, figures: dict[str, Any]) -> None:
    found = figures["verdict"]
    served = figures["recommendation"]["served"]
    assert found["comparisons"][0]["found_served"] == pytest.approx(1000 * served["recall_at_10"])
    assert found["comparisons"][0]["money"] is not None and found["worth"]["bought_share"] < 0.5
    groups = {"surface", "steps in the history", "people", "events of the item"}
    assert {one["by"] for one in figures["served_and_fused"]} == groups
    assert {"home", "search", "item"} <= {one["group"] for one in figures["served_and_fused"]}
    assert (
        sum(one["items"] for one in figures["buckets"])
        == figures["few_events"]["few"]["items"] + (figures["few_events"]["others"]["items"])
    )
    searches = figures["searches"]
    assert searches["without_click"]["searches"] <= searches["searches"] and 0 < searches["clicked_share"] < 1
    page = (out / "report.html").read_text()
    assert page.index(escape(found["text"])) < page.index("<h2>")


def test_searches_that_somebody_wrote_down_are_judged(out: Path, figures: dict[str, Any]) -> None:
    assert (figures["wanted"]["right"], figures["wanted"]["asked"]) == (1, 2)
    assert "1 of 2 are answered as they must be, 50.0%" in (out / "report.html").read_text()
