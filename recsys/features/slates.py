"""Events -> slates: what was shown, where, with which propensity, and what became of it. Rankers learn from these."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from recsys.features.pairs import indexed, to_arrow

SLATES = pa.schema(
    [
        ("slate_id", pa.string()),
        ("user_id", pa.string()),
        ("at_s", pa.float64()),
        ("surface", pa.string()),
        ("query", pa.string()),
        ("index", pa.int32()),
        ("position", pa.int32()),
        ("propensity", pa.float64()),
        ("campaign_id", pa.string()),
        ("viewed", pa.bool_()),
        ("clicked", pa.bool_()),
        ("carted", pa.bool_()),
        ("bought", pa.bool_()),
        ("known_s", pa.float64()),
    ]
)

_OUTCOMES = {"viewed": "view", "clicked": "click", "carted": "cart", "bought": "purchase"}


def _happened(kind: str) -> pl.Expr:
    """Whether an item of a slate had such an outcome; a return takes one purchase back."""
    times = (pl.col("kind") == kind).sum().cast(pl.Int64)
    taken_back = (pl.col("kind") == "return").sum().cast(pl.Int64)
    return times > (taken_back if kind == "purchase" else 0)


def slates(events: pa.Table, item_ids: pa.Array) -> pa.Table:
    """One row an impression with its outcomes, each slate's rows together and in order of position.

    Args:
        events: canonical events of whole users.
        item_ids: (I,) the catalogue in row order.

    Returns:
        SLATES. `known_s` is when the last outcome of the whole slate happened: before that time its labels cannot be
        known, and folds go by it. A returned purchase is none. An outcome without an impression (a click in a foreign
        slate) is left out. Where several users have a slate of one id, as in logs that count pages, each user's is a
        slate of its own.
    """
    frame = _slates_of_their_own(indexed(events, item_ids).filter(pl.col("slate_id").is_not_null()))
    shown = frame.filter(pl.col("kind") == "impression").unique(
        ["slate_id", "index"], keep="first", maintain_order=True
    )
    outcomes = (
        frame.filter(pl.col("kind") != "impression")
        .group_by("slate_id", "index")
        .agg(
            *(_happened(kind).alias(name) for name, kind in _OUTCOMES.items()),
            last_s=pl.col("at_s").max(),
        )
    )
    joined = (
        shown.join(outcomes, on=["slate_id", "index"], how="left", maintain_order="left")
        .with_columns(pl.col(*_OUTCOMES).fill_null(value=False))
        .with_columns(known_s=pl.max_horizontal("at_s", "last_s").max().over("slate_id"))
        .with_columns(begins_s=pl.col("at_s").min().over("slate_id"))
        .sort("user_id", "begins_s", "slate_id", "position", maintain_order=True)
    )
    return to_arrow(joined, SLATES)


def _slates_of_their_own(frame: pl.DataFrame) -> pl.DataFrame:
    shared = pl.col("user_id").n_unique().over("slate_id") > 1
    return frame.with_columns(
        slate_id=pl.when(shared).then(pl.format("{} of {}", "slate_id", "user_id")).otherwise("slate_id")
    )
