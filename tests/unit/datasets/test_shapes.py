"""Shapes of a shop's own tables: what rows and cells mean, as a mapping declares it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from recsys.datasets.mapping import Mapping
from recsys.datasets.notes import Note
from recsys.datasets.tabular import read_tabular_folder
from recsys.errors import WrongConfig, WrongData
from recsys.schema import Tables

LAMPS = """handle,name,maker,path,size,sku,left,price,picture
arc,Arc lamp,Lumo,Home > Lamps,Small,ARC-S,0,20.00,a1.jpg
arc,,,,Large,ARC-L,3,30.00,a2.jpg
arc,,,,,,,,a3.jpg
bow,Bow lamp,Lumo,Home > Lamps,One,BOW,0,15.50,b.jpg
"""
COLUMNS = {
    "item_id": "sku",
    "title": "name",
    "brand": "maker",
    "category": "path",
    "price": "price",
    "in_stock": "left",
    "image": "picture",
}


class Shop:
    """A folder of small files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, **files: str | list[dict[str, Any]]) -> None:
        for name, content in files.items():
            lines = content if isinstance(content, str) else "".join(json.dumps(row) + "\n" for row in content)
            (self.folder / f"{name}.{'csv' if isinstance(content, str) else 'jsonl'}").write_text(lines, "utf-8")

    def read(self, items: dict[str, Any] | None = None, events: dict[str, Any] | None = None) -> Tables:
        values = {name: table for name, table in (("items", items), ("events", events)) if table is not None}
        self.notes: list[Note] = []
        return read_tabular_folder(self.folder, Mapping.parse(values), self.notes.append)

    def told(self, words: str) -> int:
        return sum(note.number for note in self.notes if words in note.text)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def items(files: str, columns: dict[str, str], **shape: Any) -> dict[str, Any]:
    return {"files": files, "columns": columns, "currency": "EUR", **shape}


def test_blank_cells_mean_what_the_first_row_of_the_group_said(shop: Shop) -> None:
    shop.write(lamps=LAMPS)
    rows = shop.read(items("lamps.csv", COLUMNS, same_as_above="handle")).items.to_pylist()
    assert [(row["item_id"], row["title"], row["category"]) for row in rows] == [
        ("ARC-S", "Arc lamp", ["Home", "Lamps"]),
        ("ARC-L", "Arc lamp", ["Home", "Lamps"]),
        ("BOW", "Bow lamp", ["Home", "Lamps"]),
    ]
    assert [row["image"] for row in rows] == ["a1.jpg", "a2.jpg", "b.jpg"]
    assert shop.told("without sku, such as further pictures") == 1 and shop.told("first row said") == 3


def test_variants_are_one_item_with_a_choice(shop: Shop) -> None:
    shop.write(lamps=LAMPS, log="who,what\nu,ARC-L\nu,arc\nu,BOW\n")
    tables = shop.read(
        items(
            "lamps.csv",
            {**COLUMNS, "item_id": "handle"},
            group={"by": "handle", "ids": ["sku"]},
            attributes={"size": "size"},
        ),
        {"files": "log.csv", "columns": {"user_id": "who", "item_id": "what"}},
    )
    arc, bow = tables.items.to_pylist()
    assert (arc["item_id"], arc["title"], arc["price_micros"], arc["in_stock"]) == ("arc", "Arc lamp", 20_000_000, True)
    assert arc["attributes"] == [("size", "Small"), ("size", "Large")]
    assert (bow["item_id"], bow["in_stock"]) == ("bow", False)
    assert tables.events["item_id"].to_pylist() == ["arc", "arc", "bow"]
    assert shop.told("events of a variant") == 2 and shop.told("choice of another row") == 2


def test_cells_that_sheets_merged_mean_the_cell_above(shop: Shop) -> None:
    shop.write(lamps="path,sku\nHome,A\n,B\nGarden,C\n")
    rows = shop.read(items("lamps.csv", {"item_id": "sku", "category": "path"}, fill_down=["path"])).items
    assert rows["category"].to_pylist() == [["Home"], ["Home"], ["Garden"]]
    assert shop.told("cell above") == 1


