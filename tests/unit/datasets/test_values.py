"""Values of foreign tables: a column decides where a cell cannot, words are translated, what was taken is said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from recsys.datasets.notes import Note
from recsys.datasets.reader import read_folder
from recsys.errors import WrongConfig, WrongData
from recsys.schema import Tables


def read(folder: Path, items: dict[str, list[Any]], events: dict[str, list[Any]] | None = None, **told: Any) -> Tables:
    """Tables of named columns; `told` are settings of both, `items_...` and `events_...` of one."""
    notes.clear()
    for name, columns in (("items", items), ("events", events or {"user_id": ["u"], "item_id": ["1"]})):
        rows = len(next(iter(columns.values())))
        ids = {"item_id": [str(row) for row in range(rows)]} if name == "items" else {"item_id": ["1"] * rows}
        people = {} if name == "items" else {"user_id": ["u"] * rows}
        pl.DataFrame({**people, **ids, **columns}).write_csv(folder / f"{name}.csv", quote_style="always")
    own: dict[str, dict[str, Any]] = {table: {"files": f"{table}.csv", "columns": {}} for table in ("items", "events")}
    for name, columns in (("items", items), ("events", events or {})):
        names = {"published": "blocked", "paid": "price"}
        own[name]["columns"] = {names.get(key, key): key for key in ("item_id", *columns)}
    own["events"]["columns"].setdefault("user_id", "user_id")
    for key, value in told.items():
        table, _, setting = key.partition("_")
        for target in [table] if table in own else list(own):
            own[target][setting if table in own else key] = value
    unreadable = {"unreadable": own["items"].pop("unreadable", "refuse")}
    own["events"].pop("unreadable", None)
    return read_folder(folder, {**own, **unreadable}, notes.append)


notes: list[Note] = []


def said(word: str) -> list[int]:
    return [note.number for note in notes if word in note.text]


def prices(folder: Path, *written: str, **told: Any) -> list[float | None]:
    told = {"items_currency": "EUR", **told}
    found = read(folder, {"price": list(written)}, **told).items["price_micros"].to_pylist()
    return [None if micros is None else micros / 1_000_000 for micros in found]


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        (["1.299 €", "49,90 €", "12.500 €", "999 €"], [1299, 49.9, 12500, 999]),
        (["1.299", "0.75"], [1.299, 0.75]),
        (["1,299", "0.75"], [1299, 0.75]),
        (["1,23,456.00", "₹ 12,34,567", "999"], [123456, 1234567, 999]),
        (["CHF 1'299.00", "1’299.-", "Fr. 12.50"], [1299, 1299, 12.5]),
        (["1 299,00 zł", "1\u00a0299,00 zł", "12,5 PLN"], [1299, 1299, 12.5]),
        (["1.299,00 TL", "₺1.299"], [1299, 1299]),
        (["1,299円", "￥１，５００"], [1299, 1500]),
        (["Rp 1.299.000", "Rp1.500"], [1299000, 1500]),
        (["$1,299", "US$5"], [1299, 5]),
        (["12.50", "12,50"], [12.5, 12.5]),
        (["899,-", "−5"], [899, -5]),
        (["N/A", "-", "5"], [None, None, 5]),
    ],
)
def test_the_column_says_which_sign_stands_before_the_fraction(
    written: list[str], read_as: list[float | None], tmp_path: Path
) -> None:
    told = {"items_currency": "JPY"} if "円" in written[0] else {}
    assert prices(tmp_path, *written, **told) == read_as


@pytest.mark.parametrize("written", [["1.299"], ["1,299", "999"], ["12.50", "12,50", "1.299"], ["1.299 €", "5 €"]])
def test_what_nothing_proves_is_asked_for(written: list[str], tmp_path: Path) -> None:
    with pytest.raises(WrongData, match=r"items\.csv: price, row \d: .*Set `decimal: '\.'` or `decimal: ','`"):
        prices(tmp_path, *written)
    assert prices(tmp_path, "1.299", decimal=",") == [1299]
    assert prices(tmp_path, "1.299", decimal=".") == [1.299]


def test_each_currency_has_its_own_proof(tmp_path: Path) -> None:
    table = read(tmp_path, {"price": ["$1,299", "899,00 €", "1.299 €", "1,500円", "£12.50"]}).items
    assert [micros / 1_000_000 for micros in table["price_micros"].to_pylist()] == [1299, 899, 1299, 1500, 12.5]
    with pytest.raises(WrongData, match=r"price, row 1: .*Set `decimal:"):
        read(tmp_path, {"price": ["1.299 €", "$12.50"]})


def test_the_proof_is_said(tmp_path: Path) -> None:
    prices(tmp_path, "1.299 €", "899,00 €")
    assert Note("items", "price", "',' stands before the fraction, as '899,00 €' proves", 1) in notes


def test_prices_say_their_currency_where_nothing_else_does(tmp_path: Path) -> None:
    table = read(tmp_path, {"price": ["5.50 €", "US$7.25", "12 zł", "1,299円", None]}).items
    assert table["currency"].to_pylist() == ["EUR", "USD", "PLN", "JPY", None]
    assert said("comparable within one only") == [5]
    assert read(tmp_path, {"price": ["5.50 kr", "9.00 NOK"]}).items["currency"].to_pylist() == ["NOK", "NOK"]
    with pytest.raises(WrongData, match=r"price, row 1: wanted a sign of one currency.*Set `currency:`"):
        read(tmp_path, {"price": ["5.50 kr"]})
    with pytest.raises(WrongData, match=r"mapping\.items\.currency: wanted the currency of the prices"):
        read(tmp_path, {"price": ["5.50 €", "7.25"]})
    assert read(tmp_path, {"price": ["5.50", "6.50"], "currency": ["€", "usd"]}).items["currency"].to_pylist() == [
        "EUR",
        "USD",
    ]
    prices(tmp_path, "$5.50")
    assert said("prices say USD, read as EUR") == [1]


def test_prices_are_converted_by_the_shops_table(tmp_path: Path) -> None:
    columns = {"price": ["10.00", "1500.00", "7.50"], "currency": ["USD", "JPY", "EUR"]}
    rates = {"USD": 0.92, "JPY": 0.0062}
    table = read(tmp_path, columns, items_currency="EUR", items_currencies=rates).items
    assert table["price_micros"].to_pylist() == [9_200_000, 9_300_000, 7_500_000]
    assert set(table["currency"].to_pylist()) == {"EUR"} and said("prices in JPY converted into EUR") == [1]
    with pytest.raises(WrongData, match="currencies: JPY: wanted what one JPY is worth in EUR"):
        read(tmp_path, columns, items_currency="EUR", items_currencies={"USD": 0.92})
    with pytest.raises(WrongConfig, match="rates above 0"):
        read(tmp_path, columns, items_currencies=rates)


def test_words_for_nothing_are_nothing_and_counted(tmp_path: Path) -> None:
    events = {"user_id": ["NULL", "\\N", "ann"], "query": ["none", "NULL", "n/a"]}
    tables = read(tmp_path, {"title": ["None", "NULL"], "brand": ["None", "Acme"], "rating": ["-", "NaN"]}, events)
    assert tables.items["title"].to_pylist() == ["None", "Acme"]
    assert tables.items["brand"].to_pylist() == [None, "Acme"] and tables.items["rating"].to_pylist() == [None, None]
    assert tables.events["user_id"].to_pylist() == [None, None, "ann"]
    assert tables.events["query"].to_pylist() == ["none", None, "n/a"]
    assert Note("events", "user_id", "NULL, \\N: taken for nothing", 2) in notes
    told = {"brand": ["Acme"], "*": []}
    again = read(tmp_path, {"title": ["NULL", "b"], "brand": ["None", "Acme"]}, items_nulls=told).items
    assert again["brand"].to_pylist() == ["None", None] and again["title"].to_pylist() == ["NULL", "b"]


@pytest.mark.parametrize(
    ("word", "buyable"),
    [
        ("in_stock", True),
        ("preorder", True),
        ("Backorder", True),
        ("https://schema.org/InStock", True),
        ("http://schema.org/OutOfStock", False),
        ("schema.org/PreOrder", True),
        ("discontinued", False),
        ("SOLD OUT", False),
        (">10", True),
        ("1,200", True),
        ("0", False),
        ("auf Lager", True),
        ("在庫なし", False),
    ],
)
def test_words_for_stock(word: str, buyable: bool, tmp_path: Path) -> None:
    assert read(tmp_path, {"in_stock": [word]}).items["in_stock"].to_pylist() == [buyable]


def test_the_shops_own_words(tmp_path: Path) -> None:
    with pytest.raises(WrongData, match=r"in_stock, row 1: wanted yes or no.*Set `stock: \{word: true\}`"):
        read(tmp_path, {"in_stock": ["ships soon"]})
    told = {"Ships soon": True, "preorder": False}
    assert read(tmp_path, {"in_stock": ["ships soon", "preorder"]}, items_stock=told).items["in_stock"].to_pylist() == [
        True,
        False,
    ]
    table = read(tmp_path, {"published": ["1", "0", "draft"]}, items_negated=["published"]).items
    assert table["blocked"].to_pylist() == [False, True, True] and not said("negated")
    read(tmp_path, {"published": ["1", "0", "draft"]})
    assert said("`negated: [published]` turns it") == [3]
    assert read(tmp_path, {"published": ["sure"]}, items_flags={"sure": True}).items["blocked"].to_pylist() == [True]


def times(folder: Path, *written: str, **told: Any) -> list[datetime | None]:
    found: list[datetime | None] = (
        read(folder, {"title": ["a"]}, {"at": list(written)}, **told).events["at"].to_pylist()
    )
    return found


@pytest.mark.parametrize(
    ("written", "first"),
    [
        (["12/31/2024 10:05 PM", "1/2/2024 8:00 am"], datetime(2024, 12, 31, 22, 5, tzinfo=UTC)),
        (["1/2/2024 8:26", "5/25/2024 12:26"], datetime(2024, 1, 2, 8, 26, tzinfo=UTC)),
        (["1/2/2024", "25/5/2024"], datetime(2024, 2, 1, tzinfo=UTC)),
        (["01.02.2024 10:05:30"], datetime(2024, 2, 1, 10, 5, 30, tzinfo=UTC)),
        (["31-12-24 10:05"], datetime(2024, 12, 31, 10, 5, tzinfo=UTC)),
        (["2024-05-01 10:00:00 UTC"], datetime(2024, 5, 1, 10, tzinfo=UTC)),
        (["2024-05-01 10:00:00 -0500"], datetime(2024, 5, 1, 15, tzinfo=UTC)),
        (["Dec 31, 2024 10:05 PM"], datetime(2024, 12, 31, 22, 5, tzinfo=UTC)),
        (["Tue, 31 Dec 2024 10:05:00 GMT"], datetime(2024, 12, 31, 10, 5, tzinfo=UTC)),
        (["2024/3/9 10:05:00", "2024/11/10"], datetime(2024, 3, 9, 10, 5, tzinfo=UTC)),
        (["2024年11月9日 9:05"], datetime(2024, 11, 9, 9, 5, tzinfo=UTC)),
        (["2024.03.09."], datetime(2024, 3, 9, tzinfo=UTC)),
        (["2024-3-9"], datetime(2024, 3, 9, tzinfo=UTC)),
    ],
)
def test_forms_of_time_are_found_by_the_column(written: list[str], first: datetime, tmp_path: Path) -> None:
    assert times(tmp_path, *written)[0] == first


def test_times_that_may_be_two_days_are_asked_about(tmp_path: Path) -> None:
    for written in (["1/2/2024 10:05 PM"], ["31/12/2024", "12/31/2024"]):
        with pytest.raises(
            WrongData, match=r"at, row \d: wanted a time whose day and month are told apart.*Set `time:`"
        ):
            times(tmp_path, *written)
    assert times(tmp_path, "1/2/2024 10:05 PM", events_time="%d/%m/%Y %I:%M %p") == [
        datetime(2024, 2, 1, 22, 5, tzinfo=UTC)
    ]
    with pytest.raises(WrongData, match=r"at, row 1: wanted a time like %d/%m/%Y, got 'soon'"):
        times(tmp_path, "soon", events_time="%d/%m/%Y")
    with pytest.raises(WrongConfig, match="time: wanted iso, s, ms, us, or a form"):
        times(tmp_path, "1", events_time="days")


def test_a_zone_is_said_or_taken_for_utc(tmp_path: Path) -> None:
    summer = "2024-06-01 12:00:00"
    assert times(tmp_path, summer) == [datetime(2024, 6, 1, 12, tzinfo=UTC)] and said("`zone:`") == [1]
    told = {"events_zone": "Europe/Berlin"}
    assert times(tmp_path, summer, f"{summer}Z", **told) == [
        datetime(2024, 6, 1, 10, tzinfo=UTC),
        datetime(2024, 6, 1, 12, tzinfo=UTC),
    ]
    assert times(tmp_path, "2024-10-27 02:30:00", **told) == [datetime(2024, 10, 27, 0, 30, tzinfo=UTC)]
    assert said("come twice") == [1]
    with pytest.raises(WrongConfig, match="a time zone such as Europe/Berlin"):
        times(tmp_path, summer, events_zone="Mars")


def test_numbers_with_commas_are_decided_by_their_column(tmp_path: Path) -> None:
    table = read(tmp_path, {"rating": ["4,5", "3,25"], "rating_count": ["1,234,567", "12"]}).items
    assert table["rating"].to_pylist() == [4.5, 3.25] and table["rating_count"].to_pylist() == [1234567, 12]
    with pytest.raises(WrongData, match=r"rating_count, row 1: .*Set `decimal:"):
        read(tmp_path, {"rating_count": ["1,234"]})


def test_what_cannot_be_read_and_becomes_null_is_counted(tmp_path: Path) -> None:
    table = read(tmp_path, {"rating": ["4", "good", "bad"]}, items_unreadable="null").items
    assert table["rating"].to_pylist() == [4, None, None]
    assert Note("items", "rating", "not a number, such as 'good': nothing kept", 2) in notes
