"""What each user said yes to, in order: the one form in which recall models read and serve behaviour.

Array axes: U users, T steps, L history, M held-out steps.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow.dataset import dataset

from recsys.errors import WrongData
from recsys.slate import HISTORY, BoolArray, History, IntArray

"""Steps of a history that anything reads; older ones no longer move a recommendation."""

STEPS = ["user_id", "index", "at_s", "bought"]
"""Columns of a table of steps."""
KIND = "kind"
"""A column that tables of steps have, but not those of releases that an older build made: there nobody is known to have
liked anything."""


@dataclass(frozen=True)
class Sequences:
    """The steps of all users, one user after the other, oldest first. Immutable; read by many threads."""

    num_items: int
    user_ids: tuple[str, ...]  # (U,)
    offsets: NDArray[np.int64]  # (U + 1,) where each user's steps begin
    index: IntArray  # (T,) items
    at_s: NDArray[np.float64]  # (T,) seconds since the epoch
    bought: BoolArray  # (T,)
    liked: BoolArray  # (T,) marked as a favourite

    @classmethod
    def open(cls, path: Path, num_items: int) -> Sequences:
        """From a file or a folder of steps. Raises WrongData."""
        steps = dataset(path)
        return cls.from_steps(steps.to_table(columns=[*STEPS, *({KIND} & {*steps.schema.names})]), num_items)

    @classmethod
    def from_steps(cls, steps: pa.Table, num_items: int) -> Sequences:
        """Order steps by user and time and join consecutive repeats of one item.

        A click, a cart and a purchase of the same item in a row are one step, at the time of the first, bought if
        any was. Steps at one time keep the order in which they come.

        Args:
            steps: columns user_id, index, at_s, bought, perhaps kind; in any order; filter it to train on a fold.
            num_items: of the catalogue that `index` points into.

        Raises WrongData where a column is absent or an index is outside the catalogue.
        """
        return _order(steps, num_items)[0]

    def __len__(self) -> int:
        return len(self.user_ids)

    @property
    def num_steps(self) -> int:
        return len(self.index)

    @cached_property
    def user_rows(self) -> NDArray[np.int64]:
        """(T,) row of the user that each step belongs to."""
        return np.repeat(np.arange(len(self)), np.diff(self.offsets))

    def counts(self) -> NDArray[np.int64]:
        """(I,) steps of each item."""
        return np.bincount(self.index, minlength=self.num_items)

    def row(self, user: int, *, limit: int = HISTORY) -> History:
        """The last `limit` steps of the user in a row."""
        return self._history(user, int(self.offsets[user + 1]), limit)

    def history(self, user_id: str, *, before_s: float = np.inf, limit: int = HISTORY) -> History:
        """The last `limit` steps of a user before a time; empty for somebody unknown."""
        user = self._row_of.get(user_id)
        if user is None:
            return History()
        start, end = self.offsets[user], self.offsets[user + 1]
        return self._history(user, int(start + np.searchsorted(self.at_s[start:end], before_s, "left")), limit)

    def _history(self, user: int, end: int, limit: int) -> History:
        part = slice(max(int(self.offsets[user]), end - limit), end)
        return History(self.index[part], self.at_s[part], self.bought[part], self.liked[part])

    @cached_property
    def _row_of(self) -> dict[str, int]:
        return {user_id: row for row, user_id in enumerate(self.user_ids)}


@dataclass(frozen=True)
class HeldOut:
    """Steps that a model has not seen, each with what was known of its user before."""

    user_ids: tuple[str, ...]  # (M,)
    histories: tuple[History, ...]  # (M,)
    target: IntArray  # (M,)
    at_s: NDArray[np.float64]  # (M,)

    def __len__(self) -> int:
        return len(self.user_ids)

    def sample(self, num: int, rng: np.random.Generator) -> HeldOut:
        """At most `num` of them, drawn evenly: the first users of a log are no random sample of it."""
        if num >= len(self):
            return self
        return self.rows(np.sort(rng.choice(len(self), num, replace=False)).tolist())

    def rows(self, rows: Iterable[int]) -> HeldOut:
        """The held-out steps in these rows."""
        taken = list(rows)
        return HeldOut(
            tuple(self.user_ids[row] for row in taken),
            tuple(self.histories[row] for row in taken),
            self.target[taken],
            self.at_s[taken],
        )


def held_out(steps: pa.Table, fold: int, num_items: int, *, limit: int = HISTORY, keep_seen: bool = False) -> HeldOut:
    """Every step of a fold, with all earlier steps of its user, of whatever fold, as its history.

    After `splits.leave_one_out` this is the protocol of the published tables: the history of a test item ends with
    the validation item. Users without earlier steps stay, with an empty history.

    Args:
        steps: columns user_id, index, at_s, bought, fold.
        fold: of recsys.splits.
        keep_seen: keep steps to an item that is in the user's history; otherwise they are left out, for lists that
            exclude the history.
    """
    sequences, folds = _order(steps, num_items)
    rows = np.flatnonzero(folds == fold)
    starts = sequences.offsets[sequences.user_rows[rows]]
    if not keep_seen:
        fresh = [
            sequences.index[row] not in sequences.index[start:row] for row, start in zip(rows, starts, strict=True)
        ]
        rows, starts = rows[fresh], starts[fresh]
    parts = [slice(max(start, row - limit), row) for row, start in zip(rows, starts, strict=True)]
    return HeldOut(
        tuple(sequences.user_ids[user] for user in sequences.user_rows[rows]),
        tuple(
            History(sequences.index[part], sequences.at_s[part], sequences.bought[part], sequences.liked[part])
            for part in parts
        ),
        sequences.index[rows],
        sequences.at_s[rows],
    )


def _order(steps: pa.Table, num_items: int) -> tuple[Sequences, NDArray[np.int8]]:
    """The sequences and the fold of each of their steps (0 where there is no such column)."""
    for name in ("user_id", "index", "at_s", "bought"):
        if name not in steps.column_names:
            raise WrongData(f"steps.{name}", "a column of that name", steps.column_names)
    users = steps["user_id"].combine_chunks().dictionary_encode()
    if isinstance(users, pa.ChunkedArray):
        users = users.combine_chunks()
    codes = users.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    index = steps["index"].to_numpy().astype(np.int32)
    if len(index) and (index.min() < 0 or index.max() >= num_items):
        raise WrongData("steps.index", f"rows of a catalogue of {num_items} items", (index.min(), index.max()))
    at_s = steps["at_s"].to_numpy().astype(np.float64)
    bought = np.asarray(steps["bought"].to_numpy(zero_copy_only=False), np.bool_)
    liked = _liked(steps)
    order = np.lexsort((at_s, codes))  # stable: equal times keep their order
    codes, index, at_s, bought, liked = codes[order], index[order], at_s[order], bought[order], liked[order]
    first = np.ones(len(order), np.bool_)
    first[1:] = (codes[1:] != codes[:-1]) | (index[1:] != index[:-1])
    starts = np.flatnonzero(first)
    joined = [np.logical_or.reduceat(did, starts) if len(starts) else did for did in (bought, liked)]
    offsets = np.searchsorted(codes[first], np.arange(len(users.dictionary) + 1))
    folds = np.zeros(len(order), np.int8)
    if "fold" in steps.column_names:
        folds = steps["fold"].to_numpy().astype(np.int8)[order]
    user_ids = tuple(users.dictionary.to_pylist())
    return Sequences(num_items, user_ids, offsets, index[first], at_s[first], *joined), folds[first]


def _liked(steps: pa.Table) -> BoolArray:
    """(T,) whether each step marked a favourite."""
    if KIND not in steps.column_names:
        return np.zeros(steps.num_rows, np.bool_)
    return np.asarray(pc.equal(steps[KIND], "favourite").fill_null(False).to_numpy(zero_copy_only=False), np.bool_)
