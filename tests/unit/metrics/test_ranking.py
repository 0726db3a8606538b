from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import ndcg_score

from recsys.metrics.ranking import (
    graded_ndcg_at_k,
    ndcg_at_k,
    rank_in_list,
    rank_of_target,
    ranks,
    recall_at_k,
)

scores = st.lists(st.integers(0, 4), min_size=2, max_size=30)


@given(scores, st.integers(0, 100), st.lists(st.integers(0, 29)))
def test_rank_is_the_mean_over_all_orders_of_equals(values: list[int], pick: int, excluded: list[int]) -> None:
    target = pick % len(values)
    exclude = np.array([item for item in excluded if item < len(values)], np.int32)
    others = [value for item, value in enumerate(values) if item != target and item not in exclude]
    best = 1 + sum(value > values[target] for value in others)
    worst = best + sum(value == values[target] for value in others)
    assert rank_of_target(np.array(values, float), target, exclude) == (best + worst) / 2


@given(scores, st.integers(0, 100))
def test_many_lists_at_once_as_one_by_one(values: list[int], pick: int) -> None:
    target = pick % len(values)
    table = np.array([values, values[::-1]], float)
    both = ranks(table, np.array([target, target], np.int32))
    assert both.tolist() == [rank_of_target(row, target) for row in table]


def test_a_model_that_scores_everything_alike_earns_nothing() -> None:
    rank = rank_of_target(np.zeros(1001), 3)
    assert rank == 501
    assert recall_at_k(np.array([rank]), 10)[0] == 0


def test_ndcg_and_recall_at_known_ranks() -> None:
    rank = np.array([1.0, 3.0, 10.0, 10.5, np.inf])
    assert ndcg_at_k(rank, 10).tolist() == pytest.approx([1.0, 0.5, 1 / np.log2(11), 0.0, 0.0])
    assert recall_at_k(rank, 10).tolist() == [1, 1, 1, 0, 0]


def test_rank_in_a_list_that_was_cut() -> None:
    assert rank_in_list([7, 5, 9], 9) == 3
    assert rank_in_list([7, 5, 9], 1) == float("inf")


@given(st.lists(st.integers(0, 3), min_size=2, max_size=12), st.integers(1, 12))
def test_graded_ndcg_agrees_with_scikit_learn(gains: list[int], k: int) -> None:
    order = np.arange(len(gains), 0, -1)  # as listed
    expected = ndcg_score([gains], [order], k=k)
    assert graded_ndcg_at_k(np.array(gains, float), np.array(gains, float), k) == pytest.approx(expected)
