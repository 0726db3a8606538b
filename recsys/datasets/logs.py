"""Several logs as one, and what is said of variants as said of their items."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from recsys.datasets.notes import Note
from recsys.errors import WrongData
from recsys.schema import EVENTS, clock_of, with_clock


def numbered(events: pa.Table, number: int) -> pa.Table:
    """Ids that are numbers of rows, apart from those of other logs."""
    ids = pc.binary_join_element_wise(str(number), events["event_id"], "-")
    return events.set_column(events.column_names.index("event_id"), EVENTS.field("event_id"), ids)


def one_log(logs: Sequence[pa.Table]) -> pa.Table:
    """All logs. Raises WrongData where some have a clock and some an order alone."""
    clocks = {clock_of(log.schema) for log in logs}
    if len(clocks) > 1:
        raise WrongData("mapping.more_events.columns.at", "a time in all logs, or in none", "both")
    return with_clock(pa.concat_tables(logs), clocks.pop()) if logs else EVENTS.empty_table()


def meant(table: pa.Table, aliases: pl.DataFrame | None, name: str = "events") -> tuple[pa.Table, list[Note]]:
    """Rows that name a variant, of its item.

    Args:
        aliases: alias, item_id.
        name: of the table: what the rows are.
    """
    if aliases is None or not len(aliases):
        return table, []
    said = pl.Series(table["item_id"].to_pylist(), dtype=pl.String)
    items = said.replace(aliases["alias"], aliases["item_id"])
    at = table.column_names.index("item_id")
    changed = table.set_column(at, table.schema.field("item_id"), items.to_arrow().cast(pa.string()))
    count = int((said != items).sum())
    return changed, [Note(name, "item_id", f"{name} of a variant that mean its item", count)] if count else []