PARENTS = """id,of,sku,name,shown,price,left,paths,colour
7,,T,Tee,1,,,"Sale, Wear > Tops, Wear","Red, Blue"
8,id:7,T-R,Tee red,1,12.00,0,,Red
9,T,T-B,Tee blue,1,9.00,2,,Blue
10,,M,Mug,1,5.00,1,"Home \\, Kitchen > Mugs",
11,,H,Hat,0,5.00,1,Wear,
12,id:11,H-1,Hat one,1,5.00,1,,
13,id:99,L,Lost,1,5.00,1,,
"""
OF = {"column": "of", "ids": ["id", "sku"]}
TEE = {"item_id": "sku", "title": "name", "price": "price", "in_stock": "left", "category": "paths"}


def test_parents_and_children_inherit_from_each_other(shop: Shop) -> None:
    shop.write(wear=PARENTS)
    table = items("wear.csv", TEE, parent=OF, paths=",", only={"shown": 1})
    rows = {row["item_id"]: row for row in shop.read(table).items.to_pylist()}
    assert list(rows) == ["T", "T-R", "T-B", "M", "L"]
    assert (rows["T"]["price_micros"], rows["T"]["in_stock"]) == (9_000_000, True)
    assert rows["T-R"]["category"] == rows["T"]["category"] == ["Wear", "Tops"] and not rows["T-R"]["in_stock"]
    assert rows["M"]["category"] == ["Home , Kitchen", "Mugs"]
    assert shop.told("parent is not there") == 1 and shop.told("shown is not 1") == 1
    assert shop.told("left out with their parent") == 1 and shop.told("several category paths") == 3


def test_a_parent_and_its_children_are_one_item(shop: Shop) -> None:
    shop.write(wear=PARENTS)
    shape = {"parent": OF, "group": {}, "paths": ",", "take": "first", "several": {"colour": ","}}
    rows = shop.read(items("wear.csv", TEE, **shape, attributes={"colour": "colour"})).items.to_pylist()
    tee = rows[0]
    assert [row["item_id"] for row in rows] == ["T", "M", "H", "L"]
    assert (tee["title"], tee["price_micros"], tee["in_stock"], tee["category"]) == ("Tee", 9_000_000, True, ["Sale"])
    assert tee["attributes"] == [("colour", "Red"), ("colour", "Blue")]


def test_attributes_have_several_values(shop: Shop) -> None:
    shop.write(
        coats=[
            {"id": 1, "colours": ["red", " blue ", "red"], "tags": "rain|warm", "facts": "fit=slim,cut=long"},
            {"id": 2, "colours": [], "tags": None, "facts": None},
        ]
    )
    shape = {"several": {"tags": "|"}, "pairs": {"facts": {}}}
    attributes = {"colour": "colours", "tag": "tags", "fit": "facts.fit"}
    rows = shop.read(items("coats.jsonl", {"item_id": "id"}, **shape, attributes=attributes)).items.to_pylist()
    assert rows[0]["attributes"] == [
        ("colour", "red"),
        ("colour", "blue"),
        ("tag", "rain"),
        ("tag", "warm"),
        ("fit", "slim"),
    ]
    assert rows[1]["attributes"] == []


def test_attributes_that_cells_name(shop: Shop) -> None:
    shop.write(wear="sku,n1,v1,n2,v2\nA,Size,M,Colour,red\nB,Colour,blue,,\nC,Title,Default Title,,\n")
    rows = shop.read(items("wear.csv", {"item_id": "sku"}, named={"n1": "v1", "n2": "v2"})).items
    assert rows["attributes"].to_pylist() == [[("size", "M"), ("colour", "red")], [("colour", "blue")], []]


def test_records_and_lists_are_reached_by_paths(shop: Shop) -> None:
    shop.write(
        books=[
            {
                "id": "b",
                "about": ["One.", "Two."],
                "details": {"By": {"Who": "Ann"}},
                "pics": [{"big": "p"}, {"big": "q"}],
            }
        ]
    )
    columns = {"item_id": "id", "description": "about", "brand": "details.By.Who", "image": "pics[].big"}
    (row,) = shop.read(items("books.jsonl", columns)).items.to_pylist()
    assert (row["description"], row["brand"], row["image"]) == ("One.\nTwo.", "Ann", "p")
    assert shop.told("first value is read") == 1


