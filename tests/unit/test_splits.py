"""Folds do not leak."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recsys.splits import RANK, TEST, TRAIN, VALID, leave_one_out, split_by_time

times = st.lists(st.integers(0, 50), min_size=1, max_size=200)


@given(times)
def test_a_later_fold_is_later_in_time(at: list[int]) -> None:
    at_s, folds = np.array(at), split_by_time(np.array(at))
    for fold in (RANK, VALID, TEST):
        if (folds == fold).any() and (folds < fold).any():
            assert at_s[folds < fold].max() < at_s[folds == fold].min()


def test_shares_are_kept() -> None:
    folds = split_by_time(np.arange(1000), (0.7, 0.15, 0.05))
    assert np.abs(np.bincount(folds) - [700, 150, 50, 100]).max() <= 1


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 9)), max_size=100))
def test_leave_one_out_takes_the_last_two(steps: list[tuple[int, int]]) -> None:
    user, at = np.array(steps, np.int64).reshape(-1, 2).T
    folds = leave_one_out(user, at)
    for one in np.unique(user):
        rows = np.flatnonzero(user == one)
        rows = rows[np.lexsort((rows, at[rows]))]
        wanted = [TRAIN] * len(rows) if len(rows) < 3 else [*[TRAIN] * (len(rows) - 2), VALID, TEST]
        assert folds[rows].tolist() == wanted
