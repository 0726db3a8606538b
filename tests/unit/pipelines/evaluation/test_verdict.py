"""What a report opens with, from test users made by hand: verdict, money, groups, items with few events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.evaluation.by_events import by_events, few_events
from pipelines.evaluation.differences import LEAST_PEOPLE, difference
from pipelines.evaluation.recommendation import CASES
from pipelines.evaluation.reranking import by_people, by_surface
from pipelines.evaluation.verdict import verdict
from pipelines.evaluation.worth import worth_of_choice
from pipelines.running.parts import part_name
from recsys.features.catalogue import ITEMS_FILE, Catalogue
from recsys.schema import ITEMS, MICROS
from recsys.splits import TEST, TRAIN

WORTH = {"currency": "EUR", "choices": 10, "bought": 2, "mean_price": 5.0, "left_out": 0, "per_choice": 1.0}
GATE: dict[str, Any] = {
    "live": "old",
    "new": {"recall_at_10": 0.2, "recall_error": 0.01, "requests": 400},
    "was": {"recall_at_10": 0.1},
}


def cases(served: list[float], simple: list[float], **columns: Any) -> pa.Table:
    """A test user a row; ranks of the target in the served list and in a simple one."""
    rows = [
        {
            "user_id": f"u{number}",
            "target": 0,
            "items": ["a"],
            "ranks": [{"key": "served", "value": one}, {"key": "simple", "value": other}],
            "fused": other,
            "steps_before": number % 3,
            "ever_bought": number % 3 == 2,
            **{name: values[number] for name, values in columns.items()},
        }
        for number, (one, other) in enumerate(zip(served, simple, strict=True))
    ]
    return pa.Table.from_pylist(rows, CASES)


FOUND, LOST = 1.0, float("inf")


@pytest.mark.parametrize(
    ("served", "simple", "word", "said"),
    [
        ([FOUND] * 90 + [LOST] * 10, [LOST] * 100, "better", "Better than simple: 900 more of 1,000"),
        ([LOST] * 100, [FOUND] * 50 + [LOST] * 50, "worse", "Worse than simple: 500 fewer of 1,000"),
        ([FOUND, LOST] * 50, [LOST, FOUND] * 50, "even", "No difference from simple that could not be chance"),
        ([FOUND] * 5, [LOST] * 5, "unknown", "Too few people to tell it from simple"),
    ],
)
def test_the_verdict_says_better_or_worse_only_where_it_is_no_chance(
    served: list[float], simple: list[float], word: str, said: str
) -> None:
    found = verdict(cases(served, simple), WORTH, None)
    assert found["word"] == word and found["text"].startswith(said) and found["advice"]


def test_money_is_what_is_found_more_at_the_worth_of_a_choice() -> None:
    found = verdict(cases([FOUND] * 50 + [LOST] * 50, [LOST] * 100), WORTH, None)
    one = found["comparisons"][0]
    assert one["more_found"] == pytest.approx(500) == one["money"]
    assert one["more_found_interval"] == one["money_interval"] and one["more_found_interval"][0] > 0
    assert "500.00 EUR more per 1,000 requests" in found["text"] and "2 of 10 were bought" in found["assumed"][1]


def test_without_purchases_nothing_is_said_in_money() -> None:
    found = verdict(cases([FOUND] * 50, [LOST] * 50), None, None)
    assert found["comparisons"][0]["money"] is None and "In money" not in found["text"]
    assert "nothing is said in money" in found["assumed"][1]


def test_what_was_live_before_comes_first() -> None:
    found = verdict(cases([LOST] * 50, [FOUND] * 50), WORTH, GATE)
    assert [one["with"] for one in found["comparisons"]] == ["old", "simple"]
    assert found["word"] == "better" and "what was live before (old): 100 more of 1,000" in found["text"]
    assert "the gate's requests" in found["assumed"][-1]
    low, high = found["comparisons"][0]["more_found_interval"]
    assert (low, high) == (pytest.approx(80.4), pytest.approx(119.6))
    forced = {"live": "old", "overridden": ["it cannot be opened"]}
    assert [one["with"] for one in verdict(cases([FOUND], [LOST]), None, forced)["comparisons"]] == ["simple"]


def test_a_worse_release_is_to_be_taken_back() -> None:
    gate = {**GATE, "new": GATE["was"] | {"recall_error": 0.001, "requests": 400, "recall_at_10": 0.05}}
    assert "rollback=true" in verdict(CASES.empty_table(), None, gate)["advice"]


def test_nobody_to_ask_is_no_verdict() -> None:
    found = verdict(CASES.empty_table(), None, None)
    assert found["word"] == "unknown" and found["comparisons"] == []


def test_people_are_drawn_whole() -> None:
    """Two hundred requests of two people say no more than two people do."""
    one, other = np.ones(200), np.zeros(200)
    assert difference(one, other, ["a", "b"] * 100).word == "unknown"
    assert difference(one, other, [f"u{number}" for number in range(200)]).word == "better"
    many = difference(np.tile([1.0, -1.0], 100), np.zeros(200), [f"u{number % 2}" for number in range(200)])
    assert (many.mean, many.low, many.high) == (0.0, -1.0, 1.0)


def test_groups_say_where_the_served_list_is_worse() -> None:
    count = 3 * LEAST_PEOPLE
    served = [FOUND if number % 3 else LOST for number in range(count)]  # who has no history finds nothing
    fused = [FOUND if number % 3 == 0 else LOST for number in range(count)]
    rows = {(one["by"], one["group"]): one for one in by_people(cases(served, fused), np.array([7], np.int32))}
    assert rows["steps in the history", "0"]["word"] == "worse"
    assert rows["steps in the history", "0"]["difference"] == -1.0
    assert rows["events of the item", "5 to 9"]["cases"] == count
    assert rows["people", "bought before"]["word"] == rows["steps in the history", "1 to 4"]["word"] == "better"
    assert by_people(CASES.empty_table(), np.zeros(0, np.int32)) == []


def test_surfaces_stand_apart() -> None:
    people = [f"u{number}" for number in range(2 * LEAST_PEOPLE)]
    surface = ["search", "home"] * LEAST_PEOPLE
    served, fused = np.tile([0.0, 1.0], LEAST_PEOPLE), np.tile([0.5, 0.5], LEAST_PEOPLE)
    rows = {one["group"]: (one["word"], one["cases"]) for one in by_surface(surface, served, fused, people)}
    assert rows == {"search": ("worse", LEAST_PEOPLE), "home": ("better", LEAST_PEOPLE)}


def items(**columns: list[Any]) -> pa.Table:
    """Items a, b, c, ...; what is not given is nothing."""
    size = len(next(iter(columns.values())))
    plain = {
        "item_id": [chr(ord("a") + number) for number in range(size)],
        "title": ["x"] * size,
        "description": [""] * size,
        "category": [[]] * size,
        "in_stock": [True] * size,
        "attributes": [[]] * size,
    }
    known = {**plain, **columns}
    return pa.table({field.name: pa.array(known.get(field.name, [None] * size), field.type) for field in ITEMS})


def steps(folder: Path, rows: list[tuple[str, int, bool, int]]) -> Path:
    (folder / "steps").mkdir(parents=True)
    names = ("user_id", "index", "bought", "fold")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    pq.write_table(pa.table(columns), folder / "steps" / part_name(0))
    return folder


def test_a_choice_is_worth_what_was_paid_for_the_held_out_ones(tmp_path: Path) -> None:
    split = steps(
        tmp_path / "split",
        [
            ("u", 0, False, TEST),
            ("u", 0, True, TEST),  # the same choice, bought
            ("u", 1, False, TEST),
            ("v", 2, True, TEST),
            ("w", 3, True, TEST),  # another currency
            ("w", 4, True, TEST),  # no price
            ("v", 0, True, TRAIN),
        ],
    )
    prices = [10 * MICROS, 99 * MICROS, 20 * MICROS, 5 * MICROS, None]
    shop = items(price_micros=prices, currency=["EUR", "EUR", "EUR", "USD", None])
    pq.write_table(shop, tmp_path / ITEMS_FILE)
    found = worth_of_choice(split, tmp_path)
    assert found is not None and (found["currency"], found["choices"], found["bought"]) == ("EUR", 5, 2)
    assert found["left_out"] == 2 and found["mean_price"] == 15.0 and found["per_choice"] == pytest.approx(6.0)
    pq.write_table(items(price_micros=[None] * 5), tmp_path / ITEMS_FILE)
    assert worth_of_choice(split, tmp_path) is None


def test_items_with_few_events_are_seen_apart(tmp_path: Path) -> None:
    """Of four items that can be shown one was chosen often; one of the three others is shown."""
    split = steps(
        tmp_path, [*(("u", 0, False, TRAIN) for _ in range(6)), ("u", 1, False, TRAIN), ("v", 2, False, TEST)]
    )
    shop = Catalogue.from_table(items(in_stock=[True, True, True, True, False]))
    asked = cases([FOUND, LOST], [LOST, LOST], items=[["a", "b"], ["a"]], target=[0, 2])
    rows = {one["bucket"]: one for one in by_events(asked, split, shop)}
    assert list(rows) == ["0", "1 to 4", "5 to 9"]
    assert (rows["0"]["items"], rows["0"]["shown"], rows["0"]["cases"]) == (2, 0, 1)
    assert rows["1 to 4"]["recall_at_10"] == {} and rows["5 to 9"]["place_share"] == pytest.approx(2 / 3)
    assert rows["5 to 9"]["recall_at_10"] == {"served": 1.0, "simple": 0.0, "fused": 0.0}
    found = few_events(asked, split, shop)
    assert found["few"]["item_share"] == 0.75 and found["few"]["coverage"] == pytest.approx(1 / 3)
    assert found["few"]["recall_at_10"] == 0.0 and found["others"]["recall_at_10"] == 1.0
    assert sum(one["cases"] for one in rows.values()) == len(asked)
    assert by_events(CASES.empty_table(), split, shop)[0]["shown"] == 0
