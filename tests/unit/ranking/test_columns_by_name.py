"""Scores of recall reach a ranker under the names of their sources; no number of columns stands for a name."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.features.impressions import ImpressionFeatures, ItemStats, feature_names
from recsys.models.clicks.config import RankerConfig
from recsys.models.clicks.ranker import Rows, train_ranker
from recsys.ranking.columns import as_learned
from recsys.ranking.stage import Ranking
from recsys.slate import Asked, Contenders, History, Person
from tests.shelf import catalogue_of, row

NUM_ITEMS = 40
ALL = np.arange(NUM_ITEMS, dtype=np.int32)
SCORES = np.linspace(-3, 3, NUM_ITEMS, dtype=np.float32)[:, None] * np.array([1.0, -1.0], np.float32)


@pytest.fixture(scope="module")
def ranking() -> Ranking:
    """Learned that what the source `covisit` likes is clicked, and what `popular` likes is not."""
    catalogue = catalogue_of([row() for _ in range(NUM_ITEMS)])
    features = ImpressionFeatures(catalogue, ItemStats(np.ones(NUM_ITEMS, np.float32), np.ones(NUM_ITEMS, np.float32)))
    rng = np.random.default_rng(0)
    index = rng.integers(0, NUM_ITEMS, 8000).astype(np.int32)
    matrix = features.matrix(Asked("home", 5), History(), index, SCORES[index])
    rows = Rows(matrix, rng.random(len(index)) < index / NUM_ITEMS, np.zeros(len(index), bool))
    ranker = train_ranker(rows, rows, feature_names(["covisit", "popular"]), RankerConfig(num_trees=40))
    return Ranking("r", features, ranker, {})


def p_ctr(ranking: Ranking, scores: np.ndarray, *sources: str) -> np.ndarray:
    contenders = Contenders("r", ALL, scores, np.zeros(NUM_ITEMS, np.float32), sources)
    return ranking.rank(Asked("home", 5), Person(), contenders).p_ctr


@pytest.mark.parametrize(
    "sources",
    [("popular", "covisit"), ("covisit", "text"), ("fresh", "tfidf"), ("fallback",), ("covisit", "popular", "fresh")],
)
def test_columns_of_other_sources_count_as_not_scored(ranking: Ranking, sources: tuple[str, ...]) -> None:
    read = p_ctr(ranking, SCORES, "covisit", "popular")
    assert read[-1] > 3 * read[0]
    unscored = p_ctr(ranking, np.full_like(SCORES, np.nan), "covisit", "popular")
    scores = np.repeat(SCORES[:, :1], len(sources), axis=1)
    assert np.array_equal(p_ctr(ranking, scores, *sources), unscored)
    assert len(np.unique(unscored)) == 1


def test_known_columns_stay_as_they_are_and_others_take_their_shape() -> None:
    assert as_learned(SCORES, ("a", "b"), ("a", "b")) is SCORES
    blank = as_learned(SCORES, ("b", "a"), ("a", "b", "c"))
    assert blank.shape == (NUM_ITEMS, 3) and blank.dtype == np.float32 and np.isnan(blank).all()
