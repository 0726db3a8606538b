"""What becomes nothing, a stand-in or one of several is counted; files beside a table are read as carefully as it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recsys.datasets.mapping import Mapping
from recsys.datasets.notes import Note
from recsys.datasets.tabular import read_tabular_folder, tabular_files
from recsys.errors import WrongData
from recsys.schema import Tables


def read(folder: Path, mapping: dict[str, Any], **files: str | bytes) -> tuple[Tables, list[Note]]:
    for name, content in files.items():
        (folder / f"{name}.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    notes: list[Note] = []
    return read_tabular_folder(folder, Mapping.parse(mapping), notes.append), notes


def told(notes: list[Note], words: str) -> int:
    return sum(note.number for note in notes if words in f"{note.field}: {note.text}")


def items(columns: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"items": {"files": "goods.csv", "columns": columns, **more}}


def test_stock_of_which_nothing_is_said(tmp_path: Path) -> None:
    tables, notes = read(tmp_path, items({"item_id": "sku", "in_stock": "left"}), goods="sku,left\nA,1\nB,\nC,-\n")
    assert tables.items["in_stock"].to_pylist() == [True, False, False]
    assert told(notes, "nothing said of stock") == 2


def test_what_variants_say_beside_their_item(tmp_path: Path) -> None:
    rows = "of,sku,name,picture,price,ean\nm,M-1,Mug,1.jpg,5.00,7\nm,M-2,Mug,2.jpg,6.00,8\nn,N-1,Nut,n.jpg,1.00,8\n"
    columns = {"item_id": "of", "title": "name", "image": "picture", "price": "price"}
    _, notes = read(tmp_path, items(columns, currency="EUR", group={"by": "of", "ids": ["sku", "ean"]}), goods=rows)
    assert told(notes, "group: picture: items whose variants differ") == 1 and told(notes, "group: name") == 0
    assert told(notes, "several prices: the lowest counts") == 1
    assert told(notes, "ids of variants of several items") == 1


def test_a_variant_may_have_several_ids_in_a_cell(tmp_path: Path) -> None:
    mapping = items({"item_id": "of"}, several={"skus": ","}, group={"by": "of", "ids": ["skus"]})
    log = {"events": {"files": "log.csv", "columns": {"user_id": "u", "item_id": "i"}}}
    goods = 'of,skus\nring,"R-5,R-6"\n'
    tables, _ = read(tmp_path, mapping | log, goods=goods, log="u,i\nann,R-6\n")
    assert tables.events["item_id"].to_pylist() == ["ring"]


def test_names_that_a_cell_says_twice_and_parts_without_one(tmp_path: Path) -> None:
    mapping = items({"item_id": "sku"}, pairs={"extra": {}}, attributes={"colour": "extra.colour"})
    tables, notes = read(tmp_path, mapping, goods='sku,extra\nA,"colour=red,colour=blue,soft"\nB,colour=red\n')
    assert tables.items["attributes"].to_pylist() == [[("colour", "red"), ("colour", "blue")], [("colour", "red")]]
    assert told(notes, "parts without '='") == 1


def test_an_attribute_that_a_row_names_twice_and_values_without_a_name(tmp_path: Path) -> None:
    mapping = items({"item_id": "sku"}, named={"n1": "v1", "n2": "v2"})
    tables, notes = read(tmp_path, mapping, goods="sku,n1,v1,n2,v2\nA,Tone,red,tone,blue\nB,,lost,Tone,red\n")
    assert tables.items["attributes"].to_pylist() == [[("tone", "red"), ("tone", "blue")], [("tone", "red")]]
    assert told(notes, "without a name") == 1


def test_attributes_are_named_by_records_of_a_feed(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(
        '<shop><offer id="1"><p n="Tone">red</p><p n="Tone">blue</p><p n="Size">M</p></offer><offer id="2"/>'
        '<offer id="3"><p n="Size">L</p></offer></shop>'
    )
    mapping = {"items": {"files": "feed.xml", "columns": {"item_id": "id"}, "named": {"p.n": "p.text"}}}
    rows = read(tmp_path, mapping)[0].items["attributes"].to_pylist()
    assert rows == [[("tone", "red"), ("tone", "blue"), ("size", "M")], [], [("size", "L")]]


def test_currencies_that_nobody_knows_are_refused(tmp_path: Path) -> None:
    columns = {"item_id": "sku", "price": "price", "currency": "money"}
    tables, _ = read(tmp_path, items(columns), goods="sku,price,money\nA,1.50,Euro\nB,1.50,RUR\n")
    assert tables.items["currency"].to_pylist() == ["EUR", "RUB"]
    with pytest.raises(WrongData, match=r"goods.csv: money, row 1: wanted the code or sign of one currency.*'Taler'"):
        read(tmp_path, items(columns), goods="sku,price,money\nA,1.50,Taler\n")


LINES = {"files": "lines.csv", "columns": {"user_id": "who", "item_id": "sku", "at": "when"}, "time": "%d.%m.%Y"}
HEADS = "nr;who;when\n1;Jörg;2.1.2025\n2;Ann;3.1.2025\n"


def test_joined_files_are_found_or_set_as_those_of_a_table(tmp_path: Path) -> None:
    files = {"lines": "nr,sku\n1,A\n2,B\n", "heads": HEADS.encode("utf-16")}
    tables, notes = read(tmp_path, {"events": {**LINES, "join": {"files": "heads.csv", "on": "nr"}}}, **files)
    assert tables.events["user_id"].to_pylist() == ["Jörg", "Ann"]
    assert told(notes, "heads.csv: read as UTF-16, columns divided by ';'") == 2
    bare = HEADS.partition("\n")[2].encode("cp1252")
    told_so = {"files": "heads.csv", "on": "nr", "header": ["nr", "who", "when"], "encoding": "cp1252"}
    tables, _ = read(tmp_path, {"events": {**LINES, "join": told_so}}, heads=bare)
    assert tables.events["user_id"].to_pylist() == ["Jörg", "Ann"]


def test_what_is_wrong_with_a_joined_file_says_that_it_is_one(tmp_path: Path) -> None:
    joined = {"events": {**LINES, "join": {"files": "heads.csv", "on": "nr"}}}
    with pytest.raises(WrongData, match=r"^join: heads.csv, row 2: wanted 3 cells"):
        read(tmp_path, joined, lines="nr,sku\n1,A\n", heads="nr;who;when\n1;Ann;2.1.2025\n2;Bob\n")
    with pytest.raises(WrongData, match=r"^lines.csv, joined: when, row 1: wanted a time like"):
        read(tmp_path, joined, heads="nr;who;when\n1;Ann;yesterday\n")


def test_a_joined_file_that_is_absent_is_refused_or_said(tmp_path: Path) -> None:
    shape = {"join": {"files": "stock.csv", "on": "sku"}}
    columns = {"item_id": "sku", "in_stock": "left"}
    with pytest.raises(WrongData, match=r"^mapping.items.join.files: wanted a pattern of files"):
        read(tmp_path, items(columns, **shape), goods="sku\nA\n")
    tables, notes = read(tmp_path, items(columns, **shape, absent="skip"))
    assert tables.items["in_stock"].to_pylist() == [True] and told(notes, "no files stock.csv: not joined") == 1
    files = tabular_files(tmp_path, Mapping.parse(items(columns, **shape, absent="skip")))
    assert [path.name for path in files] == ["goods.csv"]


def test_ids_that_a_spreadsheet_cut(tmp_path: Path) -> None:
    _, notes = read(tmp_path, items({"item_id": "ean"}), goods="ean,n\n4.00124E+12,a\n4001240000017,b\n")
    assert told(notes, "ids that a spreadsheet cut") == 1


def test_files_that_were_put_one_below_the_other(tmp_path: Path) -> None:
    tables, notes = read(tmp_path, items({"item_id": "sku"}), goods="sku,n\nA,1\n\ufeffsku,n\nB,2\nsku,x\n")
    assert tables.items["item_id"].to_pylist() == ["A", "B", "sku"]
    assert told(notes, "say the names of the columns again") == 1


def test_points_between_thousands_of_whole_numbers(tmp_path: Path) -> None:
    columns = {"item_id": "sku", "rating_count": "votes"}
    tables, notes = read(tmp_path, items(columns), goods="sku,votes\nA,1.234\nB,12\n")
    assert tables.items["rating_count"].to_pylist() == [1234, 12] and told(notes, "between thousands") == 1
    tables, _ = read(tmp_path, items(columns), goods="sku,votes\nA,3.000\nB,12\n")
    assert tables.items["rating_count"].to_pylist() == [3, 12]
    with pytest.raises(WrongData, match="votes, row 1: wanted a whole number"):
        read(tmp_path, items(columns), goods="sku,votes\nA,1.234\nB,1.5\n")


def test_times_of_two_forms_in_one_column(tmp_path: Path) -> None:
    log = {"events": {"files": "log.csv", "columns": {"user_id": "u", "item_id": "i", "at": "t"}}}
    tables, notes = read(tmp_path, log, log="u,i,t\na,1,2025-02-01\na,2,13.02.2025\n")
    assert [f"{at:%m-%d}" for at in tables.events["at"].to_pylist()] == ["02-01", "02-13"]
    assert told(notes, "day.month.year and ISO 8601") == 2
    with pytest.raises(WrongData, match=r"t, row 3: wanted an ISO 8601 time, got 'soon'"):
        read(tmp_path, log, log="u,i,t\na,1,2025-02-01\na,2,13.02.2025\na,3,soon\n")


def test_the_newest_property_by_dates_as_people_write_them(tmp_path: Path) -> None:
    how = {"item": "i", "name": "p", "value": "v", "at": "at"}
    goods = "i,p,v,at\nA,kind,Old,31.01.2024\nA,kind,New,01.02.2024\nA,other,x,01.03.2024\n"
    tables, _ = read(tmp_path, items({"item_id": "i", "category": "kind"}, properties=how), goods=goods)
    assert tables.items["category"].to_pylist() == [["New"]]


def test_words_for_nothing_are_no_key(tmp_path: Path) -> None:
    log = {"events": {"files": "lines.csv", "columns": {"user_id": "who", "item_id": "sku"}}}
    log["events"]["join"] = {"files": "heads.csv", "on": "nr"}
    tables, notes = read(tmp_path, log, lines="nr,sku\nNULL,A\n1,B\n", heads="nr,who\nNULL,bob\n1,ann\n")
    assert tables.events["user_id"].to_pylist() == [None, "ann"] and told(notes, "without a match") == 1


def test_values_of_several_kinds_in_one_field(tmp_path: Path) -> None:
    rows = (
        '{"id": 1, "tone": ["red", "blue"], "n": {"en": "x"}, "u": 1.0}\n{"id": 2, "tone": "red", "n": "y", "u": 2.5}\n'
    )
    (tmp_path / "goods.jsonl").write_text(rows)
    mapping = {
        "items": {"files": "goods.jsonl", "columns": {"item_id": "id", "brand": "u"}, "attributes": {"tone": "tone"}}
    }
    tables, notes = read(tmp_path, mapping)
    assert tables.items["attributes"].to_pylist() == [[("tone", "red"), ("tone", "blue")], [("tone", "red")]]
    assert tables.items["brand"].to_pylist() == ["1", "2.5"]
    assert told(notes, "n has records or lists beside other values") == 1


def test_records_under_names_of_their_own_and_two_lists_in_xml(tmp_path: Path) -> None:
    (tmp_path / "goods.json").write_text('{"A": {"name": "Axe"}, "B": {"name": "Bow"}}')
    mapping = {"items": {"files": "goods.json", "columns": {"item_id": "key", "title": "name"}}}
    assert read(tmp_path, mapping)[0].items["item_id"].to_pylist() == ["A", "B"]
    (tmp_path / "feed.xml").write_text(
        "<r><c><n>x</n></c><c><n>y</n></c><c><n>z</n></c><i><id>1</id></i><i><id>2</id></i></r>"
    )
    feed = {"files": "feed.xml", "columns": {"item_id": "id"}}
    with pytest.raises(WrongData, match=r"feed.xml: wanted one element that repeats, .*`record:`.*\['c', 'i'\]"):
        read(tmp_path, {"items": feed})
    assert read(tmp_path, {"items": {**feed, "record": "i"}})[0].items["item_id"].to_pylist() == ["1", "2"]


def test_variants_of_one_item_in_one_order_are_one_line_of_all_pieces(tmp_path: Path) -> None:
    mapping = items({"item_id": "of"}, group={"by": "of", "ids": ["sku"]})
    columns = {"user_id": "u", "item_id": "i", "session_id": "o", "quantity": "n", "price": "p", "at": "t"}
    log = "u,o,i,n,p,t\nann,1,M-S,1,10.00,2025-01-01\nann,1,M-L,3,14.00,2025-01-01\nann,2,M-S,1,10.00,2025-01-02\n"
    events = {"events": {"files": "log.csv", "columns": columns}}
    tables, notes = read(tmp_path, mapping | events, goods="of,sku\nmug,M-S\nmug,M-L\n", log=log)
    rows = [(row["session_id"], row["quantity"], row["price_micros"]) for row in tables.events.to_pylist()]
    assert rows == [("1", 4, 13_000_000), ("2", 1, 10_000_000)] and told(notes, "further variants of one item") == 1
    free = {"events": {"files": "log.csv", "columns": {"user_id": "u", "item_id": "i", "session_id": "o", "at": "t"}}}
    tables, _ = read(tmp_path, mapping | free)
    assert tables.events["quantity"].to_pylist() == [2, None]
    again = log + "ann,1,M-L,3,14.00,2025-01-01\n"
    tables, notes = read(tmp_path, mapping | events, log=again)
    assert tables.events["quantity"].to_pylist() == [4, 1] and told(notes, "sent twice") == 1
    twice = log + "ann,2,M-S,1,10.00,2025-01-02\n"
    assert read(tmp_path, mapping | events, log=twice)[0].events.num_rows == 3  # one line sent twice is for `clean`
