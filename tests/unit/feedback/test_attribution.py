"""Credit by slate, by last touch, or none: the kernel against the words of its docstring, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.features.slates import slates
from recsys.feedback.attribution import CREDIT, OUTCOMES, attribute
from recsys.schema import SERVED

START = datetime(2026, 11, 1, tzinfo=UTC)
WINDOW_S = 10.0
ITEMS = pa.array(["a", "b"])


def events(*rows: dict[str, Any]) -> pa.Table:
    """Canonical events of user u and item a, at `second` after the start."""
    made = [
        {
            "event_id": str(number),
            "user_id": "u",
            "session_id": None,
            "proven": True,
            "kind": "click",
            "item_id": "a",
            "at": START + timedelta(seconds=row["second"]),
            **{key: row[key] for key in row if key != "second"},
        }
        for number, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(made, SERVED)


def impression(second: float, slate_id: str, **known: Any) -> dict[str, Any]:
    return {
        "second": second,
        "kind": "impression",
        "slate_id": slate_id,
        "position": 3,
        "propensity": 0.5,
        "surface": "home",
        **known,
    }


def credited(*rows: dict[str, Any]) -> list[tuple[str | None, str]]:
    """(slate, credit) of the outcomes."""
    found = attribute(events(*rows), window_s=WINDOW_S).to_pylist()
    return [(row["slate_id"], row["credit"]) for row in found if row["kind"] in OUTCOMES]


def test_a_named_slate_has_the_credit_at_any_distance() -> None:
    shown = impression(0, "s1"), impression(90, "s2")
    assert credited(*shown, {"second": 95, "slate_id": "s1"}) == [("s1", "slate")]
    assert credited(*shown, {"second": 9_999, "slate_id": "s1"}) == [("s1", "slate")]


def test_an_outcome_gets_the_place_of_its_impression() -> None:
    shown = impression(0, "s1", query="mug", campaign_id="c1")
    (_, click) = attribute(events(shown, {"second": 4, "surface": "item"}), window_s=WINDOW_S).to_pylist()
    assert (click["position"], click["propensity"], click["query"]) == (3, 0.5, "mug")
    assert (click["surface"], click["campaign_id"]) == ("home", "c1")


@pytest.mark.parametrize("slate_id", [None, "of another shop"])
def test_without_a_known_slate_the_last_impression_within_the_window_has_it(slate_id: str | None) -> None:
    shown = impression(0, "s1"), impression(5, "s2"), impression(30, "s3")
    assert credited(*shown, {"second": 15, "slate_id": slate_id}) == [("s2", "last_touch")]
    assert credited(*shown, {"second": 16, "slate_id": slate_id}) == [(None, "organic")]
    assert credited(*shown, {"second": 31, "slate_id": slate_id, "item_id": "b"}) == [(None, "organic")]


def test_the_session_counts_where_the_user_is_another() -> None:
    shown = impression(0, "s1", user_id="visitor", session_id="v")
    assert credited(shown, {"second": 1, "session_id": "v"}) == [("s1", "last_touch")]
    assert credited(shown, {"second": 1, "session_id": "w"}) == [(None, "organic")]


def test_a_return_goes_where_its_purchase_went_and_takes_the_label_back() -> None:
    rows = impression(0, "s1"), {"second": 2, "kind": "purchase"}, {"second": 9_000, "kind": "return"}
    assert credited(*rows) == [("s1", "last_touch")] * 2

    def bought(*log: dict[str, Any]) -> list[bool]:
        credited_events = attribute(events(*log), window_s=WINDOW_S).drop_columns(["credit"])
        return list(slates(credited_events, ITEMS)["bought"].to_pylist())

    assert bought(*rows[:2]) == [True]
    assert bought(*rows) == [False]
    assert bought(*rows, {"second": 9_001, "kind": "purchase", "slate_id": "s1"}) == [True], "bought again"


def test_a_doubled_event_counts_once() -> None:
    click = {"second": 1, "event_id": "e"}
    assert credited(impression(0, "s1"), click, click) == [("s1", "last_touch")]


times = st.integers(0, 25)
slate_ids = st.sampled_from(["s1", "s2", "s3"])
people = {"user_id": st.sampled_from(["u", "v"]), "session_id": st.sampled_from([None, "x", "y"])}
shown_rows = st.fixed_dictionaries(
    {
        "second": times,
        "kind": st.just("impression"),
        "item_id": st.sampled_from(["a", "b"]),
        "slate_id": slate_ids,
        "position": st.integers(0, 5),
        "surface": st.just("home"),
        **people,
    }
)
done_rows = st.fixed_dictionaries(
    {
        "second": times,
        "kind": st.sampled_from([*OUTCOMES, "view"]),
        "item_id": st.sampled_from(["a", "b"]),
        "slate_id": st.none() | slate_ids | st.just("unknown"),
        **people,
    }
)


def naive(rows: list[dict[str, Any]]) -> list[tuple[str | None, int | None, str | None]]:
    """(slate_id, position, credit) of each row, one at a time."""
    shown: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        if row["kind"] == "impression":
            shown.setdefault((row["slate_id"], row["item_id"]), row)
    credit: dict[int, tuple[dict[str, Any] | None, str]] = {}

    def judge(row: dict[str, Any]) -> tuple[dict[str, Any] | None, str]:
        named = shown.get((row["slate_id"], row["item_id"]))
        if named is not None:
            return named, "slate"
        if row["kind"] == "return":
            bought = [
                (other["second"], number)
                for number, other in enumerate(rows)
                if other["kind"] == "purchase"
                and other["second"] <= row["second"]
                and (other["user_id"], other["item_id"]) == (row["user_id"], row["item_id"])
            ]
            last = credit[max(bought)[1]][0] if bought else None
        else:
            near = [
                one
                for one in shown.values()
                if one["item_id"] == row["item_id"]
                and 0 <= row["second"] - one["second"] <= WINDOW_S
                and (one["user_id"] == row["user_id"] or one["session_id"] == row["session_id"] is not None)
            ]
            last = max(near, key=lambda one: (one["second"], one["slate_id"]), default=None)
        return last, "organic" if last is None else "last_touch"

    for returned in (False, True):  # purchases first
        for number, row in enumerate(rows):
            if row["kind"] in OUTCOMES and (row["kind"] == "return") == returned:
                credit[number] = judge(row)
    return [
        (row["slate_id"], row.get("position"), None)
        if number not in credit
        else (None, None, "organic")
        if (one := credit[number][0]) is None
        else (one["slate_id"], one["position"], credit[number][1])
        for number, row in enumerate(rows)
    ]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(shown_rows, done_rows), max_size=30))
def test_the_kernel_does_as_the_naive_reference(rows: list[dict[str, Any]]) -> None:
    found = attribute(events(*rows), window_s=WINDOW_S)
    assert found.schema == SERVED.append(CREDIT)
    got = [(row["slate_id"], row["position"], row["credit"]) for row in found.to_pylist()]
    assert got == naive(rows)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.one_of(shown_rows, done_rows), max_size=20, unique_by=lambda row: row["second"]), st.randoms())
def test_the_order_of_arrival_does_not_matter(rows: list[dict[str, Any]], chance: Any) -> None:
    """Late events and repeated ones: a log that arrives in another order, some of it twice, has the same credits."""
    table = events(*rows)
    arrived = [*range(len(rows)), *range(0, len(rows), 2)]
    chance.shuffle(arrived)

    def told(log: pa.Table) -> list[tuple[Any, ...]]:
        found = attribute(log, window_s=WINDOW_S).to_pylist()
        return sorted((row["event_id"], row["slate_id"] or "", row["credit"] or "") for row in found)

    shown = [(row["slate_id"], row["item_id"]) for row in rows if row["kind"] == "impression"]
    if len(set(shown)) == len(shown):  # the store has each impression once
        assert told(table.take(pa.array(arrived, pa.int64()))) == told(table)


def test_what_is_not_proven_has_no_credit_and_changes_none() -> None:
    honest = impression(0, "s1"), {"second": 1, "kind": "purchase"}
    forged = [
        {"second": 2, "kind": kind, "slate_id": slate, "proven": False} for kind in OUTCOMES for slate in ("s1", None)
    ]
    table = attribute(events(*honest, *forged), window_s=WINDOW_S).to_pylist()
    assert table[:2] == attribute(events(*honest), window_s=WINDOW_S).to_pylist()
    assert [(row["slate_id"], row["credit"]) for row in table[2:]] == [(row["slate_id"], None) for row in forged]
