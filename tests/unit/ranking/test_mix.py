"""How much p_ctr weighs in the order of a surface: as much as held-out steps allow."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.features.impressions import ImpressionFeatures, ItemStats, feature_names
from recsys.features.sequences import HeldOut
from recsys.models.clicks.config import RankerConfig
from recsys.models.clicks.ranker import Ranker, Rows, train_ranker
from recsys.ranking.training import choose_mix
from recsys.slate import Asked, Candidates, History
from tests.shelf import catalogue_of, row

NUM_ITEMS = 40
ALL = np.arange(NUM_ITEMS, dtype=np.int32)
PRICES = np.linspace(1, 100, NUM_ITEMS)


@pytest.fixture(scope="module")
def features() -> ImpressionFeatures:
    catalogue = catalogue_of([row(price_micros=int(price * 1e6)) for price in PRICES])
    return ImpressionFeatures(catalogue, ItemStats(np.ones(NUM_ITEMS, np.float32), np.ones(NUM_ITEMS, np.float32)))


@pytest.fixture(scope="module")
def ranker(features: ImpressionFeatures) -> Ranker:
    """Knows that dear things are clicked."""
    rng = np.random.default_rng(0)
    index = rng.integers(0, NUM_ITEMS, 20_000).astype(np.int32)
    matrix = features.matrix(Asked("home", 10), History(), index, np.zeros((len(index), 1), np.float32))
    rows = Rows(matrix, rng.random(len(index)) < index / NUM_ITEMS, np.zeros(len(index), bool))
    return train_ranker(rows, rows, feature_names(["popular"]), RankerConfig(num_trees=40))


def chosen(ranker: Ranker, features: ImpressionFeatures, targets: np.ndarray) -> float:
    """The mix where recall puts cheap things first and users went on to these items."""
    fused = np.linspace(0, -4, NUM_ITEMS).astype(np.float32)
    found = Candidates(
        "r",
        ALL,
        fused,
        fused[:, None],
        np.ones((NUM_ITEMS, 1), bool),
        np.ones((NUM_ITEMS, 1), bool),
        ("popular",),
        np.full(NUM_ITEMS, -1, np.int32),
        np.zeros(NUM_ITEMS, np.int8),
        NUM_ITEMS,
        True,
    )
    histories = tuple(History() for _ in targets)
    held = HeldOut(tuple(map(str, targets)), histories, targets.astype(np.int32), np.zeros(len(targets)))
    return choose_mix(ranker, features, held, lambda query: found, "home")[0]


def test_where_users_follow_recall_it_decides(ranker: Ranker, features: ImpressionFeatures) -> None:
    assert chosen(ranker, features, np.arange(300) % 4) < 0.5


def test_where_users_follow_what_is_clicked_the_ranker_decides(ranker: Ranker, features: ImpressionFeatures) -> None:
    assert chosen(ranker, features, NUM_ITEMS - 1 - np.arange(300) % 4) == 1.0


def test_where_held_out_steps_cannot_tell_clicks_decide(ranker: Ranker, features: ImpressionFeatures) -> None:
    targets = np.concatenate([np.arange(40) % 4, NUM_ITEMS - 1 - np.arange(40) % 4])
    assert chosen(ranker, features, targets) == 1.0
    assert chosen(ranker, features, targets[:0]) == 1.0
