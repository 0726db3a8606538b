"""A shop's own tables, in any format that is read, as the canonical ones: by its mapping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from recsys.campaigns import Campaigns
from recsys.config import Config
from recsys.datasets.campaign_tables import (
    CampaignsMapping,
    creatives_of,
    read_campaigns,
    read_creatives,
    without_items,
)
from recsys.datasets.columns import Reading
from recsys.datasets.conversion import converted, usual_first, worth_of
from recsys.datasets.logs import meant, numbered, one_log
from recsys.datasets.mapping import AnyMapping, EventsMapping, ItemColumns, ItemsMapping, Mapping, Rows
from recsys.datasets.notes import Note, Say
from recsys.datasets.order_lines import one_line_an_item
from recsys.datasets.sequences import Description, items_table, users_table
from recsys.datasets.shapes.declared import RowShape
from recsys.datasets.shapes.groups import Facts
from recsys.datasets.shapes.shaping import Names, Opened, Shaped, attribute_lists, shaped_items, shaped_rows
from recsys.datasets.table_files import has_files, joined_files, joins_of, matches, open_files
from recsys.errors import WrongData
from recsys.schema import ITEMS, Tables, conform, with_clock

M = TypeVar("M", bound=Config)


def tabular_files(folder: Path, mapping: Mapping) -> list[Path]:
    """The files that the mapping names. Raises WrongData where a pattern matches nothing."""
    found: dict[Path, None] = {}
    for name, table in (*mapping.tables(), *mapping.sold()):
        if table.absent == "refuse" or has_files(folder, table.files):
            found |= dict.fromkeys(matches(folder, table.files, name))
            for join in joins_of(folder, table)[0]:
                found |= dict.fromkeys(matches(folder, join.files, f"{name}.join"))
    return list(found)


def read_tabular_folder(folder: Path, mapping: Mapping, say: Say | None = None) -> Tables:
    """Read a shop's own tables. Raises WrongData naming file, column and the first wrong value.

    Args:
        say: is told what was taken, translated or lost.
    """
    tables, notes = _read(folder, mapping)
    if say is not None:
        for note in notes:
            say(note)
    return tables


def _read(folder: Path, mapping: Mapping) -> tuple[Tables, list[Note]]:
    strict = mapping.unreadable == "refuse"
    items: pa.Table | None = None
    logs: list[pa.Table] = []
    aliases: pl.DataFrame | None = None
    notes: list[Note] = []
    for number, (name, table) in enumerate(mapping.tables()):
        if _is_left_out(folder, table, name, notes):
            continue
        reading = open_files(folder, table.files, name, strict, table)
        joins, lacking = joins_of(folder, table)
        table = table.model_copy(update={"join": joins})
        notes += [Note(name, "join", f"no files {pattern}: not joined", 1) for pattern in lacking]
        opened = partial(joined_files, folder, name)
        if isinstance(table, ItemsMapping):
            reading, table, shaped = shape_items(reading, table, opened)
            items, aliases = read_items(reading, table), shaped.aliases
        else:
            reading, table, shaped = _shape_rows(reading, table, opened, name, ("user_id", "item_id"))
            log = _events(reading, table)
            logs.append(numbered(log, number) if mapping.more_events and table.columns.event_id is None else log)
        notes += [*reading.notes, *shaped.notes]
    if items is None and not logs:
        raise WrongData(
            f"mapping.items.files in {folder}", "files of items or events", sorted(map(str, folder.iterdir()))
        )
    log = one_log(logs)
    events, renamed = meant(log, aliases)
    events, added = one_line_an_item(events, log["item_id"]) if aliases is not None else (events, [])
    if items is None:
        items = items_table({one: Description() for one in pc.unique(events["item_id"].drop_null()).to_pylist()})
    user_ids = pc.unique(events["user_id"].drop_null()).to_pylist()
    campaigns, creatives, told = _sold(folder, mapping, aliases)
    return Tables(items, events, users_table(user_ids), campaigns, creatives), [*notes, *renamed, *added, *told]


def read_campaigns_folder(folder: Path, mapping: Mapping, say: Say) -> Campaigns:
    """Campaigns alone, without the log; what names a variant means its item. Raises WrongData."""
    aliases = None
    if mapping.items is not None and has_files(folder, mapping.items.files):
        reading = open_files(folder, mapping.items.files, "items", mapping.unreadable == "refuse", mapping.items)
        aliases = shape_items(reading, mapping.items, partial(joined_files, folder, "items"))[2].aliases
    campaigns, creatives, notes = _sold(folder, mapping, aliases)
    if campaigns is None or creatives is None:
        raise WrongData(f"mapping.campaigns in {folder}", "where the campaigns are", "nothing")
    for note in notes:
        say(note)
    return Campaigns(campaigns, creatives)


def _sold(
    folder: Path, mapping: Mapping, aliases: pl.DataFrame | None
) -> tuple[pa.Table | None, pa.Table | None, list[Note]]:
    """Campaigns and creatives, None where the mapping has none, and notes."""
    campaigns: pa.Table | None = None
    ads: list[pl.DataFrame] = []
    notes: list[Note] = []
    strict = mapping.unreadable == "refuse"
    for name, table in mapping.sold():
        if _is_left_out(folder, table, name, notes):
            continue
        reading, opened = open_files(folder, table.files, name, strict, table), partial(joined_files, folder, name)
        if isinstance(table, CampaignsMapping):
            bare = table.updated({"columns.item_id": None})  # rows of the file, not of its items
            rows, bare, shaped = _shape_rows(reading, bare, opened, name, ("campaign_id", "bid", "budget"))
            campaigns = read_campaigns(rows, bare)
            notes += [*rows.notes, *shaped.notes]
        if table.columns.item_id is not None:
            rows, table, shaped = _shape_rows(reading, table, opened, name, ("campaign_id", "item_id"))
            ads.append(read_creatives(rows, table.columns))
            notes += [*rows.notes, *shaped.notes]
    if campaigns is None:
        return None, None, notes
    creatives, renamed = meant(creatives_of(ads), aliases, "creatives")
    return campaigns, creatives, [*dict.fromkeys(notes), *without_items(campaigns, creatives), *renamed]


def _is_left_out(folder: Path, table: AnyMapping, name: str, notes: list[Note]) -> bool:
    """Whether a table's files are absent and may be; that is noted."""
    if table.absent == "refuse" or has_files(folder, table.files):
        return False
    notes.append(Note(name, "files", f"no files {table.files}: the table is left out", 1))
    return True


