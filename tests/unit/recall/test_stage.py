"""The cut of the recall stage: the best by fused score, and the best of every source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from recsys.recall.fallback import Fallback
from recsys.recall.fusion import Fusion
from recsys.recall.modes import Mode
from recsys.recall.sources.dense import DenseReading
from recsys.recall.sources.facts import Facts
from recsys.recall.sources.source import Reading
from recsys.recall.stage import Recall, RecallStageConfig
from recsys.slate import MATCHES, WHOLE, Asked, BoolArray, Candidates, Draw, IntArray, Query
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


class Close(DenseReading):
    """Comes close to the first items, and perhaps not to all that it could."""

    exact = False

    def __init__(self, scores: np.ndarray, num: int = 20) -> None:
        super().__init__(scores.astype(np.float32))
        self._num = num

    def matched(self, allowed: BoolArray) -> BoolArray:
        return allowed & (np.arange(NUM_ITEMS) < self._num)


class Decides(Close):
    """Finds all of what was asked for in the first items, and some of it in as many others."""

    exact = True
    corrected, unknown = (("thnig", "thing"),), ("qwx",)

    def top(self, allowed: BoolArray, k: int) -> IntArray:
        first = super().top(allowed & self.whole(), k)
        return np.concatenate([first, super().top(self.matched(allowed) & ~self.whole(), k)])[:k]

    def whole(self) -> BoolArray:
        return np.arange(NUM_ITEMS) < self._num // 2


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


UP = np.arange(NUM_ITEMS, dtype=np.float32)
THING = Query(Asked("search", 5, text="thing"))


def recall_of(*readings: Reading, config: RecallStageConfig | None = None) -> Recall:
    catalogue = catalogue_of([row(price_micros=NUM_ITEMS - number) for number in range(NUM_ITEMS)])
    return Recall("r", catalogue, [Saying(f"s{i}", i, one) for i, one in enumerate(readings)], Fusion(), config)


def test_in_a_search_only_what_comes_close_proposes_whatever_it_is_called() -> None:
    found = recall_of(Close(UP, 10), DenseReading(UP)).candidates(THING)
    assert sorted(found.index.tolist()) == list(range(10)) and found.num_matches == 0
    assert found.proposed.tolist() == [[True, False]] * 10


def test_what_has_all_that_was_asked_for_comes_first_and_alone_is_counted() -> None:
    recall = recall_of(Decides(UP, 20), Close(UP, 30))
    query = replace(THING, asked=replace(THING.asked, facets=("price",)))
    found = recall.candidates(query)
    assert found.index.tolist() == [*range(9, -1, -1), *range(29, 9, -1)], "the best score of each part first"
    assert [MATCHES[one] for one in found.match] == ["all"] * 10 + ["near"] * 10 + ["some"] * 10
    assert (found.num_matches, found.matches_exact) == (10, True)
    assert sum(count for _, count in found.facets[0].counts) == 10
    assert (found.corrected, found.unknown) == ((("thnig", "thing"),), ("qwx",))
    shown = replace(query, draw=Draw(exclude=np.arange(8, dtype=np.int32)))
    assert recall.candidates(shown).match.tolist()[:3] == [WHOLE, WHOLE, MATCHES.index("near")]


def test_the_cut_takes_what_has_all_however_well_the_rest_scores() -> None:
    sober = RecallStageConfig(per_source=30, depth=12, reserved=0)
    found = recall_of(Decides(UP, 20), Close(UP, 60), config=sober).candidates(THING)
    assert found.index.tolist() == [*range(9, -1, -1), 59, 58]


def test_a_sorted_search_holds_nothing_that_only_comes_close() -> None:
    cheapest = replace(THING, asked=replace(THING.asked, sort="price_asc"))
    found = recall_of(Decides(UP, 20), Close(UP, 30)).candidates(cheapest)
    assert (found.index.tolist(), found.sort) == (list(range(9, -1, -1)), "price_asc")
    assert set(found.match.tolist()) == {WHOLE}


def test_where_nothing_has_all_what_is_close_is_offered_unsorted() -> None:
    cheapest = replace(THING, asked=replace(THING.asked, sort="price_asc", facets=("price",)))
    found = recall_of(Decides(UP, 0), Close(UP, 3)).candidates(cheapest)
    assert (found.index.tolist(), found.sort, found.num_matches) == ([2, 1, 0], "relevance", 0)
    assert not [count for _, count in found.facets[0].counts if count]


def test_where_nothing_comes_close_the_nearest_is_offered_without_a_source() -> None:
    few = RecallStageConfig(nearest=4)
    found = recall_of(Decides(UP, 0), Close(UP, 0), config=few).candidates(THING)
    assert found.index.tolist() == [59, 58, 57, 56] and {MATCHES[one] for one in found.match} == {"far"}
    assert not found.proposed.any()
    shown = replace(THING, draw=Draw(exclude=found.index))
    assert not len(recall_of(Decides(UP, 0), Close(UP, 0), config=few).candidates(shown).index)


def test_an_anchor_is_that_of_a_source_that_proposed_the_item() -> None:
    class Half(Says):
        def __init__(self, item: int, first: bool) -> None:
            super().__init__(item)
            self._first = first

        def top(self, allowed: BoolArray, k: int) -> IntArray:
            rows = np.arange(NUM_ITEMS, dtype=np.int32)
            return np.asarray(rows[(rows < 30) == self._first][:k], np.int32)

    found = recall_of(Half(1, True), Half(2, False)).candidates(Query(Asked("home", 5)))
    assert [found.anchor[row] for row in np.argsort(found.index)] == [1] * 30 + [2] * 30


def test_a_reason_is_told_only_of_what_is_likelier_than_even() -> None:
    log_p = np.log(np.where(np.arange(NUM_ITEMS) < 6, 0.1, 0.4 / (NUM_ITEMS - 6)))
    source = Saying("popular", 0, DenseReading(log_p.astype(np.float32)))
    source.facts = replace(source.facts, above_even=True)
    catalogue = catalogue_of([row() for _ in range(NUM_ITEMS)])
    found = Recall("r", catalogue, [source], Fusion()).candidates(Query(Asked("home", 5)))
    assert found.proposed.all() and sorted(found.index[found.told[:, 0]].tolist()) == list(range(6))
