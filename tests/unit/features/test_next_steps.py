"""What the next-step model reads says nothing of the order in which anything is stored."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.features.next_steps import NextStepFeatures, feature_names, places
from recsys.slate import Asked, History
from tests.shelf import BRANDS, PATHS, catalogue_of, row

NUM = 12
ROWS = [
    row(f"thing {n}", category=list(PATHS[1 + n % 3]), brand=BRANDS[n % 2] if n else None, price_micros=(n + 1) * 10**6)
    for n in range(NUM)
]
STEPS = np.arange(NUM, dtype=np.int64) % 5
HOME = Asked("home", 5)


def history(*index: int) -> History:
    return History(np.array(index, np.int32), np.zeros(len(index)), np.zeros(len(index), np.bool_))


def test_equal_scores_share_their_places() -> None:
    scores = np.array([[3.0], [1.0], [1.0], [5.0], [1.0]], np.float32)
    assert places(scores)[:, 0].tolist() == [1.0, 3.0, 3.0, 0.0, 3.0]


def test_a_catalogue_in_another_order_gives_the_same_features() -> None:
    """Also where scores are equal, in whatever order the candidates come."""
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 3, (8, 2)).astype(np.float32)  # many equal ones
    fused = scores.sum(axis=1)
    index = rng.permutation(NUM)[:8].astype(np.int32)
    matrix = NextStepFeatures(catalogue_of(ROWS), STEPS).matrix(HOME, history(1, 4), index, scores, fused)
    renumbered = rng.permutation(NUM)  # new row -> old row
    new = np.argsort(renumbered).astype(np.int32)  # old row -> new row
    other = NextStepFeatures(catalogue_of([ROWS[old] for old in renumbered]), STEPS[renumbered])
    order = rng.permutation(8)
    past = history(int(new[1]), int(new[4]))
    again = other.matrix(HOME, past, new[index][order], scores[order], fused[order])
    np.testing.assert_array_equal(again, matrix[order])


def test_columns_are_what_they_are_called() -> None:
    scores = np.array([[2.0, -1.0], [1.0, 4.0]], np.float32)
    features = NextStepFeatures(catalogue_of(ROWS), STEPS)
    matrix = features.matrix(HOME, history(5, 3), np.array([0, 9], np.int32), scores, np.array([1.0, 2.0], np.float32))
    column = dict(zip(feature_names(["covisit", "popular"]), matrix.T.tolist(), strict=True))
    assert len(column) == matrix.shape[1]
    assert column["source_popular"] == [-1.0, 4.0] and column["place_covisit"] == [0.0, 1.0]
    assert column["place_fused"] == [1.0, 0.0] and column["history_length"] == [2.0, 2.0]
    assert column["log_steps"] == pytest.approx(np.log1p([0, 4]))
    assert column["log_steps_last"] == pytest.approx(np.log1p([3, 3]))
    assert column["same_category_as_last"] == [1.0, 1.0] and column["same_brand_as_last"] == [0.0, 1.0]


def test_the_context_stands_for_the_past_on_the_page_of_an_item() -> None:
    features, index = NextStepFeatures(catalogue_of(ROWS), STEPS), np.array([0, 9], np.int32)
    scores = np.zeros((2, 1), np.float32)
    page = features.matrix(Asked("item", 5, context=np.array([3], np.int32)), history(5), index, scores, scores[:, 0])
    np.testing.assert_array_equal(page, features.matrix(HOME, history(3), index, scores, scores[:, 0]))


def test_items_without_category_brand_or_price_agree_with_nothing() -> None:
    bare = NextStepFeatures(catalogue_of([row(), row()]), np.zeros(2, np.int64))
    one = np.array([1], np.int32)
    matrix = bare.matrix(HOME, history(0), one, np.zeros((1, 1), np.float32), np.zeros(1, np.float32))
    column = dict(zip(feature_names(["popular"]), matrix[0].tolist(), strict=True))
    assert column["same_brand_as_last"] == column["same_category_as_last"] == column["brand_share"] == 0.0
    assert np.isnan(column["price_to_history"]) and np.isnan(column["age_days"])
