"""The funnel over stages that answer the same every time: what is logged is what happens."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import numpy as np
import pytest

from recsys.errors import WrongConfig
from recsys.funnel import Funnel, FunnelConfig, Stages
from recsys.recall.fallback import Fallback
from recsys.slate import (
    MATCHES,
    WHOLE,
    AdOffers,
    Asked,
    Candidates,
    Contenders,
    Draw,
    IntArray,
    Person,
    Placement,
    Query,
    Ranked,
    Slate,
)
from tests.shelf import catalogue_of, row

NUM, ORGANIC = 14, 12
CATALOGUE = catalogue_of([row() for _ in range(NUM)])


def a_funnel(sponsored: list[int], config: FunnelConfig, *, rising: bool = False, num_whole: int = ORGANIC) -> Funnel:
    """Items 0, 1, ... 11 in this order, the first `num_whole` with all that was asked for, and ads for the named
    items. `rising`: the ranker likes the last ones best."""

    async def candidates(query: Query) -> Candidates:
        index = np.arange(ORGANIC, dtype=np.int32)
        scores = np.linspace(1, 0, ORGANIC, dtype=np.float32)
        return Candidates(
            "r",
            index,
            scores,
            scores[:, None],
            np.ones((ORGANIC, 1), np.bool_),
            np.ones((ORGANIC, 1), np.bool_),
            ("popular",),
            np.full(ORGANIC, -1, np.int32),
            np.where(np.arange(ORGANIC) < num_whole, WHOLE, MATCHES.index("some")).astype(np.int8),
            num_whole,
            True,
            sort=query.asked.sort,
        )

    async def offers(_: Query) -> AdOffers:
        num = len(sponsored)
        index: IntArray = np.array(sponsored, np.int32)
        return AdOffers("r", index, tuple("c" * num), np.full(num, 9, np.int64), np.ones(num, np.float32))

    async def rank(_: Asked, __: Person, contenders: Contenders) -> Ranked:
        half = np.full(len(contenders.index), 0.5, np.float32)
        return Ranked("r", np.nan_to_num(-contenders.fused if rising else contenders.fused), half, half)

    def auction(offered: AdOffers, _: object, num_slots: int) -> tuple[Placement, ...]:
        return tuple(Placement(int(index), "c", 5, 1000) for index in offered.index[:num_slots])

    fallback = Fallback("r", CATALOGUE, np.ones(NUM, np.float32))
    return Funnel(Stages(candidates, offers, rank, auction), CATALOGUE, fallback, "r", config)


@pytest.mark.parametrize("offset", [0, 5])
@pytest.mark.parametrize("sponsored", [[], [13, 12], [0], [2, 13], [1, 4], [11, 3]])
def test_the_logged_propensity_is_the_frequency_also_around_ads(sponsored: list[int], offset: int) -> None:
    config = FunnelConfig(explore_share=0.4, explore_pool=8, ad_positions=(1, 4)).without_deadlines()
    funnel, runs = a_funnel(sponsored, config), 1500
    seen: Counter[tuple[str, int]] = Counter()
    said: dict[tuple[str, int], float] = {}

    async def serve() -> None:
        for seed in range(runs):
            for item in (await funnel.answer(Query(Asked("home", 5), draw=Draw(seed=seed, offset=offset)))).items:
                seen[item.item_id, item.position] += 1
                assert said.setdefault((item.item_id, item.position), item.propensity) == item.propensity

    asyncio.run(serve())
    for pair, count in seen.items():
        assert abs(count / runs - said[pair]) <= 5 * np.sqrt(said[pair] * (1 - said[pair]) / runs)
    places = {position for _, position in said}
    for place in places:  # everything that can stand at a place was seen there, so its probabilities are one
        assert sum(chance for (_, position), chance in said.items() if position == place) == pytest.approx(1.0)


def test_a_shuffle_never_unsells_a_place() -> None:
    config = FunnelConfig(explore_share=1.0, explore_pool=12, ad_positions=(1, 4)).without_deadlines()
    funnel = a_funnel([0, 1], config)
    for seed in range(50):
        slate = asyncio.run(funnel.answer(Query(Asked("home", 5), draw=Draw(seed=seed))))
        assert [item.position for item in slate.items if item.sponsored] == [1, 4]


@pytest.mark.parametrize("positions", [(1, 1), (6, 1), (-1,)])
def test_positions_must_rise(positions: tuple[int, ...]) -> None:
    with pytest.raises(WrongConfig, match=r"FunnelConfig\.ad_positions"):
        FunnelConfig.parse({"ad_positions": positions})


def test_a_page_too_short_for_a_place_does_not_sell_it() -> None:
    config = FunnelConfig(explore_share=0.0, ad_positions=(1, 4)).without_deadlines()
    slate = asyncio.run(a_funnel([13, 12], config).answer(Query(Asked("home", 3))))
    assert [item.item_id for item in slate.items if item.sponsored] == ["i13"]
    assert not any(item.sponsored for item in asyncio.run(a_funnel([13], config).answer(Query(Asked("home", 1)))).items)


@pytest.mark.parametrize(("text", "found"), [("", NUM), ("thing", NUM), ("nothing", 0), ("...", 0), ("。", 0)])
def test_the_fallback_finds_titles_with_all_words_and_nothing_for_no_words(text: str, found: int) -> None:
    assert (
        len(Fallback("r", CATALOGUE, np.ones(NUM, np.float32)).candidates(Query(Asked("search", 5, text=text))).index)
        == found
    )


SOBER = FunnelConfig(explore_share=0.0, ad_positions=(1, 4)).without_deadlines()
CHANCE = FunnelConfig(explore_share=1.0, explore_pool=12, ad_positions=(1, 4)).without_deadlines()


def search(funnel: Funnel, seed: int = 0, size: int = 8, **asked: Any) -> Slate:
    return asyncio.run(funnel.answer(Query(Asked("search", size, text="x", **asked), draw=Draw(seed=seed))))


@pytest.mark.parametrize("asked", [{"sort": "price_asc"}, {"cheap": True}])
@pytest.mark.parametrize("sponsored", [[], [13], [0, 2]])
def test_who_asks_for_an_order_gets_it_without_sold_places(sponsored: list[int], asked: dict[str, Any]) -> None:
    funnel = a_funnel(sponsored, SOBER, rising="sort" in asked)
    slate = search(funnel, **asked)
    assert [item.index for item in slate.items] == list(range(8)) and not slate.shuffled
    assert not any(item.sponsored for item in slate.items)


def test_who_asks_for_an_order_gets_it_without_chance() -> None:
    funnel = a_funnel([], CHANCE, rising=True)
    for seed in range(20):
        slate = search(funnel, seed, sort="price_asc")
        assert [item.index for item in slate.items] == list(range(8))
        assert {item.propensity for item in slate.items} == {1.0} and slate.policy == "sorted:price_asc"
        assert slate.sort == "price_asc" and not slate.shuffled


def test_what_has_all_that_was_asked_for_comes_first_whatever_the_ranker_likes() -> None:
    slate = search(a_funnel([], SOBER, rising=True, num_whole=3), size=12)
    assert [item.index for item in slate.items] == [2, 1, 0, *range(11, 2, -1)]
    assert [item.match for item in slate.items] == ["all"] * 3 + ["some"] * 9 and slate.num_matches == 3


def test_chance_moves_nothing_over_the_border_and_says_when_it_moved() -> None:
    orders = set()
    for seed in range(30):
        slate = search(a_funnel([], CHANCE, num_whole=5), seed)
        assert slate.shuffled and {item.index for item in slate.items[:5]} == set(range(5))
        assert [item.index for item in slate.items[5:]] == [5, 6, 7]
        assert [item.propensity for item in slate.items] == [pytest.approx(0.2)] * 5 + [1.0] * 3
        orders.add(tuple(item.index for item in slate.items))
    assert len(orders) > 5
    assert not search(a_funnel([], SOBER)).shuffled


@pytest.mark.parametrize(
    ("num_whole", "sponsored", "sold"),
    [
        (12, [3, 4], {1: 3, 4: 4}),
        (12, [13, 4], {1: 4}),  # item 13 was not found
        (6, [3, 8], {1: 3}),  # item 8 has only some of what was asked for
        (2, [1, 0], {}),  # an ad stands among results, never at their end
        (0, [3, 4], {}),  # nothing has what was asked for: no place is sold
    ],
)
def test_in_a_search_an_ad_is_for_what_was_asked(num_whole: int, sponsored: list[int], sold: dict[int, int]) -> None:
    slate = search(a_funnel(sponsored, SOBER, num_whole=num_whole))
    assert {item.position: item.index for item in slate.items if item.sponsored} == sold
    assert all(item.reason and item.reason.text == "Sponsored" for item in slate.items if item.sponsored)
    assert len(slate.items) == 8 and len({item.index for item in slate.items}) == 8
