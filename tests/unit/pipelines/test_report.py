"""The page, the plots and the TREC files, from figures made by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.evaluate import finite
from pipelines.report import render
from pipelines.trec import write_qrels, write_run
from recsys.errors import WrongData

QUALITY = {
    "recall_at_10": 0.1, "recall_interval": [0.08, 0.12], "ndcg_at_10": 0.05, "ndcg_interval": [0.04, 0.06],
    "cases": 100,
}  # fmt: skip
FIGURES = {
    "release": "<script>alert(1)</script>",
    "protocol": "One request a user.",
    "recommendation": {"served": QUALITY, "popularity": {**QUALITY, "recall_at_10": 0.02}},
    "stages": [{"stage": "served", "recall_at_10": 0.1, "ndcg_at_10": 0.05, "recall_at_200": None}],
    "buckets": [{"bucket": "0", "cases": 3, "recall_at_10": {"served": 0.0, "popularity": 0.0}}],
    "groups": {"ascends": QUALITY},
    "search": {"served": {"ndcg_at_10": 0.9, "ndcg_interval": [0.8, 1.0], "queries": 10}},
    "closed_loop": {
        "served": {
            "mean_p_click": 0.3, "p_click_interval": [0.2, 0.4], "by_surface": {"home": 0.31},
            "expected_clicks_per_slate": 2.0, "num_slates": 10,
        }
    },
    "prediction": {
        "p_ctr": {
            "auc": 0.7, "log_loss": 0.3, "calibration_error": 0.01, "rows": 10,
            "bins": [{"predicted": 0.1, "observed": 0.2, "size": 5}, {"predicted": 0.3, "observed": 0.2, "size": 5}],
        }
    },
    "losses": {"pretrain": [3.0, 2.0, 1.0], "nothing": []},
    "latency_ms": {"recall": {"p50": 1.0, "p95": 2.0}},
    "data": {"items": 10, "bayes_auc": 0.8},
    "artifacts": {"clean": "abc"},
    "machine": {"cores": 2},
}  # fmt: skip


def test_the_page_needs_nothing_else() -> None:
    page = render(FIGURES)
    assert page.count("<svg") == 5
    assert not re.search(r"<(script|link|img|iframe)|src=|url\((?!#)|@import", page)
    assert "&lt;script&gt;" in page


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


@pytest.mark.parametrize("wrong", ["", "two words", "tab\tbed"])
def test_an_id_that_the_format_cannot_carry_is_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(WrongData, match="white space"):
        write_run(tmp_path / "run.trec", {"u": [wrong]})
