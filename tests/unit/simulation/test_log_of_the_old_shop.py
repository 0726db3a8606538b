"""The simulated log: canonical, joined by slate, causal, and full of what collaborative models need."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from recsys.datasets.cleaning import clean_events, reasons
from recsys.datasets.crawlers import bots, suspicious_counts
from recsys.schema import TABLES, conform
from recsys.simulation.config import SimulationConfig
from recsys.simulation.logging_policy import AD_POSITION, LoggingPolicy, Sponsored
from recsys.simulation.shop import Shop


@pytest.fixture(scope="module")
def events(small_shop: Shop) -> pl.DataFrame:
    tables = small_shop.tables()
    crawlers = bots(suspicious_counts(tables.events))
    return pl.DataFrame(clean_events(tables.events, tables.items["item_id"].combine_chunks(), crawlers).kept)


def test_tables_are_canonical(small_shop: Shop) -> None:
    tables = small_shop.tables()
    assert set(tables.present()) == set(TABLES)
    for name, table in tables.present().items():
        assert conform(table, name).equals(table)
    assert tables.clock == "wall"


def test_the_dirt_is_found_and_nothing_else(small_shop: Shop) -> None:
    tables, config = small_shop.tables(), small_shop.config
    crawlers = bots(suspicious_counts(tables.events))
    assert crawlers["user_id"].to_pylist() == [f"b{number:03d}" for number in range(config.num_bots)]
    cleaned = clean_events(tables.events, tables.items["item_id"].combine_chunks(), crawlers)
    found = reasons(cleaned.quarantined)
    assert {"crawler", "event_id repeated", "kind unknown", "item unknown", "price impossible"} <= set(found)
    impressions = pl.DataFrame(cleaned.kept).filter(pl.col("kind") == "impression")
    assert len(impressions) == pytest.approx(small_shop.report()["impressions"], rel=1e-3)


def test_every_deed_has_the_one_before_it(events: pl.DataFrame) -> None:
    place = ["slate_id", "item_id", "position", "user_id"]
    steps = [events.filter(pl.col("kind") == kind) for kind in ("impression", "view", "click", "cart", "purchase")]
    for before, after in pairwise(steps):
        joined = after.join(before, on=place, suffix="_before")
        assert len(after) - len(joined) <= 0.02 * len(after) + 2  # some rows came broken
        assert (joined["at"] > joined["at_before"]).all()
    assert steps[0].select(place[:2]).is_duplicated().sum() == 0


def test_nothing_happens_before_it_can(small_shop: Shop, events: pl.DataFrame) -> None:
    tables, config = small_shop.tables(), small_shop.config
    items = pl.DataFrame(tables.items.select(["item_id", "created_at", "in_stock"]))
    users = pl.DataFrame(tables.users.select(["user_id", "created_at"]))
    assert (events["at"].dt.timestamp("us") / 1e6).is_between(config.starts_s, config.ends_s + 3600).all()
    shown = events.filter(pl.col("kind") == "impression").join(items, on="item_id")
    assert shown["in_stock"].all()
    assert (shown["at"] >= shown["created_at"]).all()
    seen = events.join(users, on="user_id")
    assert (seen["at"] >= seen["created_at"]).all()
    assert (items["created_at"].dt.timestamp("us") / 1e6 > config.starts_s).any()  # late items
    assert (users["created_at"].dt.timestamp("us") / 1e6 > config.starts_s).any()  # late users


def test_logged_columns(events: pl.DataFrame) -> None:
    impressions = events.filter(pl.col("kind") == "impression")
    assert impressions["propensity"].is_between(0, 1, closed="right").all()
    assert set(impressions["surface"].unique()) == {"search", "home", "item", "cart"}
    assert impressions.filter(pl.col("surface") == "search")["query"].is_not_null().all()
    sponsored = impressions.filter(pl.col("campaign_id").is_not_null())
    assert len(sponsored) > 0 and (sponsored["position"] == AD_POSITION).all()
    paid = events.filter(pl.col("kind") == "purchase")
    assert (paid["price_micros"] > 0).all() and (paid["quantity"] >= 1).all()


def test_propensities_are_exact() -> None:
    """Of one request decided 40,000 times, each (item, position) is shown as often as was logged."""
    config = SimulationConfig(num_items=20, num_users=10, num_slates=50, slate_size=3, exploration=0.4)
    shop = Shop(config)
    policy = LoggingPolicy(config, shop._assortment, shop._shoppers)
    times = 40_000
    weights = np.zeros((1, 20), np.float32)
    weights[0, :6] = 1e6 ** np.arange(6, 0, -1, dtype=np.float64)  # so far apart that the candidates have one order
    nobody = Sponsored(np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0))
    shown = policy.show(np.repeat(weights, times, 0), np.zeros(times, np.bool_), nobody, np.random.default_rng(5))
    assert np.all(np.sort(np.unique(shown.item)) == np.arange(6))
    for position in range(3):
        for item in range(6):
            rows = shown.item[:, position] == item
            logged = shown.propensity[rows, position]
            assert np.ptp(logged) < 1e-12
            assert abs(rows.mean() - logged[0]) < 4 * np.sqrt(0.25 / times)


def test_sponsored_propensities_are_exact(small_shop: Shop) -> None:
    policy = LoggingPolicy(small_shop.config, small_shop._assortment, small_shop._shoppers)
    times = 20_000
    weights = np.zeros((times, len(small_shop.item_ids)), np.float32)
    weights[:, :40] = 1.0
    offers = Sponsored(np.array([0, 1, 2]), np.array([0, 1, 1]), np.array([1.0, 2.0, 5.0]))
    shown = policy.show(weights, np.ones(times, np.bool_), offers, np.random.default_rng(6))
    for item, share in ((0, 0.125), (1, 0.25), (2, 0.625)):
        rows = shown.item[:, AD_POSITION] == item
        assert np.all(shown.campaign[rows, AD_POSITION] == min(item, 1))
        assert shown.propensity[rows, AD_POSITION] == pytest.approx(share)
        assert abs(rows.mean() - share) < 4 * np.sqrt(0.25 / times)
    assert all(len(set(row)) == len(row) for row in shown.item[:200])


def test_history_tells_what_comes_next(town_shop: Shop) -> None:
    """What others clicked beside a user's last item finds the next one much better than popularity does."""
    log = town_shop.log
    rows = np.flatnonzero(log.behaviour.click)
    user, item, at_s = log.places.user[rows], log.places.item[rows], log.places.at_s[rows]
    order = np.lexsort((at_s, user))
    user, item, at_s = user[order], item[order], at_s[order]
    follows = (user[1:] == user[:-1]) & (item[1:] != item[:-1])
    before, after, late = item[:-1][follows], item[1:][follows], at_s[1:][follows] > np.quantile(at_s, 0.8)
    together = np.zeros((len(town_shop.item_ids),) * 2)
    np.add.at(together, (before[~late], after[~late]), 1.0)
    np.add.at(together, (after[~late], before[~late]), 0.6)
    popularity = np.bincount(item[at_s <= np.quantile(at_s, 0.8)], minlength=len(together)).astype(float)
    together /= np.sqrt(popularity + 1)
    found = np.mean([a in np.argsort(-together[b])[:10] for b, a in zip(before[late], after[late], strict=True)])
    popular = np.mean(np.isin(after[late], np.argsort(-popularity)[:10]))
    assert found > 1.7 * popular


def test_zero_of_everything_optional() -> None:
    config = SimulationConfig.small().updated(
        {"num_bots": 0, "dirt": 0.0, "num_advertisers": 0, "late_item_share": 0.0}
    )
    tables = Shop(config).tables()
    assert tables.campaigns is not None and tables.campaigns.num_rows == 0
    cleaned = clean_events(tables.events, tables.items["item_id"].combine_chunks())
    assert cleaned.quarantined.num_rows == 0