LOG = [
    {"id": "x", "at": 1, "what": "view", "items": [], "params": [{"key": "sid", "value": {"s": None, "i": 5}}]},
    {
        "id": "y",
        "at": 2,
        "what": "buy",
        "items": [{"sku": "A", "n": 2}, {"sku": "B", "n": 1}],
        "params": [{"key": "other", "value": {"s": "z", "i": None}}],
    },
]


@pytest.mark.parametrize("asked", [{"explode": "items"}, {}])
def test_a_row_for_each_element_of_a_list(asked: dict[str, str], shop: Shop) -> None:
    shop.write(log=LOG)
    columns = {"user_id": "id", "event_id": "id", "item_id": "items[].sku", "quantity": "items[].n", "at": "at"}
    columns |= {"kind": "what", "session_id": "params.sid"}
    tables = shop.read(events={"files": "log.jsonl", "columns": columns, "time": "s", **asked})
    rows = tables.events.to_pylist()
    assert [(row["event_id"], row["item_id"], row["quantity"]) for row in rows] == [
        ("x", None, None),
        ("y", "A", 2),
        ("y#1", "B", 1),
    ]
    assert [row["session_id"] for row in rows] == ["5", None, None]
    assert tables.items["item_id"].to_pylist() == ["A", "B"]
    assert shop.told("without an element") == 1 and shop.told("rows more") == 1


def test_the_first_column_that_says_something(shop: Shop) -> None:
    shop.write(log="user,session,sku\nNA,s1,A\nann,s2,B\n,s3,C\n")
    columns = {"user_id": "who", "item_id": "sku"}
    shape = {"either": {"who": ["user", "session"]}, "only": {"sku": ["a", "B"]}}
    tables = shop.read(events={"files": "log.csv", "columns": columns, **shape})
    assert tables.events["user_id"].to_pylist() == ["s1", "ann"] and shop.told("sku is not a or b") == 1


def test_a_header_is_joined_to_its_lines(shop: Shop) -> None:
    shop.write(
        lines="order,sku,place\n2,B,1\n1,A,1\n1,C,2\n9,A,1\n",
        orders="number,who,nth\n1,ann,1\n2,ann,10\n2,bob,3\n5,eve,1\n",
    )
    shape = {"join": {"files": "orders.csv", "on": {"order": "number"}}, "sort_by": ["nth", "place"]}
    tables = shop.read(events={"files": "lines.csv", "columns": {"user_id": "who", "item_id": "sku"}, **shape})
    rows = [(row["user_id"], row["item_id"]) for row in tables.events.to_pylist()]
    assert rows == [(None, "A"), ("ann", "A"), ("ann", "C"), ("ann", "B")]
    assert shop.told("without a match") == 1 and shop.told("nothing names") == 1 and shop.told("earlier row has") == 1


def test_two_tables_by_one_key(shop: Shop) -> None:
    shop.write(goods="sku,name\nA,Axe\nB,Bow\n", stock="sku,name,price,left\nB,Other,7.50,4\n")
    columns = {"item_id": "sku", "title": "name", "price": "price", "in_stock": "left"}
    rows = shop.read(items("goods.csv", columns, join={"files": "stock.csv", "on": "sku"})).items.to_pylist()
    assert [(row["title"], row["price_micros"], row["in_stock"]) for row in rows] == [
        ("Axe", None, False),
        ("Bow", 7_500_000, True),
    ]
    assert shop.told("ours is read: name") == 1


def test_the_newest_value_of_each_property(shop: Shop) -> None:
    shop.write(facts="at,item,property,value\n9,A,kind,Lamp\n10,A,kind,Bulb\n8,A,kind,Old\n3,A,x,1\n3,B,x,1\n")
    shape = {"properties": {"item": "item", "name": "property", "value": "value", "at": "at"}}
    rows = shop.read(items("facts.csv", {"item_id": "item", "category": "kind"}, **shape)).items
    assert rows.select(["item_id", "category"]).to_pylist() == [
        {"item_id": "A", "category": ["Bulb"]},
        {"item_id": "B", "category": []},
    ]
    assert shop.told("not named") == 2 and shop.told("older value") == 2


