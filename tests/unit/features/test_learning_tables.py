"""Steps, pairs, slates and their folds, from events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.features.folds import fold_by_time, fold_by_user_after, leave_last_out
from recsys.features.pairs import following, pairs, steps
from recsys.features.slates import slates
from recsys.schema import conform
from recsys.splits import RANK, TEST, TRAIN, VALID, fold_at, sample_times, split_by_time, time_cuts

START = datetime(2025, 1, 1, tzinfo=UTC)
ITEMS = pa.array(["a", "b", "c"])


def events(*rows: dict[str, Any]) -> pa.Table:
    """Canonical events, one second apart unless `second` is given."""
    made = [
        {
            "event_id": str(number),
            "user_id": "u",
            "kind": "click",
            "item_id": "a",
            "position": 0,
            "at": START + timedelta(seconds=row.pop("second", number)),
            **row,
        }
        for number, row in enumerate(rows)
    ]
    return conform(pa.Table.from_pylist(made), "events")


def test_steps_are_what_users_said_yes_to_in_time() -> None:
    table = steps(
        events(
            {"user_id": "v", "item_id": "b", "second": 9},
            {"kind": "view"},
            {"kind": "purchase", "second": 5},
            {"item_id": "c", "second": 3},
            {"item_id": "unknown"},
        ),
        ITEMS,
    )
    found = list(zip(*(table[name].to_pylist() for name in ("user_id", "index", "bought")), strict=True))
    assert found == [("u", 2, False), ("u", 0, True), ("v", 1, False)]


def test_a_choice_without_a_query_has_the_query_of_its_slate() -> None:
    table = pairs(
        events(
            {"kind": "impression", "slate_id": "s", "query": "red shoes"},
            {"slate_id": "s"},
            {"kind": "cart", "slate_id": "s"},
            {"slate_id": "other"},
            {},
        ),
        ITEMS,
    )
    assert table["query"].to_pylist() == ["red shoes", "red shoes"]
    assert table["weight"].to_pylist() == [1.0, 2.0]


def test_slates_have_a_row_an_impression_with_its_outcomes() -> None:
    shown = {"kind": "impression", "slate_id": "s"}
    table = slates(
        events(
            {**shown, "item_id": "b", "position": 1},
            shown,
            {"kind": "view", "slate_id": "s"},
            {"kind": "click", "slate_id": "s", "second": 40},
            {"kind": "click", "slate_id": "s", "item_id": "c"},
            shown,
        ),
        ITEMS,
    )
    assert table["index"].to_pylist() == [0, 1]
    assert table["clicked"].to_pylist() == [True, False]
    assert table["viewed"].to_pylist() == [True, False]
    known_s = START.timestamp() + 40
    assert table["known_s"].to_pylist() == [known_s, known_s], "labels of a whole slate are known together"


def test_slates_of_several_users_with_one_id_are_kept_apart() -> None:
    shown = {"kind": "impression", "slate_id": "1", "query": "red"}
    log = events(
        shown,
        {"kind": "impression", "slate_id": "1", "user_id": "v", "query": "blue"},
        {"slate_id": "1", "user_id": "v"},
    )
    table = slates(log, ITEMS)
    assert table["user_id"].to_pylist() == ["u", "v"]
    assert table["clicked"].to_pylist() == [False, True]
    assert len(set(table["slate_id"].to_pylist())) == 2
    assert pairs(log, ITEMS)["query"].to_pylist() == ["blue"]


def test_following_pairs_stay_within_a_user() -> None:
    table = steps(events({"item_id": "a"}, {"item_id": "b"}, {"item_id": "c", "user_id": "v"}), ITEMS)
    found = following(table, limit=10, rng=np.random.default_rng(0))
    assert list(zip(found["left"].to_pylist(), found["right"].to_pylist(), strict=True)) == [(0, 1)]


logs = st.lists(
    st.fixed_dictionaries(
        {
            "user_id": st.sampled_from("uvw"),
            "kind": st.sampled_from(["impression", "view", "click", "cart", "purchase"]),
            "item_id": st.sampled_from("abc"),
            "slate_id": st.sampled_from([None, "s", "t"]),
            "query": st.sampled_from([None, "q"]),
            "second": st.integers(0, 60),
        }
    ),
    max_size=40,
)


def tables(log: list[dict[str, Any]]) -> dict[str, pa.Table]:
    table = events(*(dict(row) for row in log)) if log else events({}).slice(0, 0)
    return {"steps": steps(table, ITEMS), "pairs": pairs(table, ITEMS), "slates": slates(table, ITEMS)}


@settings(max_examples=60, deadline=None)
@given(logs)
def test_nothing_in_a_fold_was_learned_after_it(log: list[dict[str, Any]]) -> None:
    made = tables(log)
    cuts = time_cuts([made["steps"]["at_s"].to_numpy()], [made["steps"].num_rows])
    for name, table in fold_by_time(**made, cuts=cuts).items():
        known = table["known_s" if name == "slates" else "at_s"].to_numpy()
        folds = table["fold"].to_numpy()
        for fold, cut in enumerate(cuts):
            assert np.all(known[folds <= fold] <= cut)
            assert np.all(known[folds > fold] > cut)
        if name == "slates":
            assert table.select(["slate_id", "user_id", "fold"]).group_by(["slate_id", "fold"]).aggregate(
                []
            ).num_rows == (table.group_by("slate_id").aggregate([]).num_rows), "a slate is in one fold"


@settings(max_examples=60, deadline=None)
@given(logs)
def test_leaving_one_out_hides_everything_from_that_moment_on(log: list[dict[str, Any]]) -> None:
    made = leave_last_out(**tables([{**row, "slate_id": None} for row in log]))
    rows = made["steps"].to_pylist()
    for user in {row["user_id"] for row in rows}:
        mine = [row for row in rows if row["user_id"] == user]
        wanted = [TRAIN] * len(mine) if len(mine) < 3 else [*[TRAIN] * (len(mine) - 2), VALID, TEST]
        assert [row["fold"] for row in mine] == wanted
        for pair in made["pairs"].to_pylist():
            later = [row["fold"] for row in mine if row["at_s"] <= pair["at_s"]]
            if pair["user_id"] == user:
                assert pair["fold"] == max(later)


@given(st.lists(st.lists(st.integers(0, 1000), max_size=40), min_size=1, max_size=5))
def test_cuts_from_samples_are_those_of_the_whole(parts: list[list[int]]) -> None:
    at = [np.array(part, np.float64) for part in parts]
    whole = np.concatenate(at)
    folds = fold_at(whole, time_cuts([sample_times(part) for part in at], [len(part) for part in at]))
    assert np.array_equal(folds, split_by_time(whole))


def test_samples_of_long_parts_cut_nearly_as_the_whole() -> None:
    rng = np.random.default_rng(0)
    at = [rng.normal(shift, 1.0, 20_000) for shift in (0.0, 3.0)]
    folds = fold_at(np.concatenate(at), time_cuts([sample_times(part) for part in at], [20_000, 20_000]))
    assert np.bincount(folds) / 40_000 == pytest.approx([0.7, 0.15, 0.05, 0.1], abs=0.005)


def test_between_two_moments_users_are_for_rank_or_for_valid() -> None:
    log = events(
        *(
            {"user_id": f"u{user}", "second": second, "kind": kind, "slate_id": f"s{user}-{second}", "query": "q"}
            for user in range(200)
            for second in (0, 10, 11, 20, 21)
            for kind in ("impression", "click")
        )
    )
    start = START.timestamp()
    folded = fold_by_user_after(
        steps(log, ITEMS),
        pairs(log, ITEMS),
        slates(log, ITEMS),
        train_until_s=start + 10,
        test_after_s=start + 20,
        valid_share=0.25,
    )
    users: dict[int, set[str]] = {RANK: set(), VALID: set()}
    for table in folded.values():
        assert table.num_rows == 1000
        for user, at_s, fold in zip(*(table[name].to_pylist() for name in ("user_id", "at_s", "fold")), strict=True):
            assert (fold == TRAIN) == (at_s <= start + 10) and (fold == TEST) == (at_s > start + 20)
            if fold in users:
                users[fold].add(user)
    assert not users[RANK] & users[VALID] and len(users[RANK] | users[VALID]) == 200
    assert 30 < len(users[VALID]) < 70
