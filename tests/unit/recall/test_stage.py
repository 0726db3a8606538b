"""The cut of the recall stage: the best by fused score, and the best of every source."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from recsys.recall.fallback import Fallback
from recsys.recall.fusion import Fusion
from recsys.recall.modes import Mode
from recsys.recall.sources.dense import DenseReading
from recsys.recall.sources.facts import Facts
from recsys.recall.sources.source import Reading
from recsys.recall.stage import Recall, RecallStageConfig
from recsys.slate import Asked, BoolArray, Candidates, Draw, IntArray, Query
from tests.shelf import catalogue_of, row

NUM_ITEMS = 60


class Fixed:
    """A source that says the same of every query."""

    def __init__(self, name: str, scores: np.ndarray, weights: Mapping[Mode, float] | None = None) -> None:
        self.facts = Facts(name, weights or {}, telling=0)
        self._reading = DenseReading(scores.astype(np.float32))

    def read(self, query: Query) -> DenseReading:
        del query
        return self._reading


async def candidates(config: RecallStageConfig) -> Candidates:
    """Of a source that decides and one without a vote, which see the catalogue in opposite orders."""
    decides = np.linspace(0, -6, NUM_ITEMS)
    catalogue = catalogue_of([row(f"thing {number}") for number in range(NUM_ITEMS)])
    sources = [Fixed("decides", decides, {"cold": 1.0}), Fixed("proposes", decides[::-1])]
    return Recall("r", catalogue, sources, Fusion(), config).candidates(Query(Asked("home", 5)))


async def test_without_reserved_places_the_fused_score_decides() -> None:
    found = await candidates(RecallStageConfig(per_source=30, depth=20, reserved=0))
    assert found.index.tolist() == list(range(20))


async def test_every_source_keeps_its_best_and_the_order_stays() -> None:
    found = await candidates(RecallStageConfig(per_source=30, depth=20, reserved=4))
    assert found.index.tolist() == [*range(16), *range(56, 60)]
    assert np.all(np.diff(found.fused) <= 0)
    assert found.proposed[:16].tolist() == [[True, False]] * 16
    assert found.proposed[16:].tolist() == [[False, True]] * 4


@pytest.mark.parametrize("depth", [1, 3, 7])
async def test_where_even_reserved_places_are_too_many_the_fused_score_decides(depth: int) -> None:
    found = await candidates(RecallStageConfig(per_source=30, depth=depth, reserved=10))
    assert found.index.tolist() == list(range(depth))


async def test_sorting_reaches_what_relevance_would_have_cut_off() -> None:
    prices = np.random.default_rng(5).permutation(NUM_ITEMS)
    catalogue = catalogue_of([row(price_micros=int(price)) for price in prices])
    sources = [Fixed("decides", np.linspace(0, -6, NUM_ITEMS), {"cold": 1.0})]
    recall = Recall("r", catalogue, sources, Fusion(), RecallStageConfig(per_source=5, depth=20))
    cheapest = np.argsort(prices)
    found = recall.candidates(Query(Asked("home", 5, sort="price_asc")))
    assert found.index.tolist() == cheapest[:20].tolist() and found.num_matches == NUM_ITEMS
    assert not found.proposed.any() and found.fused.shape == (20,)
    shown = cheapest[:7].astype(np.int32)
    found = recall.candidates(Query(Asked("home", 5, sort="price_asc"), draw=Draw(exclude=shown)))
    assert found.index.tolist() == cheapest[7:27].tolist()


def test_the_fallback_sorts_as_well() -> None:
    catalogue = catalogue_of([row(price_micros=price) for price in (3, 1, 2)])
    found = Fallback("r", catalogue, np.arange(3, dtype=np.float32)).candidates(
        Query(Asked("home", 2, sort="price_desc"))
    )
    assert found.index.tolist() == [0, 2, 1]


class Says(DenseReading):
    """Says of every item that it comes from one."""

    def __init__(self, item: int) -> None:
        super().__init__(np.zeros(NUM_ITEMS, np.float32))
        self._item = item

    def anchor(self, index: IntArray) -> IntArray:
        return np.full(len(index), self._item, np.int32)


class Matches(DenseReading):
    """Finds the first items, and perhaps not all that match."""

    exact = False

    def matched(self, allowed: BoolArray) -> BoolArray:
        return allowed & (np.arange(NUM_ITEMS) < 10)


class Saying:
    """A source with this reading."""

    def __init__(self, name: str, telling: int, reading: Reading | None) -> None:
        self.facts, self._reading = Facts(name, {"search": 1.0}, telling), reading

    def read(self, query: Query) -> Reading | None:
        del query
        return self._reading


async def test_the_anchor_is_that_of_the_most_telling_source_that_has_one() -> None:
    catalogue = catalogue_of([row() for _ in range(NUM_ITEMS)])
    dumb = Saying("dumb", 0, DenseReading(np.zeros(NUM_ITEMS, np.float32)))
    sources = [Saying("late", 30, Says(3)), dumb, Saying("first", 10, None), Saying("second", 20, Says(2))]
    found = Recall("r", catalogue, sources, Fusion()).candidates(Query(Asked("home", 5)))
    assert set(found.anchor.tolist()) == {2}
    found = Recall("r", catalogue, [dumb], Fusion()).candidates(Query(Asked("home", 5)))
    assert set(found.anchor.tolist()) == {-1}


async def test_in_a_search_only_what_matches_proposes_whatever_it_is_called() -> None:
    catalogue = catalogue_of([row() for _ in range(NUM_ITEMS)])
    scores = np.arange(NUM_ITEMS, dtype=np.float32)
    sources = [Saying("any", 0, Matches(scores)), Saying("lexical", 1, DenseReading(scores))]
    for query in (Query(Asked("search", 5, text="thing")), Query(Asked("search", 5, text="thing", sort="price_asc"))):
        found = Recall("r", catalogue, sources, Fusion()).candidates(query)
        assert sorted(found.index.tolist()) == list(range(10))
        assert (found.num_matches, found.matches_exact) == (10, False)
        assert found.proposed.tolist() == [[True, False]] * 10
