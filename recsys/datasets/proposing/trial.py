"""A proposed mapping, tried on the files: what reading by it says is a doubt, before anybody saves it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa

from recsys.datasets.cleaning import Cleaned, clean_events, clean_items, reasons
from recsys.datasets.mapping import Mapping
from recsys.datasets.tabular import read_tabular_folder
from recsys.errors import VitrineError

UNSAID = "XXX"
"""The code of no currency (ISO 4217): prices without one are asked about elsewhere."""


def tried(folder: Path, values: dict[str, Any]) -> list[str]:
    """What would not be read or kept, a line each.

    Args:
        values: of a mapping.
    """
    try:
        mapping = Mapping.parse(values)
        if mapping.items is not None and mapping.items.currency is None:
            mapping = mapping.updated({"items.currency": UNSAID})
        tables = read_tabular_folder(folder, mapping)
    except VitrineError as error:
        return [f"reading by this mapping stops: {error}"]
    items = clean_items(tables.items)
    ids: pa.Array = items.kept["item_id"].combine_chunks()
    return [*_lost("items", items), *_lost("events", clean_events(tables.events, ids))]


def _lost(table: str, cleaned: Cleaned) -> list[str]:
    away, total = len(cleaned.quarantined), len(cleaned.quarantined) + len(cleaned.kept)
    why = ", ".join(f"{reason} {count}" for reason, count in reasons(cleaned.quarantined).items())
    return [f"of {total} {table} read by this mapping, {away} would be set aside: {why}"] if away else []
