"""The page, the plots and the TREC files, from figures made by hand."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.evaluate import finite
from pipelines.evaluation.figures import quantiles, recommendation, stages
from pipelines.evaluation.glossary import WORDS
from pipelines.evaluation.recommendation import CASES, laid_out
from pipelines.evaluation.report import render
from pipelines.evaluation.trec import write_qrels, write_run
from pipelines.evaluation.verdict import verdict
from pipelines.running.parts import part_name, read_parts
from recsys.errors import WrongData

QUALITY = {
    "recall_at_10": 0.1,
    "recall_interval": [0.08, 0.12],
    "ndcg_at_10": 0.05,
    "ndcg_interval": [0.04, 0.06],
    "cases": 100,
}
FARE = {"items": 4, "item_share": 0.4, "coverage": 0.25, "place_share": 0.1, "cases": 0, "recall_at_10": None}
GROUP = {
    "by": "surface",
    "group": "home",
    "cases": 30,
    "served_ndcg_at_10": 0.1,
    "fused_ndcg_at_10": 0.2,
    "difference": -0.1,
    "interval": [-0.2, 0.1],
    "word": "even",
}
SEARCHES = {
    "searches": 4,
    "distinct": 2,
    "by_few_people": 1,
    "listed": [{"query": "<b>samovar", "searches": 3, "people": 3, "clicked": 0, "matches": None}],
}
FIGURES = {
    "release": "<script>alert(1)</script>",
    "protocol": "One request a user.",
    "recommendation": {"served": QUALITY, "popularity": {**QUALITY, "recall_at_10": 0.02}},
    "stages": [{"stage": "served", "recall_at_10": 0.1, "ndcg_at_10": 0.05, "recall_at_200": None}],
    "buckets": [
        {
            "bucket": "0",
            "items": 4,
            "item_share": 0.4,
            "shown": 1,
            "place_share": 0.1,
            "cases": 3,
            "recall_at_10": {"served": 0.0, "popularity": 0.0},
        },
        {"bucket": "1 to 4", "items": 6, "item_share": 0.6, "shown": 6, "place_share": 0.9, "cases": 0}
        | {"recall_at_10": {}},
    ],
    "few_events": {"fewer_than": 5, "few": FARE, "others": {**FARE, "cases": 3}},
    "verdict": verdict(cases=CASES.empty_table(), worth=None, gate=None)
    | {"word": "worse", "text": "Worse than <popularity>", "advice": "Go back: `vitrine back`."},
    "glossary": WORDS,
    "served_and_fused": [GROUP, {**GROUP, "group": "search", "word": "worse"}],
    "searches": {
        "searches": 9,
        "distinct": 3,
        "clicked_share": 0.5,
        "asked": 3,
        "least_people": 3,
        "without_click": SEARCHES,
        "without_match": {**SEARCHES, "listed": []},
    },
    "groups": {"ascends": QUALITY},
    "search": {"served": {"ndcg_at_10": 0.9, "ndcg_interval": [0.8, 1.0], "queries": 10}},
    "closed_loop": {
        "served": {
            "mean_p_click": 0.3,
            "p_click_interval": [0.2, 0.4],
            "by_surface": {"home": 0.31},
            "expected_clicks_per_slate": 2.0,
            "num_slates": 10,
        }
    },
    "prediction": {
        "p_ctr": {
            "auc": 0.7,
            "log_loss": 0.3,
            "calibration_error": 0.01,
            "rows": 10,
            "bins": [{"predicted": 0.1, "observed": 0.2, "size": 5}, {"predicted": 0.3, "observed": 0.2, "size": 5}],
        }
    },
    "losses": {"pretrain": [3.0, 2.0, 1.0], "nothing": []},
    "latency_ms": {"recall": {"p50": 1.0, "p95": 2.0}},
    "data": {"items": 10, "bayes_auc": 0.8},
    "artifacts": {"clean": "abc"},
    "machine": {"cores": 2},
}


def test_the_page_needs_nothing_else() -> None:
    page = render(FIGURES)
    assert page.count("<svg") == 6
    assert not re.search(r"<(script|link|img|iframe)|src=|url\((?!#)|@import", page)
    assert "&lt;script&gt;" in page


def test_the_page_opens_with_the_verdict_and_names_what_is_worse() -> None:
    page = render(FIGURES)
    verdict_, words, mean = (
        page.index(text) for text in ("Worse than &lt;popularity&gt;", "<dt>coverage</dt>", "<h2>")
    )
    assert verdict_ < words < mean and "<code>vitrine back</code>" in page
    assert "The served list is worse for surface: search." in page
    assert "40.0% of what can be shown" in page and "&lt;b&gt;samovar" in page
    calm = render({**FIGURES, "served_and_fused": [GROUP]})
    assert "Nowhere worse beyond chance; below the fused list, perhaps by chance: surface: home." in calm


def test_ids_are_unique_on_the_page() -> None:
    ids = re.findall(r'\sid="([^"]+)"', render(FIGURES))
    assert len(ids) == len(set(ids))


def test_sections_without_figures_are_left_out() -> None:
    few = {name: FIGURES[name] for name in ("release", "protocol", "recommendation", "data", "artifacts", "machine")}
    page = render({**few, "ranking_note": "no impressions"})
    assert "Closed loop" not in page
    assert "no impressions" in page


def test_json_has_no_nan() -> None:
    assert finite({"a": [float("nan"), 1.0], "b": {"c": float("inf")}}) == {"a": [None, 1.0], "b": {"c": None}}


def test_a_run_falls_strictly_from_rank_one(tmp_path: Path) -> None:
    write_run(tmp_path / "run.trec", {"u1": ["a", "b"], "u2": []})
    assert (tmp_path / "run.trec").read_text() == "u1 Q0 a 1 2 vitrine\nu1 Q0 b 2 1 vitrine\n"
    write_qrels(tmp_path / "qrels.trec", {"u1": ["b"]})
    assert (tmp_path / "qrels.trec").read_text() == "u1 0 b 1\n"


@pytest.mark.parametrize("given", ["two words", "tab\tbed", "100%", "a%20b", "\u3000", "line\u2028", "plain/id:1"])
def test_ids_with_white_space_stay_one_column_and_can_be_read_back(tmp_path: Path, given: str) -> None:
    write_run(tmp_path / "run.trec", {given: [given]})
    write_qrels(tmp_path / "qrels.trec", {given: [given]})
    user, _, item, *_ = (tmp_path / "run.trec").read_text("utf-8").split()
    assert (tmp_path / "qrels.trec").read_text("utf-8").split() == [user, "0", item, "1"]
    assert unquote(user) == unquote(item) == given
    assert user == given or "%" in user


def test_an_id_that_the_format_cannot_carry_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongData, match="not empty"):
        write_run(tmp_path / "run.trec", {"u": [""]})


def test_without_test_users_the_page_says_so() -> None:
    cases = CASES.empty_table()
    figures = {**FIGURES, "recommendation": recommendation(cases), "stages": stages(cases), "groups": None}
    page = render({**figures, "latency_ms": quantiles(cases), "buckets": []})
    assert "nothing could be measured" in page


def test_a_part_without_test_users_has_the_columns_of_the_others(tmp_path: Path) -> None:
    pairs = [{"key": "served", "value": 1.0}]
    row = {"user_id": "u", "target": 0, "target_id": "a", "last_id": None, "items": ["a"], "ranks": pairs}
    for part, rows in enumerate([[row], []]):
        pq.write_table(pa.Table.from_pylist(rows, CASES), tmp_path / part_name(part))
    assert recommendation(read_parts(tmp_path))["served"]["recall_at_10"] == 1.0


def test_who_is_asked_and_staged_does_not_depend_on_the_number_of_tasks() -> None:
    order, staged = laid_out(11, 6)
    assert order.tolist() == [0, 2, 4, 6, 8, 10, 1, 3, 5, 7, 9]
    assert staged[:6].sum() == staged[6:].sum() == 3
    assert laid_out(3, 100)[1].all() and len(laid_out(0, 4)[0]) == 0
