"""How sure a mean over users is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.slate import FloatArray


class Interval(NamedTuple):
    """A mean and where it lies in 95 of 100 repetitions (or as asked)."""

    mean: float
    low: float
    high: float


def bootstrap_mean(
    values: FloatArray, rng: np.random.Generator, *, num_draws: int = 1000, level: float = 0.95
) -> Interval:
    """Percentile bootstrap of a mean of independent values (Efron, 1979), such as one per user. nan without values."""
    ones = np.ones(len(values))
    return bootstrap_ratio(np.asarray(values, np.float64), ones, rng, num_draws=num_draws, level=level)


def bootstrap_ratio(
    numerator: FloatArray,
    denominator: FloatArray,
    rng: np.random.Generator,
    *,
    num_draws: int = 1000,
    level: float = 0.95,
) -> Interval:
    """The same for a ratio of sums, users drawn whole: clicks of each over views of each.

    Args:
        numerator, denominator: (U,) of each user; draws whose denominator sums to nothing are passed over.
        rng: of the draws.
        num_draws: repetitions.
        level: share of the repetitions inside.
    """
    if not len(numerator) or not np.sum(denominator):
        return Interval(float("nan"), float("nan"), float("nan"))
    ratios = _ratios(numerator, denominator, rng, num_draws)
    low, high = np.nanquantile(ratios, [(1.0 - level) / 2.0, (1.0 + level) / 2.0])
    return Interval(float(np.sum(numerator) / np.sum(denominator)), float(low), float(high))


def _ratios(
    numerator: FloatArray, denominator: FloatArray, rng: np.random.Generator, num_draws: int
) -> NDArray[np.float64]:
    drawn = np.empty(num_draws)
    for draw in range(num_draws):  # one at a time: a matrix of draws would not fit for many users
        rows = rng.integers(0, len(numerator), len(numerator))
        below = float(np.sum(denominator[rows]))
        drawn[draw] = float(np.sum(numerator[rows])) / below if below else np.nan
    return drawn
