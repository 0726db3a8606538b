"""Which of two lists is better, and whether that may be chance: the same people asked both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from recsys.metrics.intervals import Interval, bootstrap_ratio
from recsys.slate import FloatArray

Word = Literal["better", "worse", "even", "unknown"]
LEAST_PEOPLE = 20
"""Of fewer people anything may be true: their difference is shown, and no word is said."""


class Difference(NamedTuple):
    """A mean difference, where it lies in 95 of 100 repetitions, and what may be said of it."""

    mean: float
    low: float
    high: float
    word: Word


def difference(one: FloatArray, other: FloatArray, people: Sequence[str]) -> Difference:
    """Of `one` from `other`, higher being better; people are drawn whole, with all their requests.

    Args:
        one, other: (M,) what each request was worth under both.
        people: (M,) who made it.
    """
    _, person = np.unique(np.array(people, dtype=object), return_inverse=True)
    gain = np.asarray(one, np.float64) - np.asarray(other, np.float64)
    requests = np.bincount(person).astype(np.float64)
    interval = bootstrap_ratio(np.bincount(person, gain).astype(np.float64), requests, np.random.default_rng(0))
    return Difference(*interval, word(interval, len(requests)))


def word(interval: Interval, num_people: int) -> Word:
    """Better or worse where the whole interval says so."""
    if num_people < LEAST_PEOPLE:
        return "unknown"
    return "better" if interval.low > 0 else "worse" if interval.high < 0 else "even"
