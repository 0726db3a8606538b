"""Each preset reads a small file of the real shape."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from recsys.datasets.mapping import Mapping
from recsys.datasets.presets.reading import NAMES, preset, preset_text
from recsys.datasets.tabular import read_tabular_folder
from recsys.errors import WrongConfig
from recsys.schema import Tables

EUR = {"items": {"currency": "EUR"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def read(folder: Path, name: str, files: dict[str, Any], over: dict[str, Any] | None = None) -> Tables:
    for file, content in files.items():
        text = content if isinstance(content, str) else "".join(json.dumps(row) + "\n" for row in content)
        (folder / file).write_text(text, "utf-8")
    return read_tabular_folder(folder, Mapping.parse({"format": name, **(over or {})}))


def rows(tables: Tables, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in tables.items.to_pylist()]


def events(tables: Tables, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in (names or ("user_id", "kind", "item_id"))) for row in tables.events.to_pylist()]


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_a_mapping_that_can_be_printed_and_changed(name: str) -> None:
    assert preset_text(name).startswith("# ")
    mapping = Mapping.parse({"format": name})
    assert Mapping.parse(mapping.model_dump()) == mapping == Mapping.parse(preset(name))
    assert Mapping.parse({"format": name, "unreadable": "refuse"}).unreadable == "refuse"


def test_the_mappings_of_the_page_are_mappings() -> None:
    page = (Path(__file__).parents[3] / "docs" / "your-shop.md").read_text("utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    mappings = [block for block in blocks if {"items", "events"} & set(block)]
    assert len(mappings) >= 2 and all(Mapping.parse(values).tables() for values in mappings)
    assert all(f"{name}" in page for name in NAMES)


def test_keys_go_over_those_of_the_preset() -> None:
    mapping = Mapping.parse({"format": "hm", "items": {"attributes": {"pattern": None, "cut": "c"}}, "events": None})
    assert mapping.items is not None and set(mapping.items.attributes) == {"colour", "section", "cut"}
    assert mapping.events is None
    both = Mapping.parse({"format": "ga4", "items": {"format": "google-merchant", "files": "x.tsv"}})
    assert both.items is not None and both.events is not None
    assert (both.items.files, both.items.explode, both.items.columns.item_id) == ("x.tsv", None, "id")
    for wrong in ({"format": "nothing"}, {"items": {"format": "otto"}}):
        with pytest.raises(WrongConfig, match="format"):
            Mapping.parse(wrong)


def test_shopify(folder: Path) -> None:
    head = (
        "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,"
        "Option2 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Image Src,Image Position,Status\n"
    )
    products = (
        "oak-desk,Oak desk,<p>Solid.</p>,Holm,Furniture > Desks,Desk,,true,Width,120,Finish,oil,D-120,9,0,210.00,d1.jpg,1,active\n"
        "oak-desk,,,,,,,,,140,,wax,D-140,9,2,250.00,,,\n"
        "oak-desk,,,,,,,,,,,,,,,,d2.jpg,2,\n"
        "card,Card,,Holm,,Cards,,true,Title,Default Title,,,C-1,1,5,4.50,c.jpg,1,active\n"
        "old,Old,,Holm,,Cards,,true,Title,Default Title,,,O-1,1,5,4.50,o.jpg,1,draft\n"
    )
    orders = (
        "Name,Email,Financial Status,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku\n"
        "#1,ann@x.org,paid,2026-02-01 10:00:00 +0200,1,Oak desk - 140,250.00,D-140\n#1,,,,2,Card,4.50,C-1\n"
    )
    tables = read(folder, "shopify", {"products_export_1.csv": head + products, "orders_export.csv": orders}, EUR)
    assert rows(tables, "item_id", "title", "category", "price_micros", "in_stock", "image") == [
        ("oak-desk", "Oak desk", ["Furniture", "Desks"], 210_000_000, True, "d1.jpg"),
        ("card", "Card", ["Cards"], 4_500_000, True, "c.jpg"),
    ]
    assert rows(tables, "attributes") == [
        ([("width", "120"), ("width", "140"), ("finish", "oil"), ("finish", "wax")],),
        ([],),
    ]
    assert events(tables) == [("ann@x.org", "purchase", "oak-desk"), ("ann@x.org", "purchase", "card")]


def test_shopify_as_its_newer_template_says_it(folder: Path) -> None:
    products = (
        "Title,URL handle,Description,Vendor,Product category,Published on online store,Status,SKU,Option1 name,"
        "Option1 value,Price,Inventory quantity,Product image URL\n"
        "Mat,mat,Soft.,Holm,Home > Mats,TRUE,Active,M-1,Colour,Grey,19.00,3,m.jpg\n,mat,,,,,,M-2,,Sand,17.00,0,\n"
    )
    tables = read(folder, "shopify", {"products_export.csv": products}, EUR)
    assert rows(tables, "item_id", "title", "price_micros", "in_stock", "attributes") == [
        ("mat", "Mat", 17_000_000, True, [("colour", "Grey"), ("colour", "Sand")])
    ]
    assert tables.events.num_rows == 0


def test_woocommerce(folder: Path) -> None:
    products = (
        "ID,Type,SKU,Name,Published,Short description,Description,In stock?,Stock,Sale price,Regular price,Categories,"
        "Images,Parent,Attribute 1 name,Attribute 1 value(s)\n"
        '1,variable,SO,Socks,1,,Warm.,1,,,,"Wear, Wear > Socks","s1.jpg, s2.jpg",,Colour,"Red, Blue"\n'
        "2,variation,SO-R,Socks - Red,1,,,0,0,,6.00,,,SO,Colour,Red\n"
        "3,variation,,Socks - Blue,1,,,1,4,5.00,7.00,,,id:1,Colour,Blue\n"
        "4,simple,,Mug,1,Short.,,1,9,,8.00,Home,,,,\n5,simple,HI,Hidden,0,,,1,9,,8.00,Home,,,,\n"
    )
    log = {"events": {"files": "log.csv", "columns": {"user_id": "u", "item_id": "i"}}}
    files = {"wc-product-export-1.csv": products, "log.csv": "u,i\nann,SO-R\nann,3\nann,4\n"}
    tables = read(folder, "woocommerce", files, EUR | log)
    assert rows(tables, "item_id", "title", "category", "price_micros", "in_stock", "image", "description") == [
        ("SO", "Socks", ["Wear", "Socks"], 5_000_000, True, "s1.jpg", "Warm."),
        ("4", "Mug", ["Home"], 8_000_000, True, None, "Short."),
    ]
    assert rows(tables, "attributes")[0] == ([("colour", "Red"), ("colour", "Blue")],)
    assert [item for _, _, item in events(tables)] == ["SO", "SO", "4"]


def test_magento(folder: Path) -> None:
    products = (
        "sku,store_view_code,product_type,categories,name,description,product_online,visibility,price,special_price,"
        "base_image,additional_attributes,qty,is_in_stock,configurable_variations\n"
        'J-S,,simple,,Jacket-S,,1,Not Visible Individually,80.00,,,"color=Red,size=S",0,0,\n'
        'J-M,,simple,,Jacket-M,,1,Not Visible Individually,85.00,70.00,,"color=Red,size=M",3,1,\n'
        'J,,configurable,"Default/Wear,Default/Wear/Jackets",Jacket,Warm.,1,"Catalog, Search",,,j.jpg,manufacturer=Holm,'
        ',1,"sku=J-S,size=S|sku=J-M,size=M"\nJ,de,configurable,,Jacke,,,,,,,,,,\n'
    )
    tables = read(folder, "magento", {"catalog_product.csv": products}, EUR)
    assert rows(tables, "item_id", "title", "category", "brand", "price_micros", "in_stock") == [
        ("J", "Jacket", ["Default", "Wear", "Jackets"], "Holm", 70_000_000, True)
    ]
    assert dict(rows(tables, "attributes")[0][0]) == {"color": "Red", "size": "M"}


FEED = (
    "id\ttitle\tdescription\tlink\timage_link\tavailability\tprice\tsale_price\tbrand\tgoogle_product_category\t"
    "item_group_id\tcolor\tsize\nP1\tPan\tIron.\tx\tp.jpg\tin_stock\t30.00 EUR\t25.00 EUR\tHolm\tHome > Pans\tPAN\tblack\t24\n"
    "P2\tPan\tIron.\tx\tp.jpg\tout_of_stock\t35.00 EUR\t\tHolm\tHome > Pans\tPAN\tblack\t28\n"
)


def test_google_merchant(folder: Path) -> None:
    tables = read(folder, "google-merchant", {"feed.tsv": FEED}, EUR)
    assert rows(tables, "item_id", "price_micros", "in_stock", "category") == [
        ("P1", 25_000_000, True, ["Home", "Pans"]),
        ("P2", 35_000_000, False, ["Home", "Pans"]),
    ]
    tables = read(folder, "google-merchant", {}, {"items": {"currency": "EUR", "group": {"by": "item_group_id"}}})
    assert rows(tables, "item_id", "attributes") == [("P1", [("color", "black"), ("size", "24"), ("size", "28")])]


GA4: list[dict[str, Any]] = [
    {
        "event_timestamp": "1782402725686665",
        "event_name": "page_view",
        "user_pseudo_id": "7.1",
        "user_id": None,
        "items": [],
    },
    {
        "event_timestamp": "1782402725686666",
        "event_name": "purchase",
        "user_pseudo_id": "7.1",
        "user_id": "ann",
        "event_params": [{"key": "ga_session_id", "value": {"string_value": None, "int_value": 55}}],
        "items": [
            {
                "item_id": "P1",
                "item_name": "Pan",
                "item_category": "Home",
                "item_category2": "Pans",
                "quantity": 2,
                "price": 25.0,
            },
            {
                "item_id": "P2",
                "item_name": "Pot",
                "item_category": "Home",
                "item_category2": None,
                "quantity": 1,
                "price": 9.5,
            },
        ],
    },
]


def test_ga4(folder: Path) -> None:
    tables = read(folder, "ga4", {"events_20260701.jsonl": GA4})
    assert rows(tables, "item_id", "title", "category") == [("P1", "Pan", ["Home", "Pans"]), ("P2", "Pot", ["Home"])]
    names = ("user_id", "kind", "item_id", "quantity", "session_id", "price_micros")
    assert events(tables, *names) == [
        ("ann", "purchase", "P1", 2, "55", 25_000_000),
        ("ann", "purchase", "P2", 1, "55", 9_500_000),
    ]
    feed = {"items": {"format": "google-merchant", "currency": "EUR"}}
    assert read(folder, "ga4", {"feed.tsv": FEED}, feed).items.num_rows == 2


def test_segment(folder: Path) -> None:
    said = {"type": "track", "userId": None, "anonymousId": "a1", "timestamp": "2026-07-01T10:00:00.123Z"}
    pan = {"product_id": "P1", "name": "Pan", "brand": "Holm", "category": "Pans", "price": 25, "quantity": 2}
    tracks = [
        {**said, "messageId": "m1", "event": "Products Searched", "properties": {"query": "pan"}},
        {**said, "messageId": "m2", "event": "Product Viewed", "properties": pan},
        {
            **said,
            "messageId": "m3",
            "event": "Order Completed",
            "properties": {"products": [pan, {"product_id": "P2"}]},
        },
    ]
    tables = read(folder, "segment", {"tracks.jsonl": tracks})
    assert rows(tables, "item_id", "title", "brand") == [("P1", "Pan", "Holm"), ("P2", "Item P2", None)]
    assert events(tables, "event_id", "user_id", "kind", "item_id", "quantity") == [
        ("m2", "a1", "click", "P1", 2),
        ("m3", "a1", "purchase", "P1", 2),
        ("m3#1", "a1", "purchase", "P2", None),
    ]


def test_google_retail(folder: Path) -> None:
    product = {
        "id": "V1",
        "primaryProductId": "P1",
        "title": "Pan",
        "categories": ["Sale", "Home > Pans"],
        "brands": ["Holm"],
        "priceInfo": {"currencyCode": "EUR", "price": 25.5},
        "availability": "IN_STOCK",
        "sizes": ["24", "28"],
        "images": [{"uri": "p.jpg"}],
        "rating": {"averageRating": 4.5, "ratingCount": 3},
    }
    log = {
        "eventType": "purchase-complete",
        "visitorId": "v",
        "eventTime": "2026-01-01T00:00:00Z",
        "productDetails": [{"product": {"id": "V1"}, "quantity": 2}],
    }
    tables = read(folder, "google-retail", {"products.jsonl": [product], "user_events.jsonl": [log]})
    assert rows(
        tables, "item_id", "category", "brand", "price_micros", "currency", "in_stock", "image", "rating_count"
    ) == [("P1", ["Home", "Pans"], "Holm", 25_500_000, "EUR", True, "p.jpg", 3)]
    assert rows(tables, "attributes") == [([("size", "24"), ("size", "28")],)]
    assert events(tables, "user_id", "kind", "item_id", "quantity") == [("v", "purchase", "P1", 2)]


def test_amazon_reviews(folder: Path) -> None:
    meta = {
        "title": "Pan",
        "average_rating": 4.5,
        "rating_number": 3,
        "features": ["iron", "24 cm"],
        "description": ["A pan."],
        "price": "from 12.99",
        "images": [{"large": "p.jpg", "thumb": "t.jpg"}],
        "store": "Holm",
        "categories": ["Home", "Pans"],
        "details": {"Color": "Black"},
        "parent_asin": "B1",
    }
    review = {"rating": 4.0, "asin": "B2", "parent_asin": "B1", "user_id": "A", "timestamp": 1588765506791}
    tables = read(folder, "amazon-reviews", {"meta_Home.jsonl": [meta], "Home.jsonl": [review]})
    assert rows(tables, "item_id", "description", "category", "image", "attributes", "price_micros") == [
        ("B1", "A pan.\niron\n24 cm", ["Home", "Pans"], "p.jpg", [("color", "Black")], None)
    ]
    assert events(tables) == [("A", "review", "B1")]


def test_retailrocket(folder: Path) -> None:
    first = "timestamp,itemid,property,value\n1435460400000,7,categoryid,10\n1441508400000,7,790,n100.000\n"
    second = "timestamp,itemid,property,value\n1441508400000,7,categoryid,12\n1441508400000,7,available,1\n"
    log = "timestamp,visitorid,event,itemid,transactionid\n1433221332117,25,view,7,\n1433221332118,25,transaction,7,4\n"
    files = {"item_properties_part1.csv": first, "item_properties_part2.csv": second, "events.csv": log}
    tables = read(folder, "retailrocket", files)
    assert rows(tables, "item_id", "category", "in_stock") == [("7", ["12"], True)]
    assert events(tables) == [("25", "click", "7"), ("25", "purchase", "7")]


def test_otto(folder: Path) -> None:
    session = {
        "session": 12,
        "events": [
            {"aid": 5, "ts": 1661724000278, "type": "clicks"},
            {"aid": 6, "ts": 1661724000300, "type": "orders"},
        ],
    }
    tables = read(folder, "otto", {"train.jsonl": [session]})
    assert events(tables) == [("12", "click", "5"), ("12", "purchase", "6")]
    assert rows(tables, "item_id", "in_stock") == [("5", True), ("6", True)]


def test_diginetica(folder: Path) -> None:
    files = {
        "products.csv": "itemId;pricelog2;product.name.tokens\n139;9;49,9\n",
        "product-categories.csv": "itemId;categoryId\n139;1096\n",
        "train-item-views.csv": "sessionId;userId;itemId;timeframe;eventdate\n1;NA;139;526309;2016-05-09\n",
        "train-purchases.csv": "sessionId;userId;timeframe;eventdate;ordernumber;itemId\n2;81766;52;2016-05-10;3;139\n",
    }
    tables = read(folder, "diginetica", files)
    assert rows(tables, "item_id", "category") == [("139", ["1096"])]
    assert events(tables) == [("1", "click", "139"), ("81766", "purchase", "139")]


def test_yoochoose(folder: Path) -> None:
    files = {
        "yoochoose-clicks.dat": "1,2014-04-07T10:51:09.277Z,214536502,0\n1,2014-04-07T10:54:09.868Z,214536500,0\n",
        "yoochoose-buys.dat": "1,2014-04-07T11:00:00.000Z,214536500,12462,1\n",
    }
    tables = read(folder, "yoochoose", files)
    assert [kind for _, kind, _ in events(tables)] == ["click", "click", "purchase"]
    assert rows(tables, "item_id") == [("214536502",), ("214536500",)]


def test_instacart(folder: Path) -> None:
    files = {
        "products.csv": "product_id,product_name,aisle_id,department_id\n1,Milk,84,16\n2,Soap,25,11\n",
        "aisles.csv": "aisle_id,aisle\n84,milk\n25,soap\n",
        "departments.csv": "department_id,department\n16,dairy eggs\n11,personal care\n",
        "orders.csv": "order_id,user_id,eval_set,order_number,order_dow\n9,1,prior,1,2\n3,1,prior,10,2\n5,1,train,2,2\n",
        "order_products__prior.csv": "order_id,product_id,add_to_cart_order,reordered\n3,1,1,0\n9,2,2,0\n9,1,1,0\n",
        "order_products__train.csv": "order_id,product_id,add_to_cart_order,reordered\n5,2,1,0\n",
    }
    tables = read(folder, "instacart", files)
    assert rows(tables, "title", "category") == [("Milk", ["dairy eggs", "milk"]), ("Soap", ["personal care", "soap"])]
    assert events(tables, "session_id", "item_id") == [("9", "1"), ("9", "2"), ("5", "2"), ("3", "1")]
    assert tables.clock == "ordinal"


def test_hm(folder: Path) -> None:
    files = {
        "articles.csv": "article_id,product_code,prod_name,product_type_name,graphical_appearance_name,colour_group_name,"
        "index_group_name,section_name,garment_group_name,detail_desc\n"
        "0108775015,0108775,Strap top,Vest top,Solid,Black,Ladieswear,Womens Basics,Jersey Basic,Jersey top.\n",
        "transactions_train.csv": "t_dat,customer_id,article_id,price,sales_channel_id\n2018-09-20,00ab,0108775015,0.0508,2\n",
    }
    tables = read(folder, "hm", files)
    assert rows(tables, "item_id", "category") == [("0108775015", ["Ladieswear", "Jersey Basic", "Vest top"])]
    assert events(tables) == [("00ab", "purchase", "0108775015")]
