"""The shop of `make demo`, built as `make demo` builds it: better than its baselines by these margins."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.default_shop import DefaultShop


@pytest.fixture(scope="module")
def figures(default_shop: DefaultShop) -> dict[str, Any]:
    return default_shop.figures()


def test_the_truth_is_the_one_that_was_fixed(figures: dict[str, Any]) -> None:
    assert figures["data"]["truth_hash"] == "aadadf57391676dd", "a change of the truth reruns every figure"
    assert 0.70 < figures["data"]["bayes_auc"] < 0.85
    assert 0.4 < figures["data"]["gini"] < 0.6


@pytest.mark.parametrize(("baseline", "margin"), [("co-visitation", 1.15), ("popularity", 3.0)])
@pytest.mark.parametrize("metric", ["recall_at_10", "ndcg_at_10"])
def test_recommendations_beat(figures: dict[str, Any], baseline: str, margin: float, metric: str) -> None:
    rows = figures["recommendation"]
    assert rows["served"][metric] > margin * rows[baseline][metric]


def test_closed_loop_beats_popularity_on_true_click_probability(figures: dict[str, Any]) -> None:
    served, popularity = (figures["closed_loop"][name] for name in ("served", "popularity"))
    assert served["mean_p_click"] > 1.1 * popularity["mean_p_click"]
    assert served["p_click_interval"][0] > popularity["p_click_interval"][1]
    assert served["expected_clicks_per_slate"] > 1.1 * popularity["expected_clicks_per_slate"]


def test_search_beats_bm25_on_true_relevance(figures: dict[str, Any]) -> None:
    served, bm25 = (figures["search"][name] for name in ("served", "BM25"))
    assert served["ndcg_at_10"] > bm25["ndcg_at_10"] + 0.03
    assert served["ndcg_interval"][0] > bm25["ndcg_interval"][1]


def test_the_ranker_is_calibrated_and_below_what_is_possible(figures: dict[str, Any]) -> None:
    ctr = figures["prediction"]["p_ctr"]
    assert 0.70 < ctr["auc"] < figures["data"]["bayes_auc"]
    assert ctr["calibration_error"] < 0.015
