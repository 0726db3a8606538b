"""Favourites, reviews, returns and devices follow the truth, and move nothing else."""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow.compute as pc
import pytest

from recsys.schema import DAY_S, KINDS
from recsys.simulation.aftermath import PLATFORMS
from recsys.simulation.config import SimulationConfig
from recsys.simulation.shop import Shop

CONFIG = SimulationConfig(num_items=300, num_users=400, num_slates=8_000, num_bots=0, dirt=0.0)


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop(CONFIG)


@pytest.fixture(scope="module")
def events(shop: Shop) -> pl.DataFrame:
    return pl.DataFrame(shop.tables().events)


def test_every_kind_is_there_in_order_of_time_and_inside_the_log(events: pl.DataFrame) -> None:
    assert set(events["kind"].unique()) == set(KINDS)
    assert events["at"].is_sorted() and events["event_id"].is_unique().all()
    assert events["at"].max().timestamp() < CONFIG.ends_s + 3_600  # type: ignore[union-attr]  # of a last session


def test_what_was_clicked_and_bought_does_not_depend_on_what_follows(events: pl.DataFrame) -> None:
    other = CONFIG.updated({"aftermath": {"favourite": 1.0, "review_share": 0.9, "regret": 2.0, "regret_slope": 0.0}})
    theirs = pl.DataFrame(Shop(other).tables().events)
    first = pl.col("kind").is_in(["impression", "view", "click", "cart", "purchase"])
    assert theirs.filter(first).equals(events.filter(first))
    assert theirs.height > events.height
    assert other.truth_hash != CONFIG.truth_hash


def test_each_follows_what_it_needs(events: pl.DataFrame) -> None:
    def of(kind: str) -> pl.DataFrame:
        return events.filter(pl.col("kind") == kind)

    purchase, click = of("purchase"), of("click")
    same = ["slate_id", "item_id"]
    assert of("favourite").join(click, on=same, how="anti").is_empty()
    assert of("favourite").join(purchase, on=same, how="semi").is_empty()
    back = of("return").join(purchase, on=same)
    assert back.height == of("return").height > 0 and (back["at"] > back["at_right"]).all()
    assert (back["price_micros"] == back["price_micros_right"]).all()
    reviewed = of("review").join(purchase, on=["user_id", "item_id"])
    assert reviewed["event_id"].n_unique() == of("review").height and (reviewed["at"] > reviewed["at_right"]).any()
    assert of("review")["rating"].is_between(1, 5).all() and of("review")["slate_id"].is_null().all()
    assert events.filter(pl.col("kind") != "review")["rating"].is_null().all()


@pytest.mark.parametrize("kind", ["favourite", "review", "return"])
def test_as_many_follow_as_their_chances_say(shop: Shop, kind: str) -> None:
    """Of what happened so early that all that follows lies inside the log, within four standard errors."""
    places, did, settings = shop.log.places, shop.log.behaviour, CONFIG.aftermath
    base = did.click & ~did.purchase if kind == "favourite" else did.purchase
    rows = np.flatnonzero(base & (places.at_s < CONFIG.ends_s - 13 * DAY_S))
    who, what = places.user[rows], places.item[rows]
    chance = {
        "favourite": _share(settings.favourite + shop.truth.attraction(who, what)),
        "review": np.full(len(rows), settings.review_share),
        "return": _share(settings.regret + settings.regret_slope * shop.truth.satisfaction(who, what)),
    }[kind]
    followed = set(shop.later.filter(pc.equal(shop.later["kind"], kind))["event_id"].to_pylist())
    found = sum(f"l{places.slate[row]:07d}-{places.position[row]}-{kind}" in followed for row in rows)
    assert abs(found - chance.sum()) < 4 * np.sqrt((chance * (1 - chance)).sum())
    assert chance.sum() > 10, "enough to tell"


def _share(log_odds: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def test_who_is_glad_gives_stars_and_keeps_the_thing(shop: Shop) -> None:
    later = pl.DataFrame(shop.later)
    user, item = {u: n for n, u in enumerate(shop.user_ids)}, {i: n for n, i in enumerate(shop.item_ids)}

    def gladness(kind: str) -> np.ndarray:
        rows = later.filter(pl.col("kind") == kind)
        who, what = (
            np.array([table[one] for one in rows[name]]) for table, name in ((user, "user_id"), (item, "item_id"))
        )
        return shop.truth.satisfaction(who, what)

    stars = later.filter(pl.col("kind") == "review")["rating"].to_numpy()
    assert np.corrcoef(gladness("review"), stars)[0, 1] > 0.5
    assert gladness("return").mean() < gladness("review").mean() - 0.3


def test_devices_are_a_persons_and_a_sessions(events: pl.DataFrame) -> None:
    assert set(events["platform"].unique()) == set(PLATFORMS)
    assert (
        events.drop_nulls("session_id").group_by("session_id").agg(pl.col("platform").n_unique())["platform"] == 1
    ).all()
    people = events.group_by("user_id").agg(pl.col("session_id").n_unique(), pl.col("platform").n_unique())
    often = people.filter(pl.col("session_id") >= 8)
    assert set(often["platform"].unique()) == {1, 2}
