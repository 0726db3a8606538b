"""Campaigns of a shop's own files: bids, budgets and times as items' values are read, and what they advertise."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from recsys.datasets.mapping import Mapping
from recsys.datasets.notes import Note
from recsys.datasets.reader import folder_files
from recsys.datasets.tabular import read_campaigns_folder, read_tabular_folder
from recsys.errors import WrongConfig, WrongData
from recsys.schema import Tables

WEEK = (
    "id,maker,cpc,total,from,until,skus\n"
    'spring,Lumo,"0,25 €","500,00 €",01.03.2026,31.12.2026,ARC-S | BOW\n'
    'late,,"1,10 €","80,00 €",15.03.2026,,\n'
)
COLUMNS = {
    "campaign_id": "id",
    "advertiser_id": "maker",
    "bid": "cpc",
    "budget": "total",
    "starts_at": "from",
    "ends_at": "until",
    "item_id": "skus",
}
OWN = {"files": "week.csv", "columns": COLUMNS, "several": {"skus": "|"}, "zone": "Europe/Berlin"}
ITEMS = {
    "files": "lamps.csv",
    "columns": {"item_id": "lamp", "title": "name"},
    "group": {"by": "lamp", "ids": ["sku"]},
}


class Shop:
    """A folder of lamps and campaigns."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.notes = folder, list[Note]()
        self.write(lamps="lamp,sku,name\narc,ARC-S,Arc lamp\narc,ARC-L,Arc lamp\nbow,BOW,Bow lamp\n", week=WEEK)

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / f"{name}.csv").write_text(text, "utf-8")

    def read(self, campaigns: dict[str, Any], **more: Any) -> Tables:
        self.notes.clear()
        mapping = Mapping.parse({"items": ITEMS, "campaigns": campaigns, **more})
        return read_tabular_folder(self.folder, mapping, self.notes.append)

    def told(self, words: str) -> int:
        return sum(note.number for note in self.notes if words in note.text)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def rows(table: Any, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in table.to_pylist()]


def test_a_row_a_campaign_with_its_items_in_a_cell(shop: Shop) -> None:
    tables = shop.read(OWN)
    assert rows(tables.campaigns, "campaign_id", "advertiser_id", "name", "bid_cpc_micros", "budget_micros") == [
        ("spring", "Lumo", "spring", 250_000, 500_000_000),
        ("late", "late", "late", 1_100_000, 80_000_000),
    ]
    assert rows(tables.campaigns, "currency", "starts_at", "ends_at") == [
        ("EUR", datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 12, 30, 23, tzinfo=UTC)),
        ("EUR", datetime(2026, 3, 14, 23, tzinfo=UTC), None),
    ]
    assert rows(tables.creatives, "creative_id", "campaign_id", "item_id") == [
        ("spring-00", "spring", "arc"),  # a variant means its item
        ("spring-01", "spring", "bow"),
    ]
    assert shop.told("mean its item") == 2 and shop.told("which are never shown") == 1
    assert shop.told("called after the campaign") == 3 and shop.told("ends as that day begins") == 1


def test_a_row_for_each_item_says_a_campaign_once(shop: Shop) -> None:
    shop.write(
        week="id,cpc,total,sku,words\na,0.2,9,arc,Bright\na,0.2,9,bow,\na,0.2,9,bow,\nb,0.3,9,bow,\nb,0.4,9,arc,\n"
    )
    columns = {"campaign_id": "id", "bid": "cpc", "budget": "total", "item_id": "sku", "headline": "words"}
    tables = shop.read({"files": "week.csv", "columns": columns, "currency": "USD", "money": "units"})
    bids = rows(tables.campaigns, "campaign_id", "bid_cpc_micros")
    assert bids == [("a", 200_000), ("b", 300_000), ("b", 400_000)], "what contradicts itself is for `clean` to judge"
    ads = rows(tables.creatives, "creative_id", "item_id", "headline")
    assert ads == [("a-00", "arc", "Bright"), ("a-01", "bow", None), ("b-00", "bow", None), ("b-01", "arc", None)]


