"""The truth is calibrated, fixed by its configuration, and worth learning."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from recsys.errors import NotFound
from recsys.simulation.behaviour import behave
from recsys.simulation.config import SimulationConfig
from recsys.simulation.shop import Shop
from recsys.simulation.truth import NO_GRADE


def check_calibration(shop: Shop) -> None:
    report = shop.report()
    assert 0.70 < report["bayes_auc"] < 0.85
    assert 0.05 < report["ctr"] < 0.12
    assert 0.35 < report["gini"] < 0.75
    assert 0.05 < report["cvr"] < 0.25
    assert report["truth_hash"] == shop.config.truth_hash


def test_calibration(town_shop: Shop) -> None:
    check_calibration(town_shop)


@pytest.mark.long
@pytest.mark.parametrize("locale", ["en", "zh"])
def test_calibration_of_the_default(locale: str) -> None:
    check_calibration(Shop(SimulationConfig.parse({"locale": locale})))


def test_the_truth_is_fixed(small_shop: Shop) -> None:
    """What is drawn may only change together with TRUTH_VERSION, and then every figure of the project is rerun."""
    assert SimulationConfig().truth_hash == "aadadf57391676dd"
    assert SimulationConfig().updated({"truth.taste": 1.4}).truth_hash != SimulationConfig().truth_hash
    titles = small_shop.tables().items["title"].to_pylist()
    texts = [query.text for query in small_shop.queries(np.random.default_rng(0), 50)]
    p_click = small_shop.p_click(small_shop.user_ids[:100], small_shop.item_ids[:100]).round(6).tolist()
    assert hashlib.sha256(repr((titles, texts, p_click)).encode()).hexdigest()[:16] == "c0e0b8c7243b2871"


def test_a_shop_is_rebuilt_from_its_configuration_alone(small_shop: Shop) -> None:
    again = Shop(SimulationConfig.small())
    assert small_shop.tables().present() == again.tables().present()
    pair = (small_shop.user_ids[:50], small_shop.item_ids[:50])
    assert np.array_equal(small_shop.p_click(*pair), again.p_click(*pair))
    other = Shop(SimulationConfig.small(seed=8))
    assert not np.allclose(small_shop.p_click(*pair), other.p_click(*pair))


def test_clicks_follow_the_truth(small_shop: Shop) -> None:
    """Draws agree with examination x p_click at every position, within four standard errors."""
    rng, size, slates = np.random.default_rng(0), 6, 20_000
    position = np.tile(np.arange(size), slates)
    user, item = np.full(len(position), 3), np.tile(np.arange(10, 10 + size), slates)
    p_click = small_shop.truth.p_click(user, item, np.full(len(user), NO_GRADE), np.full(len(user), 5))
    did = behave(small_shop.truth, user, item, position, p_click, rng)
    expected = (p_click * small_shop.examination(position)).reshape(slates, size)[0]
    found = did.click.reshape(slates, size).mean(axis=0)
    assert np.all(np.abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / slates))
    assert np.all(did.click <= did.view) and np.all(did.cart <= did.click) and np.all(did.purchase <= did.cart)


def test_relevance_price_and_position_have_the_right_direction(small_shop: Shop) -> None:
    users = small_shop.user_ids * 2
    rng = np.random.default_rng(1)
    text = small_shop.queries(rng, 1)[0].text
    relevance = small_shop.relevance(text, small_shop.item_ids)
    means = [
        small_shop.p_click(users[:100] * len(rows), np.repeat(rows, 100).tolist(), text).mean()
        for grade in (0, 3)
        for rows in [np.array(small_shop.item_ids)[relevance == grade][:5]]
    ]
    assert means[1] > 1.5 * means[0]
    examination = small_shop.examination(np.arange(12))
    assert examination[0] == 1.0 and np.all(np.diff(examination) < 0)


def test_strangers_are_not_found(small_shop: Shop) -> None:
    with pytest.raises(NotFound, match="user_id"):
        small_shop.p_click(["nobody"], small_shop.item_ids[:1])
    with pytest.raises(NotFound, match="item_id"):
        small_shop.p_buy(small_shop.user_ids[:1], ["nothing"])
