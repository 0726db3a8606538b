"""Several logs as one, and events of variants as events of their items."""

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


def meant(events: pa.Table, aliases: pl.DataFrame | None) -> tuple[pa.Table, list[Note]]:
    """Events that name a variant, of its item.

    Args:
        aliases: alias, item_id.
    """
    if aliases is None or not len(aliases):
        return events, []
    said = pl.Series(events["item_id"].to_pylist(), dtype=pl.String)
    items = said.replace(aliases["alias"], aliases["item_id"])
    at = events.column_names.index("item_id")
    changed = events.set_column(at, events.schema.field("item_id"), items.to_arrow().cast(pa.string()))
    return changed, [Note("events", "item_id", "events of a variant that mean its item", int((said != items).sum()))]
