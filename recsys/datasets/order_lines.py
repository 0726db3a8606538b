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
    lines = _lines(frame)
    if not len(lines):
        return events, []
    first = lines.select(pl.col(_ROW).list.first(), "_pieces", "_paid")
    whole = frame.join(first, on=_ROW, how="left", maintain_order="left")
    added = {"quantity": whole["_pieces"], "price_micros": whole["_paid"].round().cast(pl.Int64)}
    for name, values in added.items():
        field = events.schema.field(name)
        changed = values.zip_with(values.is_not_null(), whole[name].cast(values.dtype)).to_arrow().cast(field.type)
        events = events.set_column(events.column_names.index(name), field, changed)
    spare = lines.select(pl.col(_ROW).list.slice(1).explode()).to_series()
    twice = int(lines["_twice"].sum())
    text = "lines of one order for further variants of one item: added to its first line"
    notes = [Note("events", "quantity", text, len(spare) - twice)]
    notes += [Note("events", "quantity", "of such lines those that were sent twice, left out", twice)] if twice else []
    return events.filter((~frame[_ROW].is_in(spare.implode())).to_arrow()), notes


def _lines(frame: pl.DataFrame) -> pl.DataFrame:
    """_row (a list), _pieces, _paid, _twice: of each order's lines for several variants of one item; of a line that
    was sent twice one counts."""
    once = pl.struct(_SAID, "quantity").is_first_distinct()
    pieces, price = pl.col("quantity").fill_null(1).filter(once), pl.col("price_micros").filter(once)
    mean = (price.cast(pl.Float64) * pieces).sum() / pieces.filter(price.is_not_null()).sum()
    paid = pl.when(price.count() > 0).then(mean)
    return (
        frame.filter(pl.col("kind").is_in(_KINDS))
        .group_by(_SAME, maintain_order=True)
        .agg(
            _ROW,
            pl.col(_SAID).n_unique().alias("_variants"),
            pieces.sum().alias("_pieces"),
            paid.alias("_paid"),
            (~once).sum().alias("_twice"),
        )
        .filter(pl.col("_variants") > 1)
    )