def shape_items(reading: Reading, mapping: ItemsMapping, opened: Opened) -> tuple[Reading, ItemsMapping, Shaped]:
    """The rows as items, and the mapping that reads them. Raises WrongData.

    Args:
        opened: reads the files of a pattern, for joins.
    """
    names = mapping.columns.model_dump()
    measured = partial(_facts, reading, mapping)
    clock = partial(reading.time, unit=mapping.time)
    shaped = shaped_items(
        reading.frame, mapping, names, mapping.attributes, mapping.category_separator, opened, measured, clock
    )
    own = mapping.model_copy(update={"columns": ItemColumns.parse(shaped.names), "attributes": shaped.attributes})
    return _moved(reading, mapping, shaped), own, shaped


def _shape_rows(
    reading: Reading, mapping: Rows, opened: Opened, table: str, needed: Sequence[str]
) -> tuple[Reading, Rows, Shaped]:
    """As `shape_items`, of other tables.

    Args:
        needed: our columns that it cannot do without.
    """
    shaped = shaped_rows(reading.frame, mapping, mapping.columns.model_dump(), opened, table, needed)
    own = _with_columns(mapping, type(mapping.columns).parse(shaped.names))
    return _moved(reading, mapping, shaped), own, shaped


def _with_columns(mapping: M, columns: Config) -> M:
    return mapping.model_copy(update={"columns": columns})


def _moved(reading: Reading, shape: RowShape, shaped: Shaped) -> Reading:
    """Rows that are where no file has them have no place in a file, and cells that are joined are of another."""
    if shape.moves_rows() or len(shaped.frame) != len(reading.frame):
        return replace(reading, frame=shaped.frame, files=(), source=f"{reading.source}, after its shape")
    files = tuple((f"{name}, joined" if shape.join else name, count) for name, count in reading.files)
    return replace(reading, frame=shaped.frame, files=files)


def _facts(reading: Reading, mapping: ItemsMapping, frame: pl.DataFrame, names: Names) -> Facts:
    """Prices and stock of rows that are weighed against each other."""
    rows = replace(reading, frame=frame, files=(), source=f"{reading.source}, after its shape", notes=[])
    rows.require([names["price"], names["currency"], names["in_stock"]], "mapping.items.columns")
    beside = [name for name in (names["price"], names["currency"]) if name is not None and names["price"] is not None]
    currency = rows.currency(names["currency"], names["price"], mapping.currency, each=bool(mapping.currencies))
    micros = rows.money(names["price"], mapping.money, mapping.decimal, currency)
    rank, stock = usual_first(currency), rows.stock(names["in_stock"], mapping.stock)
    if mapping.currencies and mapping.currency is not None:
        worth = worth_of(currency, {**mapping.currencies, mapping.currency: 1.0})
        rank, micros = pl.zeros(len(micros), pl.UInt32, eager=True), (micros * worth).round().cast(pl.Int64)
    return Facts(tuple(beside), names["in_stock"], rank, micros, stock)


