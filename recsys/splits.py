"""Folds without leakage. A fold is for one purpose:

train   recall models and text encoders
rank    ranking models, with features from models that saw only `train`
valid   every choice: early stopping, weights, calibration
test    read once
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

FOLDS = ("train", "rank", "valid", "test")
TRAIN, RANK, VALID, TEST = range(4)


SHARES = (0.7, 0.15, 0.05)
"""Of the events before each cut's end, for train, rank and valid; the rest is test."""


def split_by_time(at: NDArray[Any], shares: tuple[float, float, float] = SHARES) -> NDArray[np.int8]:
    """Fold of each event by three cuts in time; equal times stay together.

    Args:
        at: (N,) times, comparable.
        shares: of the events, for train, rank and valid.
    """
    return fold_at(at, time_cuts([at], [len(at)], shares))


def fold_at(at: NDArray[Any], cuts: NDArray[Any]) -> NDArray[np.int8]:
    """(N,) fold of each time, given the last time of train, of rank and of valid."""
    return np.searchsorted(cuts, at, side="left").astype(np.int8)


def sample_times(at: NDArray[np.float64], size: int = 512) -> NDArray[np.float64]:
    """Evenly spaced quantiles of a part's times: what is needed to cut the whole without holding it."""
    return np.quantile(at, np.linspace(0, 1, size), method="lower") if len(at) > size else np.sort(at)


def time_cuts(
    samples: Sequence[NDArray[np.float64]], counts: Sequence[int], shares: tuple[float, float, float] = SHARES
) -> NDArray[np.float64]:
    """(3,) last time of train, of rank and of valid, from the samples of parts with so many events each.

    The shares are met within 1 / size of the samples; of nothing, the cuts are in the future.
    """
    if sum(counts) == 0:
        return np.full(3, np.inf)
    times = np.concatenate([np.asarray(sample, np.float64) for sample in samples])
    weight = np.concatenate(
        [np.full(len(sample), count / len(sample)) for sample, count in zip(samples, counts, strict=True) if count]
    )
    order = np.argsort(times, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    at = np.minimum(np.searchsorted(reached, np.cumsum(shares) - 1e-9), len(times) - 1)
    cuts: NDArray[np.float64] = times[order][at]
    return cuts


def leave_one_out(user: NDArray[Any], at: NDArray[Any]) -> NDArray[np.int8]:
    """Last event of each user to test, the one before to valid, the rest to train; users with two events or fewer
    stay in train whole. Events of one user at one time keep the order in which they come.

    Args:
        user: (N,) codes.
        at: (N,) times.
    """
    order = np.lexsort((np.arange(len(at)), at, user))
    users = user[order]
    starts = np.flatnonzero(np.r_[True, users[1:] != users[:-1]]) if len(users) else np.zeros(0, np.int64)
    counts = np.diff(np.r_[starts, len(users)])
    from_end = np.repeat(starts + counts, counts) - np.arange(len(users))  # 1 for the last
    long = np.repeat(counts, counts) >= 3
    folds = np.full(len(users), TRAIN, np.int8)
    folds[long & (from_end == 1)] = TEST
    folds[long & (from_end == 2)] = VALID
    out = np.empty_like(folds)
    out[order] = folds
    return out