def test_levels_make_a_path(shop: Shop) -> None:
    shop.write(goods="sku,aisle,section,a,b\nA,Milk,Dairy,x,y\nB,,Dairy,x,\n")
    shape = {"levels": ["section", "aisle"], "together": {"about": ["a", "b"]}}
    rows = shop.read(items("goods.csv", {"item_id": "sku", "description": "about"}, **shape)).items
    assert rows["category"].to_pylist() == [["Dairy", "Milk"], ["Dairy"]]
    assert rows["description"].to_pylist() == ["x\ny", "x"]


def test_a_catalogue_without_a_log(shop: Shop) -> None:
    shop.write(lamps=LAMPS)
    tables = shop.read(items("lamps.csv", COLUMNS, same_as_above="handle"))
    assert (tables.events.num_rows, tables.users.num_rows, tables.items.num_rows) == (0, 0, 3)
    with pytest.raises(WrongConfig, match="items or events"):
        Mapping.parse({})


def test_further_logs_have_ids_of_their_own(shop: Shop) -> None:
    shop.write(looks="u,i\nann,A\n", buys="u,i\nann,A\n")
    log = {"columns": {"user_id": "u", "item_id": "i"}}
    mapping = {"events": {**log, "files": "looks.csv", "kind": "click"}, "more_events": [{**log, "files": "buys.csv"}]}
    events = read_tabular_folder(shop.folder, Mapping.parse(mapping)).events.to_pylist()
    assert [(row["kind"], row["user_id"]) for row in events] == [("click", "ann"), ("purchase", "ann")]
    assert len({row["event_id"] for row in events}) == 2


def test_what_is_absent_is_refused_or_left_out(shop: Shop) -> None:
    shop.write(lamps=LAMPS)
    columns = {**COLUMNS, "rating": "stars"}
    shape = {
        "same_as_above": "handle",
        "only": {"status": "active"},
        "several": {"tags": ","},
        "group": {"by": "nothing"},
    }
    read = shop.read(items("lamps.csv", columns, **shape, attributes={"tag": "tags"}, absent="skip"))
    assert read.items.num_rows == 3 and shop.told("columns that the files have not: stars, tags") == 2
    with pytest.raises(WrongData, match=r"mapping.items.only: status: wanted a column .* Correct the name"):
        shop.read(items("lamps.csv", COLUMNS, only={"status": "active"}))


@pytest.mark.parametrize(
    ("shape", "words"),
    [
        ({"explode": "name"}, "mapping.items.explode: name: wanted a column of lists, got 'String'"),
        (
            {"join": {"files": "lamps.csv", "on": "nothing"}},
            "mapping.items.join.on: nothing: wanted a column of the items",
        ),
        ({"join": {"files": "no.csv", "on": "sku"}}, "mapping.items.join.files"),
        ({"same_as_above": "nothing"}, "mapping.items.same_as_above: nothing"),
        ({"either": {"x": ["nothing"]}}, "mapping.items.either.x: nothing"),
        ({"parent": {"column": "nothing", "ids": ["sku"]}}, "mapping.items.parent.column: nothing"),
        ({"group": {"by": "nothing"}}, "mapping.items.group.by: nothing"),
        ({"properties": {"item": "sku", "name": "nothing", "value": "left"}}, "mapping.items.properties: nothing"),
    ],
)
def test_a_wrong_shape_is_refused(shape: dict[str, Any], words: str, shop: Shop) -> None:
    shop.write(lamps=LAMPS)
    with pytest.raises(WrongData) as refused:
        shop.read(items("lamps.csv", COLUMNS, **shape))
    assert words in str(refused.value)


def test_group_needs_to_know_what_is_one_item() -> None:
    with pytest.raises(WrongConfig, match="which rows are one item"):
        Mapping.parse({"items": items("x.csv", {"item_id": "a"}, group={})})


def test_notes_are_plain_tuples() -> None:
    assert Note("items", "only", "rows left out", 2) == ("items", "only", "rows left out", 2)
