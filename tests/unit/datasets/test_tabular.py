"""A shop's own tables, read through a mapping of columns."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.datasets.mapping import Mapping
from recsys.datasets.notes import Note
from recsys.datasets.reader import folder_files, read_folder
from recsys.datasets.tabular import read_tabular_folder
from recsys.errors import VitrineError, WrongConfig, WrongData

PRODUCTS = (
    "sku,name,path,price_eur,stars,stock,colour\nA1,Mug,Kitchen > Cups,12.99,4.5,yes,red\nA2,,Kitchen > Pans,,,no,\n"
)
LOG = (
    "customer,sku,ts,action,paid\n"
    "u1,A1,1700000000000,view_product,\nu1,A1,1700000060000,checkout,12.99\n,A2,1700000070000,odd,\n"
)
MAPPING: dict[str, Any] = {
    "items": {
        "files": "products.csv",
        "columns": {
            "item_id": "sku",
            "title": "name",
            "category": "path",
            "price": "price_eur",
            "rating": "stars",
            "in_stock": "stock",
        },
        "attributes": {"colour": "colour"},
        "currency": "EUR",
    },
    "events": {
        "files": "log.csv",
        "columns": {"user_id": "customer", "item_id": "sku", "at": "ts", "kind": "action", "price": "paid"},
        "time": "ms",
        "kinds": {"view_product": "click", "checkout": "purchase"},
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "products.csv").write_text(PRODUCTS, "utf-8")
    (tmp_path / "log.csv").write_text(LOG, "utf-8")
    return tmp_path


def changed(**values: Any) -> dict[str, Any]:
    return Mapping.parse(MAPPING).updated({key.replace("__", "."): value for key, value in values.items()}).model_dump()


def test_csv_with_a_mapping(folder: Path) -> None:
    tables = read_folder(folder, MAPPING)
    mug, pan = tables.items.to_pylist()
    assert (mug["title"], mug["category"], mug["price_micros"], mug["currency"]) == (
        "Mug",
        ["Kitchen", "Cups"],
        12_990_000,
        "EUR",
    )
    assert mug["rating"] == 4.5 and mug["in_stock"] and mug["attributes"] == [("colour", "red")]
    assert (pan["title"], pan["price_micros"], pan["in_stock"], pan["attributes"]) == ("Pans", None, False, [])
    events = tables.events.to_pylist()
    assert [event["kind"] for event in events] == ["click", "purchase", "odd"]
    assert events[0]["at"] == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert [event["price_micros"] for event in events] == [None, 12_990_000, None]
    assert [event["user_id"] for event in events] == ["u1", "u1", None]  # for `clean` to judge, not lost
    assert len({event["event_id"] for event in events}) == 3
    assert tables.clock == "wall" and tables.users["user_id"].to_pylist() == ["u1"]


def test_mapping_beside_the_data(folder: Path) -> None:
    (folder / "mapping.yaml").write_text(yaml.safe_dump(MAPPING), "utf-8")
    assert read_folder(folder).items.num_rows == 2
    assert {path.name for path in folder_files(folder)} == {"mapping.yaml", "products.csv", "log.csv"}


def test_parquet_and_json_lines_with_types_of_their_own(tmp_path: Path) -> None:
    pl.DataFrame({"id": [1, 2], "tags": [["A", "B"], []], "eur": [5.0, None], "on": [True, None]}).write_parquet(
        tmp_path / "i.parquet"
    )
    for number in range(2):
        frame = pl.DataFrame({"u": [7], "i": [number + 1], "when": [f"2024-05-0{number + 1}T10:00:00+02:00"]})
        frame.write_ndjson(tmp_path / f"e{number}.jsonl")
    columns = {"item_id": "id", "category": "tags", "price": "eur", "in_stock": "on"}
    mapping = {
        "items": {"files": "i.parquet", "columns": columns, "money": "cents", "currency": "USD"},
        "events": {"files": "e*.jsonl", "columns": {"user_id": "u", "item_id": "i", "at": "when"}, "kind": "purchase"},
    }
    tables = read_folder(tmp_path, mapping)
    assert tables.items["category"].to_pylist() == [["A", "B"], []]
    assert tables.items["price_micros"].to_pylist() == [50_000, None]
    assert tables.items["title"].to_pylist() == ["B", "Item 2"]
    assert tables.events["at"].to_pylist()[0] == datetime(2024, 5, 1, 8, tzinfo=UTC)
    assert tables.events["item_id"].to_pylist() == ["1", "2"]


def test_without_a_clock_the_order_of_the_rows_counts(folder: Path) -> None:
    tables = read_folder(folder, changed(events__columns__at=None))
    assert tables.clock == "ordinal"
    assert [at.timestamp() for at in tables.events["at"].to_pylist()] == [0.0, 1.0, 0.0]


@pytest.mark.parametrize(
    ("written", "decimal", "micros"),
    [
        ("12.5", None, 12_500_000),
        ("1,299.00", None, 1_299_000_000),
        ("€ 12,50", None, 12_500_000),
        ("1.299,50 EUR", None, 1_299_500_000),
        ("US$5", None, 5_000_000),
        ("0,125", None, 125_000),
        ("1.299.000", None, 1_299_000_000_000),
        ("1.299", ",", 1_299_000_000),
        ("1,299", ",", 1_299_000),
        ("1\u202f299,5", None, 1_299_500_000),
        ("1'299.00", ".", 1_299_000_000),
        ("1e3", None, 1_000_000_000),
        ("-5", None, -5_000_000),
        ("", None, None),
    ],
)
def test_prices_as_people_write_them(written: str, decimal: str | None, micros: int | None, folder: Path) -> None:
    (folder / "products.csv").write_text(f'sku,name,price_eur\nA1,Mug,"{written}"\n', "utf-8")
    columns = {"item_id": "sku", "title": "name", "price": "price_eur"}
    mapping = {**MAPPING, "items": {"files": "products.csv", "columns": columns, "currency": "EUR", "decimal": decimal}}
    assert read_folder(folder, mapping).items["price_micros"].to_pylist() == [micros]


@pytest.mark.parametrize("written", ["free", "5 6", "1,2,3", "12.50.30", "1 23"])
def test_what_is_no_price_is_refused(written: str, folder: Path) -> None:
    (folder / "products.csv").write_text(PRODUCTS.replace("12.99", f'"{written}"'), "utf-8")
    with pytest.raises(WrongData, match=r"products\.csv: price_eur, row 1: wanted an amount of money"):
        read_folder(folder, MAPPING)


@pytest.mark.parametrize(
    ("written", "available"), [("7", True), ("2.0", True), ("0", False), ("-1", False), ("Sold out", False)]
)
def test_stock_may_be_a_number_of_pieces(written: str, available: bool, folder: Path) -> None:
    (folder / "products.csv").write_text(PRODUCTS.replace("yes", written), "utf-8")
    assert read_folder(folder, MAPPING).items["in_stock"].to_pylist() == [available, False]


def test_the_same_ids_meet_whatever_their_types(tmp_path: Path) -> None:
    pl.DataFrame({"id": [1, 2]}).write_parquet(tmp_path / "i.parquet")
    pl.DataFrame({"u": [7.0, None, float("nan")], "i": [1.0, 2.0, 2.0]}).write_parquet(tmp_path / "e.parquet")
    mapping = {
        "items": {"files": "i.parquet", "columns": {"item_id": "id"}},
        "events": {"files": "e.parquet", "columns": {"user_id": "u", "item_id": "i"}},
    }
    tables = read_folder(tmp_path, mapping)
    assert tables.events["user_id"].to_pylist() == ["7", None, None]
    assert tables.events["item_id"].to_pylist() == ["1", "2", "2"]


@pytest.mark.parametrize(
    "column",
    [[b"\xff"], [timedelta(1)], [[1]], [{"a": 1}]],
    ids=["bytes", "duration", "list", "struct"],
)
def test_columns_that_hold_no_plain_values_are_refused(column: list[Any], folder: Path) -> None:
    frame = pl.DataFrame({"customer": column, "sku": ["A1"], "ts": [1], "action": ["x"], "paid": [1.0]})
    frame.write_parquet(folder / "log.parquet")
    with pytest.raises(WrongData, match="customer: wanted a column of plain values"):
        read_folder(folder, changed(events__files="log.parquet"))
    with pytest.raises(WrongData, match="customer"):
        read_folder(folder, changed(events__files="log.parquet", events__columns__at="customer", events__time="iso"))


def test_packed_files_are_read(folder: Path) -> None:
    plain = read_folder(folder, MAPPING)
    (folder / "log.csv.gz").write_bytes(gzip.compress((folder / "log.csv").read_bytes()))
    assert read_folder(folder, changed(events__files="log.csv.gz")) == plain
    (folder / "log.csv.gz").write_bytes((folder / "log.csv.gz").read_bytes()[:-12])
    with pytest.raises(WrongData, match=r"log\.csv\.gz: wanted a whole and readable"):
        read_folder(folder, changed(events__files="log.csv.gz"))


@pytest.mark.parametrize("sign", [";", "\t", "|"])
def test_columns_may_be_divided_by_other_signs_than_commas(sign: str, folder: Path) -> None:
    plain = read_folder(folder, MAPPING)
    for name in ("products.csv", "log.csv"):
        (folder / name).write_text((folder / name).read_text("utf-8").replace(",", sign), "utf-8")
    assert read_folder(folder, MAPPING) == plain


def test_a_wrong_value_is_found_in_its_own_file(folder: Path) -> None:
    (folder / "log2.csv").write_text(LOG.splitlines()[0] + "\nu1,A1,1700000000000,odd,\nu1,A1,soon,odd,\n")
    with pytest.raises(WrongData, match=r"log2\.csv: ts, row 2: wanted a number, got 'soon'"):
        read_folder(folder, changed(events__files="log*.csv"))


def test_complaints_are_one_line(folder: Path) -> None:
    (folder / "log.csv").write_text(LOG + "u1,A1,1700000000000,odd,,,,\n")
    with pytest.raises(WrongData) as caught:
        read_folder(folder, MAPPING)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"items__columns__item_id": "isbn"}, "mapping.items.columns: isbn"),
        ({"items__attributes__size": "groesse"}, "mapping.items.attributes: groesse"),
        ({"items__files": "nothing*.csv"}, "mapping.items.files"),
        ({"events__files": "/etc/passwd"}, "mapping.events.files"),
        ({"events__files": "../*.csv"}, "mapping.events.files"),
        ({"events__files": "**x.csv"}, "mapping.events.files"),
        ({"events__files": "."}, "mapping.events.files"),
        ({"items__currency": None}, r"mapping\.items\.currency: wanted the currency of the prices"),
        ({"items__columns__in_stock": "name"}, "name, row 1: wanted yes or no"),
        ({"items__columns__rating": "name"}, "name, row 1: wanted a number"),
        ({"events__columns__position": "paid"}, "paid, row 2: wanted a whole number"),
        ({"events__time": "iso"}, "ts, row 1: wanted an ISO 8601 time"),
    ],
)
def test_wrong_mappings_name_the_field(change: dict[str, Any], said: str, folder: Path) -> None:
    with pytest.raises(WrongData, match=said):
        read_folder(folder, changed(**change))


def test_unreadable_values_become_nulls_where_that_is_asked(folder: Path) -> None:
    tables = read_folder(folder, changed(items__columns__rating="name", unreadable="null"))
    assert tables.items["rating"].to_pylist() == [None, None]


def test_unknown_settings_are_refused(folder: Path) -> None:
    with pytest.raises(WrongConfig, match=r"Mapping\.items\.columns"):
        read_folder(folder, {**MAPPING, "items": {"files": "products.csv", "columns": {"sku": "sku"}}})
    (folder / "log.csv").rename(folder / "log.doc")
    with pytest.raises(WrongData, match="doc"):
        read_folder(folder, changed(events__files="log.doc"))


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_mangled_tables_are_read_or_refused(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("mangled")
    files = {
        "products.csv": PRODUCTS.encode(),
        "log.csv": LOG.encode(),
        "mapping.yaml": yaml.safe_dump(MAPPING).encode(),
    }
    name = data.draw(st.sampled_from(sorted(files)))
    content = files[name]
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 30)))
    files[name] = (
        content[:start] + data.draw(st.binary(max_size=15) | st.text(max_size=8).map(str.encode)) + content[end:]
    )
    for path, text in files.items():
        (folder / path).write_bytes(text)
    try:
        tables = read_folder(folder)
    except VitrineError as error:
        assert error.field and error.wanted
    else:
        assert tables.items.num_rows >= 0


def test_items_that_get_a_name_of_their_own_are_counted(tmp_path: Path) -> None:
    (tmp_path / "items.csv").write_text("id,name,maker\n1,Jug,Oso\n2,,Oso\n3,,\n")
    columns = {"item_id": "id", "title": "name", "brand": "maker"}
    notes: list[Note] = []
    mapping = Mapping.parse({"items": {"files": "items.csv", "columns": columns}})
    tables = read_tabular_folder(tmp_path, mapping, notes.append)
    assert tables.items["title"].to_pylist() == ["Jug", "Oso", "Item 3"]
    assert [note.number for note in notes if "called after" in note.text] == [2]
