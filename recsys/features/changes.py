"""A catalogue with the changes since its release: the same rows, corrected, and new items behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from recsys.changes import ItemChange
from recsys.features.attributes import by_name, pairs_of
from recsys.schema import ITEMS, conform
from recsys.slate import IntArray

NOTHING: dict[str, Any] = {
    "title": "",
    "description": "",
    "category": [],
    "brand": None,
    "price_micros": None,
    "currency": None,
    "rating": None,
    "rating_count": None,
    "image": None,
    "in_stock": True,
    "blocked": False,
    "created_at": None,
    "attributes": {},
}
"""What a whole item is where its fields say nothing."""


class Changed(NamedTuple):
    """An `items` table after some changes, of which some may have said nothing new."""

    items: pa.Table
    rows: IntArray  # (C,) that differ from before, new ones included, rising


def changed_items(items: pa.Table, changes: Sequence[ItemChange]) -> Changed:
    """Apply changes to a canonical `items` table.

    A row keeps its place whatever is said of it, and new items follow in the order of the changes: rows mean the same
    in every state of one release. A deleted item is blocked, not removed, because events go on to name it. An item
    of which the table and the changes know only some facts (its release was rolled back) is blocked too.
    """
    place = {item_id: row for row, item_id in enumerate(items["item_id"].to_pylist())}
    known = [one for one in changes if one.item_id in place]
    new = [one for one in changes if one.item_id not in place]
    rows = np.array([place[one.item_id] for one in known], np.int64)
    before = items.take(pa.array(rows)).to_pylist()
    corrected = _table([_corrected(old, one) for old, one in zip(before, known, strict=True)], items.schema)
    says = np.array([now != old for now, old in zip(corrected.to_pylist(), before, strict=True)], np.bool_)
    rows, corrected = rows[says], corrected.filter(pa.array(says))
    added = _table([_corrected({**NOTHING, "item_id": one.item_id}, one) for one in new], items.schema)
    source = np.arange(len(items) + len(added))
    source[rows] = len(items) + np.arange(len(rows))
    source[len(items) :] += len(rows)
    joined = pa.concat_tables([items, corrected, added]).take(pa.array(source))
    different = np.concatenate([np.sort(rows), np.arange(len(items), len(items) + len(added))])
    return Changed(joined.combine_chunks(), different.astype(np.int32))


def fields_of(items: pa.Table) -> dict[str, dict[str, Any]]:
    """item_id -> fields, as the store keeps them, of a canonical `items` table."""
    place = items.schema.get_field_index("created_at")
    plain = items.set_column(place, "created_at", items["created_at"].cast(pa.int64()))
    return {row.pop("item_id"): {**row, "attributes": by_name(row["attributes"])} for row in plain.to_pylist()}


def _corrected(old: Mapping[str, Any], change: ItemChange) -> dict[str, Any]:
    kept = {**NOTHING, "item_id": change.item_id} if change.kind == "put" else dict(old)
    now = {**kept, **change.fields}
    return {**now, "blocked": True} if change.kind == "delete" or not now["title"] else now


def _table(rows: list[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    """Rows with attributes as `pairs_of` takes them, and times as microseconds or moments."""
    columns = {name: [row[name] for row in rows] for name in ITEMS.names}
    columns["attributes"] = [pairs_of(said) for said in columns["attributes"]]
    arrays = []
    for field in ITEMS:
        values = columns[field.name]
        if field.name == "created_at":
            values = [at if at is None or isinstance(at, int) else round(at.timestamp() * 1e6) for at in values]
        arrays.append(pa.array(values, field.type))
    table = conform(pa.table(arrays, schema=ITEMS), "items")
    return table.replace_schema_metadata(schema.metadata).cast(schema)
