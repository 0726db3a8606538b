"""Mappings proposed for exports that no preset knows: by what columns contain, in many languages, and tried at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from recsys.datasets.mapping import Mapping
from recsys.datasets.proposing.proposal import Proposal, proposed
from recsys.datasets.tabular import read_tabular_folder
from recsys.schema import Tables


def proposal(folder: Path, files: dict[str, str | bytes]) -> Proposal:
    for name, content in files.items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return proposed(folder)


def read(folder: Path, found: Proposal, **items: Any) -> Tables:
    values = dict(found.values)
    if items:
        values["items"] = {**values["items"], **items}
    return read_tabular_folder(folder, Mapping.parse(values))


def doubted(found: Proposal, words: str) -> bool:
    return any(words in doubt for doubt in found.doubts)


def test_a_log_names_items_by_another_id_than_its_own(tmp_path: Path) -> None:
    found = proposal(
        tmp_path,
        {
            "products.csv": "id;product_number;name;price_net;price_gross;stock;categories\n"
            "a1;SW1;Candle;8.40;10;0;00000000000000000000000000000046\n"
            "a2;SW2;Torch;9.40;11;0;00000000000000000000000000000046\n",
            "orders.csv": "id;order_number;customer_email;line_items_product_number;date\n"
            "z1;100;ann@x.de;SW2;2025-03-01\nz2;101;bob@x.de;SW1;2025-03-02\nz3;101;bob@x.de;SW2;2025-03-02\n",
        },
    )
    items, events = found.values["items"]["columns"], found.values["events"]["columns"]
    assert (items["item_id"], items["price"]) == ("product_number", "price_gross") and "category" not in items
    assert (events["item_id"], events["event_id"]) == ("line_items_product_number", "id")
    assert "same_as_above" not in found.values["items"]  # stock repeats, and is no product
    assert doubted(found, "which is taken for the id") and doubted(found, "categories has ids such as")


def test_orders_without_items_are_no_log(tmp_path: Path) -> None:
    found = proposal(
        tmp_path,
        {
            "product.csv": "Product ID;Name;Price (tax excl.);Price (tax incl.)\n1;Mug;11,90 €;14,28 €\n"
            "2;Cup;9,00 €;10,80 €\n",
            "order.csv": "ID;Reference;Customer;Total;Date\n1;XKB;J. DOE;20,00 €;2025-03-01\n"
            "2;XKC;A. ROE;9,00 €;2025-03-02\n",
        },
    )
    assert "events" not in found.values and doubted(found, "order.csv is not read")
    assert found.values["items"]["columns"]["price"] == "Price (tax incl.)"


def test_lines_and_their_header_in_another_encoding(tmp_path: Path) -> None:
    found = proposal(
        tmp_path,
        {
            "Artikel.csv": (
                "Artikelnummer;Bezeichnung;VK brutto;Größe\n01;Türschild;1.149,90;groß\n02;Griff;9,90;klein\n"
            ).encode("cp1252"),
            "Bestellungen.csv": (
                "BestellNr;Bestelldatum;KundenNr;Ort\nB1;13.11.2025;K1;Köln\nB2;14.11.2025;K2;Höxter\n"
            ).encode("cp1252"),
            "Positionen.csv": "BestellNr;ArtikelNr;Menge\nB1;01;2\nB1;02;1\nB2;02;1\n",
        },
    )
    assert found.values["events"]["join"] == {"files": "Bestellungen.csv", "on": "BestellNr"}
    tables = read(tmp_path, found, currency="EUR")
    assert tables.items["price_micros"].to_pylist() == [1_149_900_000, 9_900_000]
    events = [(row["user_id"], row["item_id"], row["quantity"]) for row in tables.events.to_pylist()]
    assert events == [("K1", "01", 2), ("K1", "02", 1), ("K2", "02", 1)]


def test_a_header_whose_id_the_lines_call_after_its_file(tmp_path: Path) -> None:
    found = proposal(
        tmp_path,
        {
            "orders.csv": "id,customer,date\n7,ann,2025-03-01\n8,bob,2025-03-02\n",
            "lines.csv": "order_id,sku\n8,A\n7,B\n",
        },
    )
    assert found.values["events"]["join"] == {"files": "orders.csv", "on": {"order_id": "id"}}
    assert [row["user_id"] for row in read(tmp_path, found).events.to_pylist()] == ["bob", "ann"]


def test_tables_of_a_database(tmp_path: Path) -> None:
    found = proposal(
        tmp_path,
        {
            "products.csv": "id,name,price_cents,category_id\n1,Chair,1999,2\n2,Stool,999,1\n3,Bench,2999,2\n",
            "orders.csv": "id,user_id,created_at\n1,7,2025-02-01\n2,8,2025-02-02\n3,7,2025-02-03\n",
            "order_items.csv": "id,order_id,product_id,unit_price_cents,total_cents\n1,3,1,1999,1999\n2,1,2,999,999\n",
        },
    )
    events = found.values["events"]
    assert events["join"] == {"files": "orders.csv", "on": {"order_id": "id"}}  # not by the rows' own numbers
    assert (events["money"], events["columns"]["price"]) == ("cents", "unit_price_cents")
    assert "category" not in found.values["items"]["columns"]
    rows = [
        (row["user_id"], row["item_id"], row["price_micros"])
        for row in read(tmp_path, found, currency="EUR").events.to_pylist()
    ]
    assert rows == [("7", "1", 19_990_000), ("7", "2", 9_990_000)]


def test_a_known_log_beside_a_catalogue_of_another_kind(tmp_path: Path) -> None:
    head = "Name,Email,Created at,Lineitem sku,Lineitem quantity\n"
    found = proposal(
        tmp_path,
        {
            "orders_export_1.csv": f"{head}#1,ann@x.org,2025-03-01 10:00:00 +0000,A,1\n",
            "goods.csv": "code,name,price\nA,Axe,3 €\nB,Bow,4 €\n",
        },
    )
    assert "format" not in found.values and found.values["events"] == {"format": "shopify"}
    tables = read(tmp_path, found)
    assert (tables.items.num_rows, tables.events["item_id"].to_pylist()) == (2, ["A"])
    (tmp_path / "goods.csv").unlink()
    assert "items" not in proposal(tmp_path, {}).values  # orders say nothing of a product's page


def test_japanese_and_chinese_exports(tmp_path: Path) -> None:
    found = proposal(
        tmp_path,
        {
            "item.csv": (
                "商品管理番号,商品名,販売価格,在庫数,ジャンル\n"
                't-1,今治タオル,"1,980円",3,日用品＞タオル\nt-2,手ぬぐい,980円,0,日用品＞布\n'
            ).encode("cp932"),
            "order.csv": (
                "注文番号,注文日時,会員ID,商品管理番号,個数\n"
                "1,2025年3月9日 10:01,u1,t-2,1\n2,2025年11月10日 9:30,u2,t-1,2\n"
            ).encode("cp932"),
        },
    )
    tables = read(tmp_path, found)
    assert [(row["title"], row["price_micros"], row["category"]) for row in tables.items.to_pylist()] == [
        ("今治タオル", 1_980_000_000, ["日用品", "タオル"]),
        ("手ぬぐい", 980_000_000, ["日用品", "布"]),
    ]
    assert [f"{row['at']:%Y-%m-%d %H:%M}" for row in tables.events.to_pylist()] == [
        "2025-03-09 10:01",
        "2025-11-10 09:30",
    ]


def test_records_in_records_and_logs_by_day(tmp_path: Path) -> None:
    days = [
        [{"ts": f"2025-03-0{day}T10:00:00Z", "user": {"id": "u"}, "event": "view", "product": {"sku": f"A{day}"}}]
        for day in (1, 2)
    ]
    goods = [
        {"sku": f"A{n}", "title": {"en": f"Bowl {n}"}, "price": {"amount": 9.5, "currency": "EUR"}} for n in (1, 2)
    ]
    found = proposal(
        tmp_path,
        {
            "products.json": json.dumps({"status": "ok", "data": {"total": 2, "products": goods}}),
            **{f"log[{n}].jsonl": "".join(json.dumps(row) + "\n" for row in day) for n, day in enumerate(days)},
        },
    )
    assert found.values["events"]["files"] == "log[[]*].jsonl"
    assert found.values["items"]["columns"] == {
        "item_id": "sku",
        "title": "title.en",
        "price": "price.amount",
        "currency": "price.currency",
    }
    tables = read(tmp_path, found)
    assert (tables.items.num_rows, tables.events["item_id"].to_pylist()) == (2, ["A1", "A2"])


def test_files_of_one_shape_in_folders_by_month(tmp_path: Path) -> None:
    for month, file in (("01", "a"), ("02", "b")):
        (tmp_path / "log" / month).mkdir(parents=True)
        (tmp_path / "log" / month / f"{file}.csv").write_text(f"user,item\nann,{file}\n")
    found = proposal(tmp_path, {"goods.csv": "sku,name,price\na,Axe,1 €\nb,Bow,2 €\n"})
    assert found.values["events"]["files"] == "log/**/*.csv" and doubted(found, "2 files with the same columns")
    assert read(tmp_path, found).events["item_id"].to_pylist() == ["a", "b"]


def test_orders_that_list_their_items(tmp_path: Path) -> None:
    orders = [{"customer": {"email": "ann@x.de"}, "created_at": "2025-03-01", "items": [{"sku": "A"}, {"sku": "B"}]}]
    found = proposal(tmp_path, {"orders.jsonl": json.dumps(orders[0]) + "\n"})
    assert found.values["events"]["columns"]["item_id"] == "items.sku"
    assert read(tmp_path, found).events["item_id"].to_pylist() == ["A", "B"]


def test_variants_that_name_their_product_and_rows_of_other_types(tmp_path: Path) -> None:
    rows = ["id,sku,parent_id,name,price"] + [f"{n},S{n},,Tee {n},{n}.00" for n in range(1, 4)] + ["9,S1-M,1,,12.00"]
    found = proposal(tmp_path, {"goods.csv": "\n".join(rows)})
    assert found.values["items"]["parent"] == {"column": "parent_id", "ids": ["id"]}
    assert read(tmp_path, found, currency="EUR").items["item_id"].to_pylist() == ["S1", "S2", "S3"]
    rows = ["Item Type,sku,name,price"] + [f"Product,P{n},Tee {n},9.00\nRule,R{n},[S]P{n},1.00" for n in range(4)]
    assert doubted(proposal(tmp_path, {"goods.csv": "\n".join(rows)}), "Item Type has Product 4, Rule 4")


def test_attributes_that_a_feed_lists(tmp_path: Path) -> None:
    feed = (
        "<SHOP><SHOPITEM><ITEM_ID>1</ITEM_ID><PRODUCTNAME>Pánev</PRODUCTNAME><DESCRIPTION>Pěkná <b>litá</b> "
        "pánev</DESCRIPTION><PARAM><NAME>Barva</NAME><VAL>černá</VAL></PARAM>"
        "<PARAM><NAME>Šířka</NAME><VAL>2 cm</VAL></PARAM>"
        "</SHOPITEM><SHOPITEM><ITEM_ID>2</ITEM_ID><PRODUCTNAME>Hrnec</PRODUCTNAME></SHOPITEM></SHOP>"
    )
    (row, _) = read(tmp_path, proposal(tmp_path, {"feed.xml": feed})).items.to_pylist()
    assert (row["title"], row["description"]) == ("Pánev", "Pěkná <b>litá</b> pánev")
    assert row["attributes"] == [("barva", "černá"), ("šířka", "2 cm")]


def test_a_proposal_is_tried(tmp_path: Path) -> None:
    found = proposal(
        tmp_path, {"goods.csv": "sku,name,price\nA,Axe,3 €\nA,Ax,3 €\n", "log.csv": "user,sku\nann,A\nann,Z9\n"}
    )
    assert doubted(found, "of 2 items read by this mapping, 1 would be set aside: item_id repeated 1")
    assert doubted(found, "of 2 events read by this mapping, 1 would be set aside: item unknown 1")
    found = proposal(tmp_path, {"goods.csv": "sku,name,price\nA,Axe,3 €\nB,Bow,[ADD]3\nC,Cup,4 €\n"})
    assert doubted(found, "reading by this mapping stops: goods.csv: price, row 2: wanted an amount of money")