def read_items(reading: Reading, mapping: ItemsMapping) -> pa.Table:
    """A canonical `items` table. Raises WrongData naming column and value."""
    names = mapping.columns
    reading.require(names.model_dump().values(), "mapping.items.columns")
    reading.require(mapping.attributes.values(), "mapping.items.attributes")
    reading.note_flags({"blocked": names.blocked})
    currency = reading.currency(names.currency, names.price, mapping.currency, each=bool(mapping.currencies))
    price = reading.money(names.price, mapping.money, mapping.decimal, currency)
    reading.note_cut_ids([names.item_id])
    stock = reading.stock(names.in_stock, mapping.stock)
    if names.in_stock is not None:
        reading.note(names.in_stock, "nothing said of stock: taken for what cannot be bought", stock.null_count())
    frame = pl.DataFrame(
        {
            "item_id": reading.text(names.item_id),
            "title": reading.text(names.title, sparing=True),
            "description": reading.text(names.description, sparing=True).fill_null(""),
            "category": reading.path(names.category, mapping.category_separator),
            "brand": reading.text(names.brand),
            "price_micros": price,
            "currency": currency,
            "rating": reading.number(names.rating),
            "rating_count": reading.whole(names.rating_count),
            "image": reading.text(names.image),
            "blocked": reading.boolean(names.blocked),
            "in_stock": stock.fill_null(names.in_stock is None),
            "created_at": reading.time(names.created_at, mapping.time),
        }
    )
    if mapping.currencies:
        frame = converted(frame, mapping.currencies, mapping.currency, reading)
    called = pl.concat_str(pl.col("brand"), pl.col("category").list.last(), separator=" ", ignore_nulls=True)
    stand_in = pl.when(called == "").then(pl.format("Item {}", "item_id")).otherwise(called)
    reading.note(names.title, "nothing: called after brand and category, or the id", frame["title"].null_count())
    table = frame.with_columns(pl.col("title").fill_null(stand_in)).to_arrow()
    values = {name: _values(reading, column) for name, column in mapping.attributes.items()}
    pairs = [
        [(name, value) for name, several in zip(values, row, strict=True) for value in several]
        for row in zip(*values.values(), strict=True)
    ] or [[] for _ in range(len(frame))]
    attributes = pa.array(pairs, ITEMS.field("attributes").type)
    return conform(table.append_column("attributes", attributes), "items")


def _values(reading: Reading, column: str) -> list[list[str]]:
    """Of an attribute, row by row: several where a cell is a list."""
    lists = attribute_lists(reading.frame, column)
    return [[] if one is None else [one] for one in reading.text(column)] if lists is None else lists


def _events(reading: Reading, mapping: EventsMapping) -> pa.Table:
    names = mapping.columns
    reading.require(names.model_dump().values(), "mapping.events.columns")
    texts = ("user_id", "item_id", "session_id", "query", "slate_id", "surface", "platform", "campaign_id")
    read = {name: reading.text(getattr(names, name), sparing=name == "query") for name in texts}
    reading.note_cut_ids([names.user_id, names.item_id, names.event_id])
    frame = pl.DataFrame(read).with_columns(
        reading.whole(names.position).alias("position"),
        reading.whole(names.quantity).alias("quantity"),
        reading.money(names.price, mapping.money, mapping.decimal).alias("price_micros"),
        reading.number(names.rating).alias("rating"),
        reading.number(names.propensity).alias("propensity"),
        _kinds(reading, mapping),
        _event_ids(reading, names.event_id),
    )
    step = pl.int_range(pl.len()).over("user_id") * 1_000_000  # the order of the rows, where there is no clock
    at = step.cast(pl.Datetime("us", "UTC")) if names.at is None else pl.lit(reading.time(names.at, mapping.time))
    table = conform(frame.with_columns(at.alias("at")).to_arrow(), "events")
    return with_clock(table, "ordinal" if names.at is None else "wall")


def _kinds(reading: Reading, mapping: EventsMapping) -> pl.Series:
    if mapping.columns.kind is None:
        return pl.repeat(mapping.kind, len(reading.frame), eager=True).alias("kind")
    return reading.text(mapping.columns.kind).replace(mapping.kinds).alias("kind")


def _event_ids(reading: Reading, name: str | None) -> pl.Series:
    """The shop's, or else the number of the row."""
    if name is not None:
        return reading.text(name).alias("event_id")
    return pl.int_range(len(reading.frame), eager=True).cast(pl.String).alias("event_id")
