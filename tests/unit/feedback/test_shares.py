"""What visitors behind one address may say, and what they may not take from others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.feedback.shares import SharesConfig, beyond_share, kept_shares, tally
from recsys.schema import SERVED

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
CONFIG = SharesConfig()


def slate(number: int, source: str | None, clicked: str | None = "a", user: str | None = None) -> list[dict[str, Any]]:
    """A slate of items a and b, of a visitor unless it says who."""
    session = f"v{number}"
    row = {"user_id": user or session, "session_id": session, "slate_id": f"s{number}", "at": NOON, "source": source}
    shown = [{**row, "event_id": f"s{number}:{item}", "kind": "impression", "item_id": item} for item in "ab"]
    chosen = [] if clicked is None else [{**row, "event_id": f"c{number}", "kind": "click", "item_id": clicked}]
    return [{**one, "proven": True} for one in shown + chosen]


def log(slates: Iterable[list[dict[str, Any]]]) -> pa.Table:
    return pa.Table.from_pylist([row for one in slates for row in one], SERVED)


def kept(events: pa.Table, config: SharesConfig = CONFIG) -> pa.Table:
    return events.filter(pc.invert(beyond_share(events, kept_shares([tally(events)], config))))


def clicks(events: pa.Table) -> Counter[tuple[str | None, str]]:
    chosen = events.filter(pc.equal(events["kind"], "click"))
    return Counter(zip(chosen["source"].to_pylist(), chosen["item_id"].to_pylist(), strict=True))


def test_a_thousand_visitors_of_one_address_are_a_handful() -> None:
    honest = [slate(number, f"h{number}", "ab"[number % 2]) for number in range(100)]
    attack = [slate(1000 + number, "eve") for number in range(1500)]
    left = clicks(kept(log(honest + attack)))
    assert sum(left["eve", item] for item in "ab") <= 10, "a tenth of 50 and its chance"
    assert all(left[f"h{number}", "ab"[number % 2]] == 1 for number in range(100)), "nobody else loses anything"


def test_slates_without_a_click_are_bounded_too() -> None:
    honest = [slate(number, f"h{number}", "b") for number in range(100)]
    attack = [slate(1000 + number, "eve", None) for number in range(1500)]
    left = kept(log(honest + attack))
    shown = left.filter(pc.and_(pc.equal(left["kind"], "impression"), pc.equal(left["source"], "eve")))
    assert 5 <= pc.count_distinct(shown["slate_id"]).as_py() <= 40


@pytest.mark.parametrize("who", [{"user": "ann", "source": "eve"}, {"user": None, "source": None}])
def test_accounts_and_what_the_shop_says_are_not_touched(who: dict[str, Any]) -> None:
    spoken = log([slate(number, who["source"], user=who["user"]) for number in range(500)])
    attack = log([slate(1000 + number, "eve") for number in range(1500)])
    left = kept(pa.concat_tables([spoken, attack]))
    assert left.filter(pc.is_in(left["event_id"], value_set=spoken["event_id"].combine_chunks())).equals(spoken)


def test_several_addresses_do_not_vouch_for_each_other() -> None:
    honest = [slate(number, f"h{number}", "ab"[number % 2]) for number in range(100)]
    attack = [slate(1000 + number, f"eve{number % 3}") for number in range(1500)]
    left = clicks(kept(log(honest + attack)))
    assert sum(left[f"eve{number}", "a"] for number in range(3)) <= 35
    assert sum(left[f"h{number}", "ab"[number % 2]] for number in range(100)) == 100


def test_a_slate_stays_or_goes_whole() -> None:
    events = log(slate(number, "eve", "ab"[number % 2]) for number in range(1500))
    rows = Counter(kept(events, SharesConfig(share=0.3, least_slates=400, least_outcomes=100))["slate_id"].to_pylist())
    assert 0 < len(rows) < 1500 and set(rows.values()) == {3}


def test_honest_people_behind_one_address() -> None:
    """Fifty visitors of an office, who like what others like: what stays of them is what the shares say."""
    others = [slate(number, f"h{number}", "ab"[number % 2]) for number in range(1000)]
    office = [slate(2000 + number, "office", "ab"[number % 2]) for number in range(50)]
    assert sum(count for (source, _), count in clicks(kept(log(others + office))).items() if source == "office") == 50
    alone = [slate(2000 + number, "office", "ab"[number % 2]) for number in range(50)]
    few = [slate(number, f"h{number}", "ab"[number % 2]) for number in range(20)]
    left = clicks(kept(log(few + alone)))
    assert 1 <= left["office", "a"] + left["office", "b"] <= 8, "a shop of twenty others is not theirs to decide"


sources = st.sampled_from([None, "", "x", "y", "z"])


@settings(max_examples=60)
@given(st.lists(st.tuples(sources, st.sampled_from("ab"), st.integers(1, 60)), max_size=8), st.integers(1, 4))
def test_no_address_has_more_than_its_share_of_what_stays(
    said: list[tuple[str | None, str, int]], num_parts: int
) -> None:
    rows = [{"source": source, "item_id": item, "number": number} for source, item, number in said]
    parts = [pa.Table.from_pylist(rows[at::num_parts], tally(SERVED.empty_table()).schema) for at in range(num_parts)]
    shares = {(row["source"], row["item_id"]): row["kept"] for row in kept_shares(parts, CONFIG).to_pylist()}
    total: Counter[tuple[str | None, str]] = Counter()
    for source, item, number in said:
        total[source, item] += number
    left = {key: number * shares.get(key, 1.0) for key, number in total.items()}
    assert all(source is not None for source, _ in shares)
    for (source, item), number in left.items():
        whole = sum(count for (_, other), count in left.items() if other == item)
        if source is not None:
            assert number <= max(CONFIG.least_outcomes, CONFIG.share * whole) + 1e-6
    whole_table = kept_shares([pa.concat_tables(parts)], CONFIG)
    assert whole_table.equals(kept_shares(parts, CONFIG)), "however the log is cut"
