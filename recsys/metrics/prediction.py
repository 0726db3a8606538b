"""How good predicted probabilities are: in order, in size, and against knowing only the average.

Array axes: N predictions.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recsys.slate import BoolArray, FloatArray

FLOOR = 1e-7
"""Probabilities are kept this far from 0 and 1, so that one mistake cannot cost everything."""


class Bin(NamedTuple):
    """Predictions of about one size: what they said and what happened."""

    predicted: float
    """Mean prediction."""
    observed: float
    """Share that happened."""
    size: int


def auc(score: FloatArray, happened: BoolArray) -> float:
    """Chance that something that happened scores above something that did not; equal scores count half.

    The Mann-Whitney statistic (Hanley and McNeil, Radiology 1982). nan where only one of the two occurs.

    Args:
        score: (N,) higher means likelier; any scale.
        happened: (N,) outcomes.
    """
    positive = int(np.count_nonzero(happened))
    negative = len(happened) - positive
    if not positive or not negative:
        return float("nan")
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    middle_rank = np.cumsum(counts) - (counts - 1) / 2.0
    total = float(middle_rank[inverse][happened].sum())
    return (total - positive * (positive + 1) / 2.0) / (positive * negative)


def log_loss(probability: FloatArray, happened: BoolArray) -> float:
    """Mean negative log-likelihood, in nats. nan without predictions."""
    if not len(happened):
        return float("nan")
    p = np.clip(np.asarray(probability, np.float64), FLOOR, 1.0 - FLOOR)
    return float(-np.mean(np.where(happened, np.log(p), np.log1p(-p))))


def reliability(probability: FloatArray, happened: BoolArray, *, num_bins: int = 20) -> list[Bin]:
    """The calibration curve in bins with equally many predictions, lowest first; fewer where they are few."""
    order = np.argsort(probability, kind="stable")
    parts = [part for part in np.array_split(order, num_bins) if len(part)]
    return [Bin(float(np.mean(probability[part])), float(np.mean(happened[part])), len(part)) for part in parts]


def expected_calibration_error(probability: FloatArray, happened: BoolArray, *, num_bins: int = 20) -> float:
    """Mean distance between predicted and observed over the bins of `reliability` (Naeini et al., AAAI 2015)."""
    bins = reliability(probability, happened, num_bins=num_bins)
    if not bins:
        return float("nan")
    return sum(abs(one.predicted - one.observed) * one.size for one in bins) / len(happened)
