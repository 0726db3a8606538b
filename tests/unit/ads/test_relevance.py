"""Which ads fit a request, whatever the encoder's habits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.ads.relevance import NUM_REFERENCES, Relevance
from recsys.slate import Asked, History, Person, Query

ANY = {"share": 1.0, "closeness": 0.0, "floor": -1.0}


def line(similarities: NDArray[np.float64]) -> NDArray[np.float32]:
    """(I, 2) unit vectors with these cosines to (1, 0)."""
    return np.stack([similarities, np.sqrt(1 - similarities**2)], axis=1).astype(np.float32)


ASKED = np.array([1, 0], np.float32)


def relevance(similarities: NDArray[np.float64]) -> Relevance:
    return Relevance(line(similarities), lambda text: ASKED)


def test_only_the_share_most_similar_fits() -> None:
    of = relevance(np.linspace(0.5, 0.9, 101))
    assert of.least(ASKED, **ANY | {"share": 0.1}) == pytest.approx(0.86)


def test_an_ad_must_be_nearer_to_the_best_than_to_the_rest() -> None:
    of = relevance(np.r_[np.full(99, 0.6), 0.9, 0.7])
    assert of.least(ASKED, **ANY | {"closeness": 0.75}) == pytest.approx(0.825)


def test_a_higher_background_changes_nothing() -> None:
    """The same items fit when an encoder finds everything more alike."""
    low = np.random.default_rng(0).uniform(0, 0.5, 200)
    high = 0.5 + low
    fits = []
    for similarity in (low, high):
        of = relevance(similarity)
        least = of.least(ASKED, share=0.1, closeness=0.75, floor=0.0)
        fits.append(of.similarity(ASKED, np.arange(200, dtype=np.int32)) >= least)
    assert np.array_equal(fits[0], fits[1])
    assert 1 <= fits[0].sum() <= 20


def test_nothing_below_the_floor_fits() -> None:
    assert relevance(np.full(10, 0.1)).least(ASKED, share=0.5, closeness=0.5, floor=0.2) == 0.2


def test_a_large_catalogue_is_sampled_evenly() -> None:
    of = relevance(np.linspace(0, 0.9, 10 * NUM_REFERENCES))
    assert of.least(ASKED, **ANY | {"share": 0.02}) == pytest.approx(0.882, abs=0.001)


@pytest.mark.parametrize("num", [1, 2, 3, 50])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 1.0])
def test_shares_are_quantiles_as_numpy_has_them(num: int, share: float) -> None:
    similarities = np.random.default_rng(num).uniform(0, 0.9, num)
    among_best = np.quantile(line(similarities)[:, 0], 1.0 - share)
    typical = np.quantile(line(similarities)[:, 0], 0.5)
    least = relevance(similarities).least(ASKED, **ANY | {"share": share})
    assert least == pytest.approx(max(among_best, typical), abs=1e-6)


def test_the_direction_is_the_text_or_the_items_at_hand_or_the_history() -> None:
    of = Relevance(np.eye(3, dtype=np.float32), lambda text: np.array([0, 0, 2], np.float32))
    history = History(np.array([0], np.int32), np.zeros(1), np.zeros(1, np.bool_))
    context = np.array([0, 1], np.int32)
    for query, expected in [
        (Query(Asked("search", 1, text="x"), Person(history=history)), [0, 0, 1]),
        (Query(Asked("cart", 1, context=context), Person(history=history)), [0.5**0.5, 0.5**0.5, 0]),
        (Query(Asked("home", 1), Person(history=history)), [1, 0, 0]),
    ]:
        direction = of.direction(query)
        assert direction is not None
        assert direction == pytest.approx(expected)
    assert of.direction(Query(Asked("home", 1))) is None
