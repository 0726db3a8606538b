"""Readers of public formats: what they read, and what they say of what they cannot."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recsys.datasets.canonical import read_parquet
from recsys.datasets.cleaning import clean_events, reasons
from recsys.datasets.reader import detect_format, folder_files, read_folder
from recsys.errors import VitrineError, WrongData
from recsys.schema import EVENTS, ITEMS, Tables, conform, with_clock

ITEMS_TSV = (
    "item_id\tasin\ttitle\tattributes\n"
    "1\tB1\tOPI Nail Lacquer\tOPI | Makeup | Nails\n"
    "2\tB2\t\tL&#39;Oreal Paris | Skin Care | Face\n"
    "3\tB3\tMirror\tMakeup | Tools\n"
    "4\tB4\tSoap\tUnknown | Skin Care\n"
    "5\tB5\t\tMakeup | Lips\n"
    "6\tB6\tRed\tNYX | Makeup | Lips\n"
)
HISTORIES_TXT = "7 1 2 3\n8 3 1\n9 5\n"
INTER = {"0": [0, 1, 2], "1": [2, "0"]}
ITEM = {
    "0": {
        "title": "Relay &amp; Kit",
        "description": " starts  motors ",
        "brand": "Supco",
        "categories": "Tools, Big & Small,Relays",
    },
    "1": {"title": "", "description": "", "brand": "Kreg", "categories": "Saws"},
    "2": {"title": "Tape", "description": "sticky", "brand": "", "categories": ""},
}


def write_sequence(folder: Path) -> None:
    (folder / "Anything.txt").write_text(HISTORIES_TXT, "utf-8")
    (folder / "items.tsv").write_text(ITEMS_TSV, "utf-8")


def write_lc_rec(folder: Path) -> None:
    (folder / "Set.inter.json").write_text(json.dumps(INTER), "utf-8")
    (folder / "Set.item.json").write_text(json.dumps(ITEM), "utf-8")


def write_canonical(folder: Path) -> None:
    row = {
        "item_id": "a",
        "title": "A",
        "description": "",
        "category": ["X"],
        "in_stock": True,
        "attributes": [("k", "v")],
    }
    pq.write_table(pa.Table.from_pylist([row], ITEMS), folder / "items.parquet")
    (folder / "events").mkdir()
    event = {"event_id": "e1", "user_id": "u", "at": 1_700_000_000_000_000, "kind": "click", "item_id": "a"}
    for number in range(2):
        rows = [{**event, "event_id": f"e{number}"}]
        pq.write_table(
            with_clock(pa.Table.from_pylist(rows, EVENTS), "ordinal"), folder / "events" / f"part-{number}.parquet"
        )


def titles(tables: Tables) -> dict[str, str]:
    return dict(zip(tables.items["item_id"].to_pylist(), tables.items["title"].to_pylist(), strict=True))


def histories(tables: Tables) -> dict[str, list[str]]:
    found: dict[str, list[tuple[int, str]]] = {}
    for row in tables.events.to_pylist():
        found.setdefault(row["user_id"], []).append((row["at"].timestamp(), row["item_id"]))
    return {user: [item for _, item in sorted(steps)] for user, steps in found.items()}


def test_sequence_folder(tmp_path: Path) -> None:
    write_sequence(tmp_path)
    tables = read_folder(tmp_path)
    assert histories(tables) == {"7": ["1", "2", "3"], "8": ["3", "1"], "9": ["5"]}
    assert tables.clock == "ordinal"
    assert set(tables.events["kind"].to_pylist()) == {"review"}
    assert tables.users["user_id"].to_pylist() == ["7", "8", "9"]
    assert titles(tables) == {
        "1": "OPI Nail Lacquer",
        "2": "L'Oreal Paris Face",
        "3": "Mirror",
        "4": "Soap",
        "5": "Lips",
        "6": "Red",
    }
    assert tables.items["brand"].to_pylist() == ["OPI", "L'Oreal Paris", None, None, None, "NYX"]
    assert tables.items["category"].to_pylist()[2] == ["Makeup", "Tools"]
    for name, table in tables.present().items():
        assert conform(table, name).equals(table)


def test_lc_rec_folder(tmp_path: Path) -> None:
    write_lc_rec(tmp_path)
    tables = read_folder(tmp_path)
    assert histories(tables) == {"0": ["0", "1", "2"], "1": ["2", "0"]}
    assert titles(tables) == {"0": "Relay & Kit", "1": "Kreg Saws", "2": "Tape"}
    assert tables.items["category"].to_pylist() == [["Tools, Big & Small", "Relays"], ["Saws"], []]
    assert tables.items["description"].to_pylist()[0] == "starts motors"
    assert tables.clock == "ordinal"


def test_canonical_folder(tmp_path: Path) -> None:
    write_canonical(tmp_path)
    tables = read_folder(tmp_path)
    assert tables.events["event_id"].to_pylist() == ["e0", "e1"]
    assert tables.users["user_id"].to_pylist() == ["u"]
    assert tables.clock == "ordinal" and tables.campaigns is None


@pytest.mark.parametrize("write", [write_sequence, write_lc_rec, write_canonical])
def test_folder_files_are_what_is_read(write: Callable[[Path], None], tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "README.md").write_text("notes", "utf-8")
    files = folder_files(tmp_path)
    assert files and all(path.is_file() and path.name != "README.md" for path in files)
    for path in tmp_path.rglob("*"):
        if path.is_file() and path not in files:
            path.unlink()
    assert read_folder(tmp_path).items.num_rows > 0


def test_folders_of_no_format_say_what_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(WrongData, match="an empty folder"):
        detect_format(tmp_path)
    with pytest.raises(WrongData, match="nothing there"):
        read_folder(tmp_path / "absent")
    (tmp_path / "file.csv").write_text("a,b\n", "utf-8")
    with pytest.raises(WrongData, match=r"mapping\.yaml"):
        read_folder(tmp_path)
    with pytest.raises(WrongData, match="a file"):
        read_folder(tmp_path / "file.csv")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("Anything.txt", "", "at least one user"),
        ("Anything.txt", "7 1\n7 2\n", "line 2: user"),
        ("Anything.txt", b"\xff\xfe\x00", "UTF-8"),
        ("items.tsv", "id\ttitle\n1\tA\n", "item_id"),
        ("items.tsv", "", "item_id"),
        ("items.tsv", "item_id\ttitle\n1\n", "line 2"),
        ("items.tsv", "item_id\ttitle\n1\tA\n1\tB\n", "line 3: item_id"),
    ],
)
def test_wrong_sequence_folders(name: str, content: str | bytes, said: str, tmp_path: Path) -> None:
    write_sequence(tmp_path)
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(WrongData, match=said):
        read_folder(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("Set.inter.json", "{", "valid JSON"),
        ("Set.inter.json", "[]", "a JSON object"),
        ("Set.inter.json", '{"0": 5}', "a list of items"),
        ("Set.inter.json", '{"0": [null]}', "numbers or texts"),
        ("Set.inter.json", '{"0": [1], "0": [2]}', "every key of an object once, got '0'"),
        ("Set.inter.json", '{"a\\ud83d": [1]}', "whole characters"),
        ("Set.item.json", '{"0": {"title": {"en": "A"}}}', r"0\.title: wanted a text"),
        ("Set.inter.json", "{}", "at least one user"),
        ("Set.item.json", '{"0": "x"}', "an object with title"),
        ("Set.inter.json", "[" * 100_000, "valid JSON"),
    ],
)
def test_wrong_lc_rec_folders(name: str, content: str, said: str, tmp_path: Path) -> None:
    write_lc_rec(tmp_path)
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(WrongData, match=said):
        read_folder(tmp_path)


@pytest.mark.parametrize(("write", "name"), [(write_sequence, "Anything.txt"), (write_lc_rec, "Set.inter.json")])
def test_events_of_items_without_a_description_are_left_to_clean(
    write: Callable[[Path], None], name: str, tmp_path: Path
) -> None:
    write(tmp_path)
    (tmp_path / name).write_text("7 1 99 2\n" if name.endswith("txt") else '{"7": [1, 99, 2]}', "utf-8")
    tables = read_folder(tmp_path)
    assert histories(tables) == {"7": ["1", "99", "2"]}
    cleaned = clean_events(tables.events, tables.items["item_id"].combine_chunks())
    assert reasons(cleaned.quarantined) == {"item unknown": 1}
    assert cleaned.kept["item_id"].to_pylist() == ["1", "2"]


@pytest.mark.parametrize("write", [write_sequence, write_lc_rec])
def test_files_of_other_systems(write: Callable[[Path], None], tmp_path: Path) -> None:
    """A byte order mark and Windows' ends of lines change nothing."""
    write(tmp_path)
    plain = read_folder(tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_folder(tmp_path) == plain


def test_a_title_may_be_longer_than_any_field_of_a_csv(tmp_path: Path) -> None:
    write_sequence(tmp_path)
    (tmp_path / "items.tsv").write_text(ITEMS_TSV + "7\tB7\t" + "x" * 200_000 + "\t\n", "utf-8")
    assert len(titles(read_folder(tmp_path))["7"]) == 200_000


@pytest.mark.parametrize(
    ("said", "title", "description", "category", "brand"),
    [
        ({}, "Item 0", "", [], None),
        ({"title": None, "description": None, "brand": None, "categories": None}, "Item 0", "", [], None),
        ({"title": ["A", "B"], "description": ["x", "", "y"], "brand": ["K"]}, "A B", "x y", [], "K"),
        ({"title": "A", "categories": ["Tools", "Saws, big", ""]}, "A", "", ["Tools", "Saws, big"], None),
        ({"title": "A", "categories": [["Tools", "Saws"], ["Home"]]}, "A", "", ["Tools", "Saws"], None),
        ({"title": "<b>Big</b>&nbsp;saw<br/>3 < 4", "description": "<!-- x -->"}, "Big saw 3 < 4", "", [], None),
        ({"title": 5, "description": 1.5}, "5", "1.5", [], None),
        ({"title": "half \ud83d", "brand": "N/A"}, "half \ufffd", "", [], None),
    ],
)
def test_descriptions_of_every_shape(
    said: dict[str, Any], title: str, description: str, category: list[str], brand: str | None, tmp_path: Path
) -> None:
    (tmp_path / "Set.inter.json").write_text('{"0": [0]}', "utf-8")
    (tmp_path / "Set.item.json").write_text(json.dumps({"0": said}), "utf-8")
    (item,) = read_folder(tmp_path).items.to_pylist()
    assert (item["title"], item["description"], item["category"], item["brand"]) == (
        title,
        description,
        category,
        brand,
    )


def test_a_canonical_folder_may_be_a_catalogue_alone(tmp_path: Path) -> None:
    write_canonical(tmp_path)
    shutil.rmtree(tmp_path / "events")
    tables = read_folder(tmp_path)
    assert tables.items.num_rows and tables.events.num_rows == 0 and tables.events.schema == EVENTS
    assert all(path.parent.name != "events" for path in folder_files(tmp_path))


def test_a_canonical_folder_with_an_empty_log_is_refused_before_any_work(tmp_path: Path) -> None:
    write_canonical(tmp_path)
    for path in (tmp_path / "events").iterdir():
        path.unlink()
    with pytest.raises(WrongData, match=r"events\.parquet"):
        folder_files(tmp_path)


def test_missing_and_several_files(tmp_path: Path) -> None:
    write_sequence(tmp_path)
    (tmp_path / "Second.txt").write_text("1 1\n", "utf-8")
    with pytest.raises(WrongData, match="one sequence file"):
        read_folder(tmp_path)
    other = tmp_path / "lc"
    other.mkdir()
    write_lc_rec(other)
    (other / "Set.item.json").unlink()
    with pytest.raises(WrongData, match="one such file"):
        read_folder(other)


@pytest.mark.parametrize("write", [write_sequence, write_lc_rec, write_canonical])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mangled_files_are_read_or_refused(
    write: Callable[[Path], None], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Bytes cut out, overwritten or put in: the reader answers with tables or with one clear error."""
    folder = tmp_path_factory.mktemp("mangled")
    write(folder)
    path = data.draw(st.sampled_from(folder_files(folder)))
    content = path.read_bytes()
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 40)))
    path.write_bytes(content[:start] + data.draw(st.binary(max_size=20)) + content[end:])
    try:
        tables = read_folder(folder)
    except VitrineError as error:
        assert error.field and error.wanted
    else:
        assert tables.items.num_rows >= 0


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "items", "events", "users"),
    [("amazon_beauty", 12_101, 198_502, 22_363), ("amazon_scientific", 4_344, 58_492, 8_317)],
)
def test_public_sets(name: str, items: int, events: int, users: int, shared_data: Path) -> None:
    tables = read_folder(shared_data / name)
    assert (tables.items.num_rows, tables.events.num_rows, tables.users.num_rows) == (items, events, users)
    assert tables.clock == "ordinal"
    assert all(tables.items["title"].to_pylist())
    assert all("&amp;" not in title and "&#39;" not in title for title in tables.items["title"].to_pylist())
    brands = set(tables.items["brand"].drop_null().to_pylist())
    assert not brands & {"Makeup", "Skin Care", "Unknown", ""}


def test_a_damaged_column_name_is_refused_by_file(tmp_path: Path) -> None:
    path = tmp_path / "items.parquet"
    pq.write_table(pa.table({"item_id": ["a"]}), path, store_schema=False)
    path.write_bytes(path.read_bytes().replace(b"item_id", b"item\x80id"))
    with pytest.raises(WrongData, match=r"items\.parquet"):
        read_parquet([path])
