from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.metrics.business import cpm, ctr, cvr
from recsys.metrics.exposure import gini
from recsys.metrics.intervals import bootstrap_mean, bootstrap_ratio

amounts = st.lists(st.integers(0, 50), min_size=1, max_size=40).filter(any)


def test_ctr_is_per_view_where_views_are_reported() -> None:
    assert (ctr(3, views=10, impressions=40).value, ctr(3, views=10, impressions=40).per) == (0.3, "views")
    assert (ctr(3, views=0, impressions=40).value, ctr(3, views=0, impressions=40).per) == (0.075, "impressions")
    assert np.isnan(ctr(0, views=0, impressions=0).value)


def test_money_is_in_currency_units() -> None:
    assert cpm(2_500_000, views=0, impressions=1000).value == pytest.approx(2.5)


def test_rates_add_up_only_over_the_same_denominator() -> None:
    both = cvr(1, clicks=4) + cvr(2, clicks=8)
    assert (both.numerator, both.denominator, both.per) == (3, 12, "clicks")
    with pytest.raises(ValueError, match="views"):
        ctr(1, views=2, impressions=2) + ctr(1, views=0, impressions=2)


@given(amounts)
def test_gini_is_the_mean_difference_over_twice_the_mean(values: list[int]) -> None:
    amount = np.array(values, float)
    expected = np.abs(amount[:, None] - amount).mean() / (2 * amount.mean())
    assert gini(amount) == pytest.approx(expected)
    assert gini(amount * 3) == pytest.approx(gini(amount))


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(100):
        interval = bootstrap_mean(rng.normal(1.0, 1.0, 80), rng, num_draws=200)
        held += interval.low <= 1.0 <= interval.high
    assert 85 <= held <= 99


def test_a_ratio_draws_users_whole() -> None:
    rng = np.random.default_rng(0)
    clicks, views = np.array([0.0, 10.0, 0.0, 10.0]), np.array([10.0, 10.0, 10.0, 10.0])
    interval = bootstrap_ratio(clicks, views, rng)
    assert interval.mean == 0.5
    assert interval.low < 0.2  # twenty independent views would give about .3
    assert np.isnan(bootstrap_ratio(clicks, np.zeros(4), rng).mean)
