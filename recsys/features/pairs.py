"""Events -> what models learn from: steps of users, and pairs of a query and an item.

Pure Arrow -> Arrow kernels (Polars inside) that work on all events of some users: one file at a time, on any machine.
"""

from __future__ import annotations

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from recsys.schema import FEEDBACK_KINDS

STEPS = pa.schema(
    [
        ("user_id", pa.string()),
        ("index", pa.int32()),
        ("at_s", pa.float64()),
        ("bought", pa.bool_()),
        ("kind", pa.string()),
        ("query", pa.string()),
    ]
)

PAIRS = pa.schema(
    [
        ("user_id", pa.string()),
        ("query", pa.string()),
        ("index", pa.int32()),
        ("weight", pa.float32()),
        ("at_s", pa.float64()),
    ]
)

PAIR_WEIGHTS = {"click": 1.0, "favourite": 1.0, "cart": 2.0, "purchase": 3.0}
"""How much each kind says that an item answers a query."""


def steps(events: pa.Table, item_ids: pa.Array) -> pa.Table:
    """What users said yes to, each user's steps together and in time; equal times keep their order.

    Args:
        events: canonical events of whole users.
        item_ids: (I,) the catalogue in row order; events of other items are left out.

    Returns:
        STEPS, at_s in seconds since the epoch.
    """
    frame = (
        indexed(events, item_ids)
        .filter(pl.col("kind").is_in(FEEDBACK_KINDS))
        .with_columns(bought=pl.col("kind") == "purchase")
        .sort("user_id", "at_s", maintain_order=True)
    )
    return to_arrow(frame, STEPS)


def pairs(events: pa.Table, item_ids: pa.Array) -> pa.Table:
    """Queries and the items that were chosen for them: one row an event, so that folds can cut them by time.

    An event without a query has the one of its slate. Same arguments as `steps`; returns PAIRS.
    """
    frame = (
        indexed(events, item_ids)
        .with_columns(slate_query=pl.col("query").drop_nulls().first().over("user_id", "slate_id"))
        .with_columns(
            query=pl.coalesce("query", pl.when(pl.col("slate_id").is_not_null()).then("slate_query")),
            weight=pl.col("kind").replace_strict(PAIR_WEIGHTS, default=0.0, return_dtype=pl.Float32),
        )
        .filter(pl.col("weight") > 0, pl.col("query").str.strip_chars() != "")
        .sort("user_id", "at_s", maintain_order=True)
    )
    return to_arrow(frame, PAIRS)


def following(rows: pa.Table, *, limit: int, rng: np.random.Generator, window: int = 2) -> pa.Table:
    """Items that one user chose shortly after each other: [left, right, weight], weight 1 / steps between.

    Args:
        rows: STEPS, each user's together and in time.
        limit: most pairs; more are drawn down at random.
        rng: decides which.
        window: most steps between the two.
    """
    user = rows["user_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    index = rows["index"].to_numpy()
    left, right, weight = [], [], []
    for gap in range(1, window + 1):
        same = (user[gap:] == user[:-gap]) & (index[gap:] != index[:-gap])
        left.append(index[:-gap][same])
        right.append(index[gap:][same])
        weight.append(np.full(int(same.sum()), 1.0 / gap, np.float32))
    pairs = pa.table({"left": np.concatenate(left), "right": np.concatenate(right), "weight": np.concatenate(weight)})
    if pairs.num_rows <= limit:
        return pairs
    return pairs.take(np.sort(rng.choice(pairs.num_rows, limit, replace=False)))


def indexed(events: pa.Table, item_ids: pa.Array) -> pl.DataFrame:
    """Events of catalogue items with their row (`index`) and their time in seconds (`at_s`)."""
    index = pc.index_in(events["item_id"], value_set=item_ids)
    at_s = pc.divide(pc.cast(pc.cast(events["at"], pa.timestamp("us", tz="UTC")), pa.int64()), 1e6)
    known = events.append_column("index", index).append_column("at_s", at_s).filter(pc.is_valid(index))
    frame = pl.from_arrow(known)
    assert isinstance(frame, pl.DataFrame)
    return frame


def to_arrow(frame: pl.DataFrame, schema: pa.Schema) -> pa.Table:
    """The frame's columns of this schema, with its types."""
    return frame.select(schema.names).to_arrow().cast(schema)
