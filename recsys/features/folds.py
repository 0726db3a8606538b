"""Folds of the three learning tables of some users: the same cut through steps, pairs and slates."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from recsys.splits import RANK, TEST, TRAIN, VALID, fold_at, leave_one_out


def fold_by_time(
    steps: pa.Table, pairs: pa.Table, slates: pa.Table, *, cuts: NDArray[np.float64]
) -> dict[str, pa.Table]:
    """Each table with its column `fold` by three moments; a slate by when its last outcome was known.

    Args:
        steps, pairs, slates: as made by recsys.features.pairs and slates.
        cuts: (3,) last second of train, of rank and of valid.
    """
    return {
        "steps": with_fold(steps, fold_at(steps["at_s"].to_numpy(), cuts)),
        "pairs": with_fold(pairs, fold_at(pairs["at_s"].to_numpy(), cuts)),
        "slates": with_fold(slates, fold_at(slates["known_s"].to_numpy(), cuts)),
    }


def fold_by_user_after(
    steps: pa.Table, pairs: pa.Table, slates: pa.Table, *, train_until_s: float, test_after_s: float, valid_share: float
) -> dict[str, pa.Table]:
    """Each table with its column `fold`, for learning from a log that goes on: the newest events are ranked too.

    Up to one moment everything is train, after another everything is test. Between them rows belong to rank or to
    valid by their user, so that ranking learns from slates of yesterday and its choices are made on other people's.

    Args:
        train_until_s: last second of train.
        test_after_s: last second before test.
        valid_share: of the users between the two, for valid.
    """

    def fold(table: pa.Table, time: str) -> pa.Table:
        at_s = table[time].to_numpy()
        users = table["user_id"].combine_chunks().dictionary_encode()
        chosen = np.array([_drawn(user) < valid_share for user in users.dictionary.to_pylist()], np.bool_)
        valid = chosen[users.indices.to_numpy()] if len(table) else np.zeros(0, np.bool_)
        folds = np.where(valid, VALID, RANK)
        folds = np.where(at_s <= train_until_s, TRAIN, np.where(at_s > test_after_s, TEST, folds))
        return with_fold(table, folds.astype(np.int8))

    return {"steps": fold(steps, "at_s"), "pairs": fold(pairs, "at_s"), "slates": fold(slates, "known_s")}


def leave_last_out(steps: pa.Table, pairs: pa.Table, slates: pa.Table) -> dict[str, pa.Table]:
    """Each table with its column `fold`: a user's last step is for test, the one before for validation.

    Pairs and slates of a user belong to test from the time of the test step on, to validation from that of the
    validation step on; at equal times the later fold has them.
    """
    users = steps["user_id"].combine_chunks().dictionary_encode()
    folds = leave_one_out(users.indices.to_numpy(), steps["at_s"].to_numpy())
    done = with_fold(steps, folds)
    begins: Any = pl.from_arrow(done.select(["user_id", "at_s", "fold"]))
    return {
        "steps": done,
        "pairs": with_fold(pairs, _by_user(pairs, "at_s", begins)),
        "slates": with_fold(slates, _by_user(slates, "known_s", begins)),
    }


def with_fold(table: pa.Table, folds: NDArray[np.int8]) -> pa.Table:
    return table.append_column(pa.field("fold", pa.int8(), nullable=False), pa.array(folds, pa.int8()))


def _drawn(user_id: str) -> float:
    """A number in [0, 1) that is always the same for a user, and has nothing to do with the part of the user."""
    return zlib.crc32(f"fold of {user_id}".encode()) / 2**32


def _by_user(table: pa.Table, time: str, begins: pl.DataFrame) -> NDArray[np.int8]:
    """(N,) fold of each row by when the folds of its user begin."""
    starts = begins.group_by("user_id").agg(
        valid_s=pl.col("at_s").filter(pl.col("fold") == VALID).min(),
        test_s=pl.col("at_s").filter(pl.col("fold") == TEST).min(),
    )
    rows: Any = pl.from_arrow(table.select(["user_id", time]))
    joined = rows.join(starts, on="user_id", how="left", maintain_order="left")
    fold = (
        pl.when(pl.col(time) >= pl.col("test_s"))
        .then(TEST)
        .when(pl.col(time) >= pl.col("valid_s"))
        .then(VALID)
        .otherwise(TRAIN)
    )
    folds: NDArray[np.int8] = joined.select(fold.cast(pl.Int8))[:, 0].to_numpy()
    return folds
