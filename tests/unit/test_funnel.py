"""The funnel over stages that answer the same every time: what is logged is what happens."""

from __future__ import annotations

import asyncio
from collections import Counter

import numpy as np
import pytest

from recsys.errors import WrongConfig
from recsys.funnel import Funnel, FunnelConfig, Stages
from recsys.recall.fallback import Fallback
from recsys.slate import AdOffers, Asked, Candidates, Contenders, Draw, IntArray, Person, Placement, Query, Ranked
from tests.shelf import catalogue_of, row

NUM, ORGANIC = 14, 12
CATALOGUE = catalogue_of([row() for _ in range(NUM)])


def a_funnel(sponsored: list[int], config: FunnelConfig, *, rising: bool = False) -> Funnel:
    """Items 0, 1, ... 11 in this order, and ads for the named items. `rising`: the ranker likes the last ones best."""

    async def candidates(_: Query) -> Candidates:
        index = np.arange(ORGANIC, dtype=np.int32)
        scores = np.linspace(1, 0, ORGANIC, dtype=np.float32)
        return Candidates(
            "r",
            index,
            scores,
            scores[:, None],
            np.ones((ORGANIC, 1), np.bool_),
            ("popular",),
            np.full(ORGANIC, -1, np.int32),
            ORGANIC,
            True,
        )

    async def offers(_: Query) -> AdOffers:
        num = len(sponsored)
        index: IntArray = np.array(sponsored, np.int32)
        return AdOffers("r", index, tuple("c" * num), np.full(num, 9, np.int64), np.ones(num, np.float32))

    async def rank(_: Asked, __: Person, contenders: Contenders) -> Ranked:
        half = np.full(len(contenders.index), 0.5, np.float32)
        return Ranked("r", np.nan_to_num(-contenders.fused if rising else contenders.fused), half, half)

    def auction(_: AdOffers, __: object, num_slots: int) -> tuple[Placement, ...]:
        return tuple(Placement(index, "c", 5, 1000) for index in sponsored[:num_slots])

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


@pytest.mark.parametrize("sponsored", [[], [13], [0, 2]])
def test_who_asks_for_an_order_gets_it_without_chance(sponsored: list[int]) -> None:
    funnel = a_funnel(sponsored, FunnelConfig(explore_share=1.0, ad_positions=(1, 4)).without_deadlines(), rising=True)
    for seed in range(20):
        slate = asyncio.run(funnel.answer(Query(Asked("search", 6, sort="price_asc"), draw=Draw(seed=seed))))
        organic = [item.index for item in slate.items if not item.sponsored]
        assert organic == [item for item in range(ORGANIC) if item not in sponsored][: len(organic)]
        assert [item.position for item in slate.items if item.sponsored] == [1, 4][: len(sponsored)]
        assert {item.propensity for item in slate.items} == {1.0} and slate.policy == "sorted:price_asc"