def test_items_in_a_table_of_their_own(shop: Shop) -> None:
    shop.write(ads="campaign,sku,words\nspring,ARC-L,Bright\nlate,,\n")
    columns = {"campaign_id": "campaign", "item_id": "sku", "headline": "words"}
    bare = {**OWN, "columns": {**COLUMNS, "item_id": None}}
    tables = shop.read(bare, creatives={"files": "ads.csv", "columns": columns})
    assert rows(tables.creatives, "campaign_id", "item_id", "headline") == [("spring", "arc", "Bright")]
    assert shop.told("rows without an item") == 1 == shop.told("which are never shown")
    assert tables.campaigns is not None and tables.campaigns.num_rows == 2
    mapping = Mapping.parse({"items": ITEMS, "campaigns": bare, "creatives": {"files": "ads.csv", "columns": columns}})
    assert {path.name for path in folder_files(shop.folder, mapping)} == {"lamps.csv", "week.csv", "ads.csv"}
    alone = read_campaigns_folder(shop.folder, mapping, shop.notes.append)
    assert alone.campaigns == tables.campaigns and alone.creatives == tables.creatives and not alone.simulated


def test_bids_in_several_currencies_are_converted_or_refused(shop: Shop) -> None:
    shop.write(week='id,cpc,total\na,"0,20 €","9,00 €"\nb,"$0,40","8,00"\n')
    own = {"files": "week.csv", "columns": {"campaign_id": "id", "bid": "cpc", "budget": "total"}}
    with pytest.raises(
        WrongData, match=r"mapping\.campaigns\.currencies: wanted bids in one currency, got \['EUR', 'USD'"
    ):
        shop.read(own)
    tables = shop.read({**own, "currency": "EUR", "currencies": {"USD": 0.5}})
    assert rows(tables.campaigns, "bid_cpc_micros", "budget_micros", "currency") == [
        (200_000, 9_000_000, "EUR"),
        (200_000, 4_000_000, "EUR"),
    ]
    assert shop.told("prices in USD converted into EUR") == 1
    with pytest.raises(WrongData, match=r"mapping\.campaigns\.currencies: USD: wanted what one USD is worth in EUR"):
        shop.read({**own, "currency": "EUR", "currencies": {"CHF": 1.1}})


@pytest.mark.parametrize(
    ("text", "change", "said"),
    [
        (WEEK.replace("80,00 €", "much"), {}, r"week\.csv: total, row 2: wanted an amount of money, got 'much'"),
        (WEEK.replace("15.03.2026", "soon"), {}, r"week\.csv: from, row 2: wanted an ISO 8601 time, got 'soon'"),
        (WEEK.replace(" €", ""), {}, r"mapping\.campaigns\.currency: wanted the currency of the prices"),
        (WEEK, {"columns": {**COLUMNS, "bid": "ppc"}}, r"mapping\.campaigns\.columns: ppc"),
        (WEEK, {"files": "month.csv"}, r"mapping\.campaigns\.files"),
        (WEEK, {"several": {"sku": "|"}}, r"mapping\.campaigns\.several: sku"),
    ],
)
def test_what_cannot_be_read_is_named(text: str, change: dict[str, Any], said: str, shop: Shop) -> None:
    shop.write(week=text)
    with pytest.raises(WrongData, match=said):
        shop.read({**OWN, **change})


def test_what_may_be_absent_is_left_out_and_said(shop: Shop) -> None:
    tables = shop.read({**OWN, "files": "month.csv", "absent": "skip"})
    assert tables.campaigns is None and tables.creatives is None and shop.told("the table is left out") == 1
    bid_alone = {**OWN, "columns": {**COLUMNS, "name": "called"}, "absent": "skip"}
    assert rows(shop.read(bid_alone).campaigns, "name") == [("spring",), ("late",)]
    with pytest.raises(WrongConfig, match="campaigns: creatives say what those advertise"):
        Mapping.parse({"items": ITEMS, "creatives": {"files": "x", "columns": {"campaign_id": "a", "item_id": "b"}}})


def test_an_event_of_several_items_in_a_cell_is_one_each(shop: Shop) -> None:
    shop.write(log="who,basket\nann,arc;bow\nbob,\n")
    columns = {"user_id": "who", "item_id": "basket"}
    events = {"files": "log.csv", "columns": columns, "several": {"basket": ";"}}
    assert rows(shop.read(OWN, events=events).events, "user_id", "item_id") == [
        ("ann", "arc"),
        ("ann", "bow"),
        ("bob", None),
    ]
