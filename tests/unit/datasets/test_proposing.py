"""A mapping proposed from files: known exports by their columns, others by the names and contents of columns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from recsys.datasets.mapping import Mapping
from recsys.datasets.proposing.proposal import Proposal, proposed
from recsys.datasets.proposing.words import kind_of, likeness, plain
from recsys.datasets.tabular import read_tabular_folder
from recsys.errors import WrongData


def proposal(folder: Path, **files: str) -> Proposal:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, "utf-8")
    found = proposed(folder)
    assert yaml.safe_load(found.text()) == found.values
    Mapping.parse(found.values)
    return found


def doubted(found: Proposal, words: str) -> bool:
    return any(words in doubt for doubt in found.doubts)


def test_a_german_shop(tmp_path: Path) -> None:
    found = proposal(
        tmp_path,
        artikel__csv="Artikelnr,Bezeichnung,Größe,Warengruppe,Preis,Bestand,Lieferant\n1,Rock,S|M,Mode/Röcke,12 €,3,X\n"
        "2,Hut,L|M,Mode/Hüte,9 €,0,Y\n",
        protokoll__csv="Kunde,Artikel,Datum,Aktion\nanna,1,2026-01-01,Ansicht\nanna,2,2026-01-02,Kauf\nbert,2,2026-01-03,xyz\n",
    )
    assert found.values["items"] == {
        "files": "artikel.csv",
        "columns": {
            "item_id": "Artikelnr",
            "title": "Bezeichnung",
            "category": "Warengruppe",
            "price": "Preis",
            "in_stock": "Bestand",
        },
        "category_separator": "/",
        "currency": "EUR",
        "attributes": {"Größe": "Größe"},
        "several": {"Größe": "|"},
    }
    assert found.values["events"] == {
        "files": "protokoll.csv",
        "columns": {"user_id": "Kunde", "item_id": "Artikel", "at": "Datum", "kind": "Aktion"},
        "kinds": {"Ansicht": "click", "Kauf": "purchase"},
    }
    assert doubted(found, "Lieferant") and doubted(found, "xyz") and found.text().startswith("# doubt: ")
    (tmp_path / "mapping.yaml").write_text(found.text(), "utf-8")
    tables = read_tabular_folder(tmp_path, Mapping.read(tmp_path / "mapping.yaml"))
    assert (tables.items.num_rows, tables.events.num_rows) == (2, 3)


def test_known_exports_are_told_apart(tmp_path: Path) -> None:
    log = {"event_name": "view_item", "event_timestamp": "1", "user_pseudo_id": "7", "items": [{"item_id": "A"}]}
    found = proposal(
        tmp_path,
        products__tsv="id\ttitle\tavailability\timage_link\tprice\nA\tAxe\tin stock\ta.jpg\t3.00 GBP\n",
        log__jsonl=json.dumps(log) + "\n",
    )
    assert found.values == {
        "format": "ga4",
        "items": {"format": "google-merchant", "files": "products.tsv", "currency": "GBP"},
        "events": {"files": "log.jsonl"},
    }
    assert doubted(found, "shape of ga4 (events)")


def test_a_known_log_alone_makes_the_items(tmp_path: Path) -> None:
    log = {"event_name": "view_item", "event_timestamp": "1", "user_pseudo_id": "7", "items": [{"item_id": "A"}]}
    found = proposal(tmp_path, log__jsonl=json.dumps(log) + "\n")
    assert found.values == {"format": "ga4", "events": {"files": "log.jsonl"}, "items": {"files": "log.jsonl"}}


def test_the_prices_of_a_preset_need_a_currency(tmp_path: Path) -> None:
    found = proposal(tmp_path, products_export__csv="Handle,Title,Variant SKU,Variant Price\na,A,A-1,3.00\n")
    assert found.values == {"format": "shopify"} and doubted(found, "currency: EUR")
    assert found.text().endswith("format: shopify\n")


def test_rows_below_a_title_and_a_header_beside_its_lines(tmp_path: Path) -> None:
    found = proposal(
        tmp_path,
        goods__csv="family,sku,name,price\nf,A,Axe,3\nf,B,,4\ng,C,Cup,5\n",
        lines__csv="order,sku,qty\n1,A,2\n2,B,1\n",
        orders__csv="order,customer,date\n1,ann,2026-01-01\n2,bob,2026-01-02\n",
    )
    assert found.values["items"]["same_as_above"] == "family" and doubted(found, "currency: EUR")
    events = found.values["events"]
    assert events["join"] == {"files": "orders.csv", "on": "order"}
    assert events["columns"] == {
        "user_id": "customer",
        "item_id": "sku",
        "at": "date",
        "session_id": "order",
        "quantity": "qty",
    }
    assert events["kind"] == "purchase" and doubted(found, "taken for kind: purchase")


@pytest.mark.parametrize(("times", "unit"), [("1700000000", "s"), ("1700000000000", "ms"), ("1700000000000000", "us")])
def test_ticks_are_told_by_their_size(times: str, unit: str, tmp_path: Path) -> None:
    found = proposal(tmp_path, log__csv=f"user,item,ts\na,1,{times}\n")
    assert found.values["events"]["time"] == unit


def test_a_file_may_say_what_kind_its_events_are(tmp_path: Path) -> None:
    found = proposal(tmp_path, clicks__csv="u,sku\na,1\n")
    assert found.values["events"]["kind"] == "click" and doubted(found, "taken for kind: click")


def test_what_cannot_be_told_is_said(tmp_path: Path) -> None:
    found = proposal(tmp_path, log__csv="user,item,ts\na,1,3/4/2026\n", more__csv="x,y\n1,2\n", bad__csv="")
    assert doubted(found, "3/4/2026") and doubted(found, "more.csv is not read") and doubted(found, "bad.csv cannot")
    with pytest.raises(WrongData, match="a folder with data"):
        proposed(tmp_path / "absent")
    (tmp_path / "log.csv").unlink()
    with pytest.raises(WrongData, match="mapping --format shopify"):
        proposed(tmp_path)


def test_names_in_many_languages() -> None:
    assert plain("PreisEUR") == "preis eur" and plain("Größe_cm") == "grosse cm" and plain("Zdjęcie") == "zdjecie"
    assert likeness("Prix TTC", "prix") and not likeness("Priority", "price")
    assert [kind_of(word) for word in ("add_to_cart", "Panier", "orders", "hm")] == ["cart", "cart", "purchase", None]
