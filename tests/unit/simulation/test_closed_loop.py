"""Shoppers meet slates that somebody else decides."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from recsys.errors import WrongData
from recsys.schema import conform
from recsys.simulation.closed_loop import ClosedLoop, ShopRequest, ShopSlate
from recsys.simulation.shop import Shop


def run(shop: Shop, answer: object, sessions: int = 60) -> ClosedLoop:
    return shop.run(answer, sessions, np.random.default_rng(0))  # type: ignore[arg-type]


def test_the_oracle_beats_popularity_beats_chance(small_shop: Shop) -> None:
    rng = np.random.default_rng(1)

    def anything(request: ShopRequest) -> ShopSlate:
        return ShopSlate(rng.choice(small_shop.item_ids, request.size, replace=False).tolist())

    oracle, popular, chance = (run(small_shop, answer) for answer in (small_shop.oracle, small_shop.popular, anything))
    assert oracle.mean_p_click > 1.4 * popular.mean_p_click > 1.4 * chance.mean_p_click
    assert oracle.expected_clicks > popular.expected_clicks > chance.expected_clicks
    assert oracle.num_clicks > chance.num_clicks
    assert set(oracle.by_surface) == {"search", "home", "item", "cart"}


def test_events_are_canonical_and_carry_the_answer(small_shop: Shop) -> None:
    asked: list[ShopRequest] = []

    def answer(request: ShopRequest) -> ShopSlate:
        asked.append(request)
        items = small_shop.popular(request).item_ids
        return ShopSlate(items, [None, "c7"], [0.5, 0.25], slate_id=f"mine-{len(asked)}")

    loop = run(small_shop, answer)
    events = conform(loop.events, "events")
    assert events.equals(loop.events) and loop.num_slates == len(asked)
    assert len(pc.unique(events["event_id"])) == len(events)
    shown = events.filter(pc.equal(events["kind"], "impression")).to_pylist()
    assert len(shown) == loop.num_impressions
    assert {row["slate_id"] for row in shown} == {f"mine-{number + 1}" for number in range(len(asked))}
    assert {row["propensity"] for row in shown} == {0.5, 0.25, 1.0}
    assert all((row["campaign_id"] == "c7") == (row["position"] == 1) for row in shown)
    for request in asked:
        assert bool(request.text) == (request.surface == "search")
        assert (request.context_item_id is not None) == (request.surface in ("item", "cart"))
        assert request.at_s >= small_shop.config.ends_s


def test_events_come_back_before_the_next_request(small_shop: Shop) -> None:
    trace: list[str] = []
    parts: list[pa.Table] = []

    def answer(request: ShopRequest) -> ShopSlate:
        trace.append("ask")
        return small_shop.popular(request)

    def tell(events: pa.Table) -> None:
        trace.append("tell")
        parts.append(events)

    loop = small_shop.run(answer, 10, np.random.default_rng(2), on_events=tell)
    assert trace == ["ask", "tell"] * loop.num_slates
    told = pa.concat_tables(parts)
    assert sorted(told["event_id"].to_pylist()) == sorted(loop.events["event_id"].to_pylist())


def test_empty_answers_are_allowed(small_shop: Shop) -> None:
    loop = run(small_shop, lambda request: ShopSlate([]), 5)
    assert loop.num_impressions == loop.events.num_rows == 0
    assert loop.num_slates >= 5 and loop.mean_p_click == 0.0


def test_items_of_another_shop_are_refused(small_shop: Shop) -> None:
    with pytest.raises(WrongData, match=r"slate\.item_ids"):
        run(small_shop, lambda request: ShopSlate(["i-other"]), 1)
