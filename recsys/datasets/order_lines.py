"""Lines of one order for several variants of one item, as one line: `clean` would take them for one sent twice."""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from recsys.datasets.notes import Note

_SAME = ("user_id", "item_id", "kind", "at", "slate_id", "position", "query", "session_id")
_KINDS = ("cart", "purchase", "return")
_ROW, _SAID = "_row", "_said"


def one_line_an_item(events: pa.Table, said: pa.ChunkedArray) -> tuple[pa.Table, list[Note]]:
    """Events with the quantities of such lines added, at the mean price of a piece.

    Args:
        events: canonical; those of variants mean their items by now.
        said: (N,) ids that the log has.
    """
    told = pl.Series(_SAID, said.to_pylist(), dtype=pl.String)
    frame = pl.DataFrame(events.select([*_SAME, "price_micros", "quantity"])).with_columns(told).with_row_index(_ROW)
    pieces = pl.col("quantity").fill_null(1)
    paid = (pl.col("price_micros").cast(pl.Float64) * pieces).sum() / pieces.filter(
        pl.col("price_micros").is_not_null()
    ).sum()
    lines = (
        frame.filter(pl.col("kind").is_in(_KINDS))
        .unique([*_SAME, _SAID, "quantity"], keep="first", maintain_order=True)  # a line that was sent twice is one
        .group_by(_SAME, maintain_order=True)
        .agg(
            pl.col(_ROW),
            pl.col(_SAID).n_unique().alias("_variants"),
            pieces.sum().alias("_pieces"),
            paid.alias("_paid"),
        )
        .filter(pl.col("_variants") > 1)
    )
    if not len(lines):
        return events, []
    first = lines.select(pl.col(_ROW).list.first(), "_pieces", "_paid")
    whole = frame.select(_ROW, "quantity", "price_micros").join(first, on=_ROW, how="left", maintain_order="left")
    changed = whole.select(
        pl.coalesce("_pieces", "quantity").alias("quantity"),
        pl.coalesce(pl.col("_paid").round().cast(pl.Int64), "price_micros").alias("price_micros"),
    )
    for name in changed.columns:
        field = events.schema.field(name)
        events = events.set_column(events.column_names.index(name), field, changed[name].to_arrow().cast(field.type))
    spare = lines.select(pl.col(_ROW).list.slice(1).explode()).to_series()
    kept = ~frame[_ROW].is_in(spare.implode())
    text = "lines of one order for further variants of one item: added to its first line"
    return events.filter(kept.to_arrow()), [Note("events", "quantity", text, len(spare))]
