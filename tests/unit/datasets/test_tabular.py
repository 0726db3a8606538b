"""A shop's own tables, read through a mapping of columns."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.datasets.reader import folder_files, read_folder
from recsys.datasets.tabular import Mapping
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
            "item_id": "sku", "title": "name", "category": "path", "price": "price_eur", "rating": "stars",
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
}  # fmt: skip


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
    ("change", "said"),
    [
        ({"items__columns__item_id": "isbn"}, "mapping.items.columns: isbn"),
        ({"items__attributes__size": "groesse"}, "mapping.items.attributes: groesse"),
        ({"items__files": "nothing*.csv"}, "mapping.items.files"),
        ({"events__files": "/etc/passwd"}, "mapping.events.files"),
        ({"events__files": "../*.csv"}, "mapping.events.files"),
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
    (folder / "log.csv").rename(folder / "log.xlsx")
    with pytest.raises(WrongData, match="xlsx"):
        read_folder(folder, changed(events__files="log.xlsx"))


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
