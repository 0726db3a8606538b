from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import log_loss as reference_log_loss
from sklearn.metrics import roc_auc_score

from recsys.metrics.prediction import (
    auc,
    expected_calibration_error,
    log_loss,
    reliability,
)

predictions = st.lists(st.tuples(st.integers(1, 9).map(lambda tenth: tenth / 10), st.booleans()), min_size=2).filter(
    lambda rows: len({happened for _, happened in rows}) == 2
)


@given(predictions)
def test_auc_and_log_loss_agree_with_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    probability, happened = np.array([p for p, _ in rows]), np.array([h for _, h in rows])
    assert auc(probability, happened) == pytest.approx(roc_auc_score(happened, probability))
    assert log_loss(probability, happened) == pytest.approx(reference_log_loss(happened, probability))


def test_auc_of_one_outcome_is_unknown() -> None:
    assert np.isnan(auc(np.array([0.1, 0.2]), np.array([True, True])))


def test_certain_mistakes_cost_a_finite_amount() -> None:
    assert 10 < log_loss(np.array([0.0]), np.array([True])) < 20


def test_true_probabilities_are_calibrated_and_halved_ones_are_not() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0.01, 0.5, 40_000)
    happened = rng.random(40_000) < truth
    assert expected_calibration_error(truth, happened) < 0.01
    assert expected_calibration_error(truth / 2, happened) > 0.1


@given(predictions, st.integers(1, 8))
def test_bins_hold_everything_once_in_order(rows: list[tuple[float, bool]], num_bins: int) -> None:
    probability, happened = np.array([p for p, _ in rows]), np.array([h for _, h in rows])
    bins = reliability(probability, happened, num_bins=num_bins)
    assert sum(one.size for one in bins) == len(rows)
    assert sum(one.observed * one.size for one in bins) == pytest.approx(happened.sum())
    assert all(low.predicted <= high.predicted + 1e-9 for low, high in pairwise(bins))
