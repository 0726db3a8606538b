"""A small simulated shop as other systems would export it."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from recsys.simulation.config import SimulationConfig
from recsys.simulation.shop import Shop


def shopify_export(folder: Path) -> dict[str, int]:
    """Products with two variants each, some with a second picture, one of them a draft; orders, some of two lines.

    Returns how many items and purchases are in it.
    """
    folder.mkdir()
    items, events = _shop()
    rows: list[dict[str, Any]] = []
    for number, item in enumerate(items):
        handle, sku = item["item_id"], item["item_id"].upper()
        price = item["price_micros"] / 1e6
        rows.append(
            {
                "Handle": handle,
                "Title": item["title"],
                "Body (HTML)": f"<p>{item['description']}</p>",
                "Vendor": item["brand"],
                "Product Category": " > ".join(item["category"]),
                "Published": "true",
                "Option1 Name": "Finish",
                "Option1 Value": "Matt",
                "Variant SKU": f"{sku}-1",
                "Variant Inventory Qty": int(item["in_stock"]),
                "Variant Price": f"{price:.2f}",
                "Image Src": item["image"],
                "Status": "draft" if number == 0 else "active",
            }
        )
        second = {"Option1 Value": "Gloss", "Variant SKU": f"{sku}-2", "Variant Inventory Qty": 1}
        rows.append({"Handle": handle, **second, "Variant Price": f"{price + 1:.2f}"})
        rows += [{"Handle": handle, "Image Src": "further.png"}] if number % 5 == 0 else []
    bought = events.filter(pl.col("kind").is_in(["cart", "purchase"]) & (pl.col("item_id") != items[0]["item_id"]))
    bought = bought.unique(["session_id", "item_id"], keep="first", maintain_order=True)
    _write(folder / "products_export_1.csv", rows)
    _write(folder / "orders_export_1.csv", _orders(bought.sort("session_id", "at").to_dicts()))
    return {"items": len(items) - 1, "events": len(bought)}


def catalogue_alone(folder: Path) -> int:
    """One file of products, as a German shop would write it. Returns how many."""
    folder.mkdir()
    items, _ = _shop()
    rows = [
        {
            "Artikelnummer": item["item_id"],
            "Bezeichnung": item["title"],
            "Beschreibung": item["description"],
            "Warengruppe": "/".join(one.replace("/", "") for one in item["category"]),
            "Hersteller": item["brand"],
            "Preis": f"{item['price_micros'] / 1e6:,.2f} €".translate(str.maketrans(",.", ".,")),
            "Bestand": int(item["in_stock"]),
        }
        for item in items
    ]
    _write(folder / "artikel.csv", rows, ";", "cp1252")
    return len(items)


def _shop() -> tuple[list[dict[str, Any]], pl.DataFrame]:
    tables = Shop(SimulationConfig.small()).tables()
    return tables.items.to_pylist(), pl.DataFrame(tables.events)


def _orders(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """An order a session; who and when stand in its first line alone."""
    rows: list[dict[str, Any]] = []
    for line in lines:
        name = f"#{line['session_id']}"
        first = not rows or rows[-1]["Name"] != name
        head = {"Email": f"{line['user_id']}@example.org", "Created at": f"{line['at']:%Y-%m-%d %H:%M:%S} +0000"}
        order = {"Name": name, **(head if first else {})}
        price = f"{(line['price_micros'] or 0) / 1e6:.2f}"
        rows.append(
            {**order, "Lineitem quantity": 1, "Lineitem price": price, "Lineitem sku": f"{line['item_id'].upper()}-2"}
        )
    return rows


def _write(path: Path, rows: list[dict[str, Any]], separator: str = ",", encoding: str = "utf-8") -> None:
    names = dict.fromkeys(name for row in rows for name in row)
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, names, delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
