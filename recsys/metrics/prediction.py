"""How good predicted probabilities are: in order, in size, and against knowing only the average.

Array axes: N predictions, B bins.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.slate import BoolArray, FloatArray

FLOOR = 1e-7
"""Probabilities are kept this far from 0 and 1, so that one mistake cannot cost everything."""


class Reliability(NamedTuple):
    """What was predicted and what happened, in bins of equal size from the lowest predictions to the highest."""

    predicted: NDArray[np.float64]  # (B,) mean prediction
    observed: NDArray[np.float64]  # (B,) share that happened
    size: NDArray[np.int64]  # (B,) predictions


def auc(happened: BoolArray, score: FloatArray) -> float:
    """Chance that something that happened scores above something that did not; equal scores count half.

    The Mann-Whitney statistic (Hanley and McNeil, Radiology 1982). nan where only one of the two occurs.

    Args:
        happened: (N,) outcomes.
        score: (N,) higher means likelier; any scale.
    """
    positive = int(np.count_nonzero(happened))
    negative = len(happened) - positive
    if not positive or not negative:
        return float("nan")
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    middle_rank = np.cumsum(counts) - (counts - 1) / 2.0
    total = float(middle_rank[inverse][happened].sum())
    return (total - positive * (positive + 1) / 2.0) / (positive * negative)


def log_loss(happened: BoolArray, probability: FloatArray) -> float:
    """Mean negative log-likelihood, in nats. nan without predictions."""
    if not len(happened):
        return float("nan")
    p = np.clip(np.asarray(probability, np.float64), FLOOR, 1.0 - FLOOR)
    return float(-np.mean(np.where(happened, np.log(p), np.log1p(-p))))


def normalised_entropy(happened: BoolArray, probability: FloatArray) -> float:
    """Log loss as a share of that of always predicting the average (He et al., ADKDD 2014); below 1 is useful."""
    if not len(happened):
        return float("nan")
    average = np.full(len(happened), float(np.mean(happened)))
    return log_loss(happened, probability) / log_loss(happened, average)


def reliability(happened: BoolArray, probability: FloatArray, *, num_bins: int = 20) -> Reliability:
    """The calibration curve in bins with equally many predictions; bins may be fewer than asked for."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, num_bins) if len(part)]
    return Reliability(
        np.array([float(np.mean(probability[part])) for part in parts]),
        np.array([float(np.mean(happened[part])) for part in parts]),
        np.array([len(part) for part in parts], np.int64),
    )


def expected_calibration_error(happened: BoolArray, probability: FloatArray, *, num_bins: int = 20) -> float:
    """Mean distance between predicted and observed over the bins of `reliability` (Naeini et al., AAAI 2015)."""
    curve = reliability(happened, probability, num_bins=num_bins)
    if not len(curve.size):
        return float("nan")
    return float(np.average(np.abs(curve.predicted - curve.observed), weights=curve.size))


def calibration_ratio(happened: BoolArray, probability: FloatArray) -> float:
    """Sum of the predictions over the number that happened: 1 is right on average, nan where nothing happened."""
    total = int(np.count_nonzero(happened))
    return float(np.sum(probability, dtype=np.float64)) / total if total else float("nan")
