from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import WrongData
from recsys.features.sequences import Sequences, held_out
from recsys.splits import TEST, TRAIN, VALID, leave_one_out

NUM_ITEMS = 6


def table(rows: list[tuple[str, int, float, bool]], folds: list[int] | None = None) -> pa.Table:
    columns: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) or [()] * 4
    made = pa.table(
        {
            "user_id": pa.array(columns[0], pa.string()),
            "index": pa.array(columns[1], pa.int32()),
            "at_s": pa.array(columns[2], pa.float64()),
            "bought": pa.array(columns[3], pa.bool_()),
        }
    )
    return made if folds is None else made.append_column("fold", pa.array(folds, pa.int8()))


rows = st.lists(
    st.tuples(st.sampled_from("abc"), st.integers(0, NUM_ITEMS - 1), st.integers(0, 20).map(float), st.booleans()),
    max_size=30,
)


def test_steps_are_ordered_by_user_and_time() -> None:
    steps = table([("b", 1, 5.0, False), ("a", 2, 9.0, False), ("b", 3, 1.0, True)])
    sequences = Sequences.from_steps(steps, NUM_ITEMS)
    assert sequences.user_ids == ("b", "a")
    assert sequences.history("b").index.tolist() == [3, 1]
    assert sequences.history("b").bought.tolist() == [True, False]
    assert len(sequences.history("nobody")) == 0


def test_repeats_in_a_row_are_one_step_and_a_purchase_sticks() -> None:
    steps = table(
        [("a", 1, 0.0, False), ("a", 1, 1.0, False), ("a", 1, 2.0, True), ("a", 2, 3.0, False), ("a", 1, 4.0, False)]
    )
    history = Sequences.from_steps(steps, NUM_ITEMS).history("a")
    assert history.index.tolist() == [1, 2, 1]
    assert history.at_s.tolist() == [0.0, 3.0, 4.0]
    assert history.bought.tolist() == [True, False, False]


def test_what_was_liked_is_known_where_steps_have_kinds_and_sticks() -> None:
    steps = table([("a", 1, 0.0, False), ("a", 1, 1.0, False), ("a", 2, 2.0, False)])
    assert Sequences.from_steps(steps, NUM_ITEMS).history("a").liked.tolist() == [False, False]
    kinds = pa.array(["click", "favourite", "click"])
    history = Sequences.from_steps(steps.append_column("kind", kinds), NUM_ITEMS).history("a")
    assert (history.index.tolist(), history.liked.tolist()) == ([1, 2], [True, False])


def test_steps_of_an_older_build_are_read_without_kinds(tmp_path: Path) -> None:
    steps = table([("a", 1, 0.0, True)])
    pq.write_table(steps, tmp_path / "old.parquet")
    pq.write_table(steps.append_column("kind", pa.array(["favourite"])), tmp_path / "new.parquet")
    liked = [Sequences.open(tmp_path / name, NUM_ITEMS).liked.tolist() for name in ("old.parquet", "new.parquet")]
    assert liked == [[False], [True]]


def test_a_history_ends_before_its_time_and_at_its_limit() -> None:
    sequences = Sequences.from_steps(table([("a", i, float(i), False) for i in range(5)]), NUM_ITEMS)
    assert sequences.history("a", before_s=3.0).index.tolist() == [0, 1, 2]
    assert sequences.history("a", before_s=3.0, limit=2).index.tolist() == [1, 2]
    assert sequences.row(0, limit=3).index.tolist() == [2, 3, 4]


@given(rows)
def test_sequences_lose_nothing_but_repeats(drawn: list[tuple[str, int, float, bool]]) -> None:
    sequences = Sequences.from_steps(table(drawn), NUM_ITEMS)
    assert sequences.num_steps == sum(len(sequences.row(user)) for user in range(len(sequences)))
    assert set(sequences.user_ids) == {user for user, *_ in drawn}
    for user in range(len(sequences)):
        history = sequences.row(user)
        own = [row for row in drawn if row[0] == sequences.user_ids[user]]
        assert set(history.index.tolist()) == {item for _, item, *_ in own}
        assert np.all(np.diff(history.at_s) >= 0)
        assert np.all(history.index[1:] != history.index[:-1])
        assert {int(i) for i in history.index[history.bought]} == {item for _, item, _, bought in own if bought}


@given(rows)
def test_held_out_histories_end_before_their_target(drawn: list[tuple[str, int, float, bool]]) -> None:
    steps = table(drawn)
    users = steps["user_id"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False)
    steps = steps.append_column("fold", pa.array(leave_one_out(users, steps["at_s"].to_numpy()), pa.int8()))
    everything = Sequences.from_steps(steps, NUM_ITEMS)
    for fold in (VALID, TEST):
        held = held_out(steps, fold, NUM_ITEMS)
        for user_id, history, target in zip(held.user_ids, held.histories, held.target, strict=True):
            full = everything.history(user_id).index.tolist()
            assert full[: len(history)] == history.index.tolist()
            assert full[len(history)] == target
            assert target not in history.index


def test_leave_one_out_is_the_published_protocol() -> None:
    rows = [("a", i, float(i), True) for i in (0, 1, 2, 3)]
    steps = table(rows, [TRAIN, TRAIN, VALID, TEST])
    valid, test = held_out(steps, VALID, NUM_ITEMS), held_out(steps, TEST, NUM_ITEMS)
    assert valid.histories[0].index.tolist() == [0, 1]
    assert test.histories[0].index.tolist() == [0, 1, 2]
    assert test.target.tolist() == [3]


def test_seen_targets_are_kept_only_on_demand() -> None:
    steps = table([("a", 0, 0.0, True), ("a", 1, 1.0, True), ("a", 0, 2.0, True)], [TRAIN, TRAIN, TEST])
    assert len(held_out(steps, TEST, NUM_ITEMS)) == 0
    assert held_out(steps, TEST, NUM_ITEMS, keep_seen=True).target.tolist() == [0]


def test_a_sample_is_drawn_from_all_and_keeps_rows_together() -> None:
    steps = table([(f"u{i}", i % NUM_ITEMS, 0.0, False) for i in range(50)], [TEST] * 50)
    held = held_out(steps, TEST, NUM_ITEMS)
    drawn = held.sample(10, np.random.default_rng(0))
    assert len(drawn) == 10
    assert drawn.user_ids[-1] != "u9"  # not the first ten
    assert all(int(user[1:]) % NUM_ITEMS == target for user, target in zip(drawn.user_ids, drawn.target, strict=True))


def test_wrong_steps_are_named() -> None:
    with pytest.raises(WrongData, match=r"steps\.index"):
        Sequences.from_steps(table([("a", NUM_ITEMS, 0.0, False)]), NUM_ITEMS)
    with pytest.raises(WrongData, match=r"steps\.bought"):
        Sequences.from_steps(table([("a", 1, 0.0, False)]).drop_columns("bought"), NUM_ITEMS)
