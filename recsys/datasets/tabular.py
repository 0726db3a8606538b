"""A shop's own tables, as Parquet, CSV or JSON lines, with a mapping from its columns to ours.

items:
  files: products.csv
  columns: {item_id: sku, title: name, category: path, price: price_eur}
  currency: EUR
events:
  files: log/*.parquet
  columns: {user_id: customer, item_id: sku, at: ts, kind: action}
  time: ms
  kinds: {view_product: click, checkout: purchase}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, model_validator

from recsys.campaigns import Campaigns
from recsys.config import Config
from recsys.datasets.campaign_tables import (
    CampaignsMapping,
    CreativesMapping,
    creatives_of,
    read_campaigns,
    read_creatives,
    without_items,
)
from recsys.datasets.columns import Reading, read_files
from recsys.datasets.conversion import converted, usual_first, worth_of
from recsys.datasets.logs import meant, numbered, one_log
from recsys.datasets.notes import Note, Say
from recsys.datasets.presets.reading import filled_in
from recsys.datasets.sequences import Description, items_table, users_table
from recsys.datasets.shapes.declared import ItemShape, RowShape
from recsys.datasets.shapes.groups import Facts
from recsys.datasets.shapes.shaping import Names, Opened, Shaped, attribute_lists, shaped_items, shaped_rows
from recsys.datasets.values import TableSettings
from recsys.errors import WrongData
from recsys.schema import ITEMS, Kind, Tables, conform, with_clock

MAPPING_FILES = ("mapping.yaml", "mapping.yml", "mapping.json")


class ItemColumns(Config):
    """Our column -> the shop's."""

    item_id: str
    title: str | None = None
    description: str | None = None
    category: str | None = None
    brand: str | None = None
    price: str | None = None
    currency: str | None = None
    rating: str | None = None
    rating_count: str | None = None
    image: str | None = None
    in_stock: str | None = None
    blocked: str | None = None
    created_at: str | None = None


class ItemsMapping(TableSettings, ItemShape):
    """Where the items are."""

    files: str
    """Path or pattern inside the folder: `products.csv`, `items/*.parquet`, `items.jsonl.gz`, `feed.xml`."""
    columns: ItemColumns
    attributes: dict[str, str] = Field(default_factory=dict)
    """Attribute name -> the shop's column."""
    category_separator: str = Field(" > ", min_length=1)
    """Between the levels of a category path."""
    currency: str | None = None
    """Of all prices, where there is no column; without both, prices say it themselves (`12,50 €`)."""
    currencies: dict[str, float] = Field(default_factory=dict)
    """Currency -> what one of it is worth in `currency`: prices in these are converted, others refused."""
    stock: dict[str, bool] = Field(default_factory=dict)
    """The shop's word for stock -> whether it can be bought, beside those known."""


class EventColumns(Config):
    """Our column -> the shop's."""

    user_id: str
    item_id: str
    at: str | None = None
    kind: str | None = None
    event_id: str | None = None
    session_id: str | None = None
    query: str | None = None
    slate_id: str | None = None
    surface: str | None = None
    position: str | None = None
    platform: str | None = None
    price: str | None = None
    quantity: str | None = None
    rating: str | None = None
    propensity: str | None = None
    campaign_id: str | None = None


class EventsMapping(TableSettings, RowShape):
    """Where the events are."""

    files: str
    """Path or pattern inside the folder."""
    columns: EventColumns
    kind: Kind = "purchase"
    """Of all events, where there is no column."""
    kinds: dict[str, Kind] = Field(default_factory=dict)
    """The shop's word -> ours; words that are not here stay as they are, and `clean` judges them."""


class Mapping(Config):
    """How to read a shop's own folder."""

    format: str | None = None
    """A preset (`recsys/datasets/presets`), read as if it were written here under all other keys."""
    items: ItemsMapping | None = None
    """Without it, the items are those of the events, of which nothing else is known."""
    events: EventsMapping | None = None
    """Without it, the shop has a catalogue and no log yet."""
    more_events: tuple[EventsMapping, ...] = ()
    """Further logs: carts or purchases that lie in tables of their own."""
    campaigns: CampaignsMapping | None = None
    """What advertisers bid, and for which items."""
    creatives: CreativesMapping | None = None
    """For which items, where that lies in a table of its own."""
    unreadable: Literal["refuse", "null"] = "refuse"
    """What becomes of a number or time that cannot be read: an error, or a null for `clean` to judge."""

    @model_validator(mode="before")
    @classmethod
    def _with_preset(cls, values: Any) -> Any:
        return filled_in(values) if isinstance(values, dict) else values

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.items is None and self.events is None and self.campaigns is None:
            raise ValueError("items or events (or a format that has them)")
        if self.creatives is not None and self.campaigns is None:
            raise ValueError("campaigns: creatives say what those advertise")
        return self

    def tables(self) -> list[tuple[str, ItemsMapping | EventsMapping]]:
        """Items first, then the logs."""
        events = [log for log in (self.events, *self.more_events) if log is not None]
        found: list[tuple[str, ItemsMapping | EventsMapping]] = [("events", log) for log in events]
        return found if self.items is None else [("items", self.items), *found]

    def sold(self) -> list[tuple[str, CampaignsMapping | CreativesMapping]]:
        """Campaigns, then what they advertise."""
        found: list[tuple[str, CampaignsMapping | CreativesMapping]] = []
        found += [("campaigns", self.campaigns)] if self.campaigns is not None else []
        return found + ([("creatives", self.creatives)] if self.creatives is not None else [])


AnyMapping = ItemsMapping | EventsMapping | CampaignsMapping | CreativesMapping
Rows = TypeVar("Rows", bound=EventsMapping | CampaignsMapping | CreativesMapping)


def mapping_file(folder: Path) -> Path | None:
    """The mapping that lies in the folder itself, if there is one."""
    return next((folder / name for name in MAPPING_FILES if (folder / name).is_file()), None)


def tabular_files(folder: Path, mapping: Mapping) -> list[Path]:
    """The files that the mapping names. Raises WrongData where a pattern matches nothing."""
    found: dict[Path, None] = {}
    for name, table in (*mapping.tables(), *mapping.sold()):
        for pattern in (table.files, *(join.files for join in table.join)):
            if table.absent == "refuse" or _has(folder, table.files):
                found |= dict.fromkeys(_matches(folder, pattern, name))
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
        opened = partial(_frame, folder, name)
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
    events, renamed = meant(one_log(logs), aliases)
    if items is None:
        items = items_table({one: Description() for one in pc.unique(events["item_id"].drop_null()).to_pylist()})
    user_ids = pc.unique(events["user_id"].drop_null()).to_pylist()
    campaigns, creatives, told = _sold(folder, mapping, aliases)
    return Tables(items, events, users_table(user_ids), campaigns, creatives), [*notes, *renamed, *told]


def read_campaigns_folder(folder: Path, mapping: Mapping, say: Say) -> Campaigns:
    """Campaigns alone, without the log; what names a variant means its item. Raises WrongData."""
    aliases = None
    if mapping.items is not None and _has(folder, mapping.items.files):
        reading = open_files(folder, mapping.items.files, "items", mapping.unreadable == "refuse", mapping.items)
        aliases = shape_items(reading, mapping.items, partial(_frame, folder, "items"))[2].aliases
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
        reading, opened = open_files(folder, table.files, name, strict, table), partial(_frame, folder, name)
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
    if table.absent == "refuse" or _has(folder, table.files):
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
    shaped = shaped_items(
        reading.frame, mapping, names, mapping.attributes, mapping.category_separator, opened, measured
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
    own = mapping.model_copy(update={"columns": type(mapping.columns).parse(shaped.names)})
    return _moved(reading, mapping, shaped), own, shaped


def _moved(reading: Reading, shape: RowShape, shaped: Shaped) -> Reading:
    """Rows that are where no file has them have no place in a file."""
    if shape.moves_rows() or len(shaped.frame) != len(reading.frame):
        return replace(reading, frame=shaped.frame, files=(), source=f"{reading.source}, after its shape")
    return replace(reading, frame=shaped.frame)


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


def _frame(folder: Path, table: str, pattern: str) -> pl.DataFrame:
    return open_files(folder, pattern, f"{table}.join", True).frame


def _has(folder: Path, pattern: str) -> bool:
    try:
        return bool(_matches(folder, pattern, ""))
    except WrongData:
        return False


def _matches(folder: Path, pattern: str, table: str) -> list[Path]:
    inside = not Path(pattern).is_absolute() and ".." not in Path(pattern).parts
    try:
        paths = sorted(path for path in folder.glob(pattern) if path.is_file()) if inside and pattern else []
    except (ValueError, IndexError):  # what pathlib has to say of "**x" and of "."
        paths = []
    if not paths:
        raise WrongData(f"mapping.{table}.files", f"a pattern of files inside {folder}", pattern)
    return paths


def open_files(folder: Path, pattern: str, table: str, strict: bool, written: TableSettings | None = None) -> Reading:
    """Files of a folder as one table. Raises WrongData."""
    return read_files(_matches(folder, pattern, table), pattern, strict, written, table)


def own_columns(columns: Sequence[str]) -> ItemsMapping:
    """The mapping of a table that calls its columns as we do; `price_micros` are micros. Raises WrongConfig."""
    named = {name: name for name in ItemColumns.model_fields if name in columns}
    if "price_micros" in columns:
        named["price"] = "price_micros"
    return ItemsMapping.parse({"files": "*", "columns": named, "money": "micros"})


def read_items(reading: Reading, mapping: ItemsMapping) -> pa.Table:
    """A canonical `items` table. Raises WrongData naming column and value."""
    names = mapping.columns
    reading.require(names.model_dump().values(), "mapping.items.columns")
    reading.require(mapping.attributes.values(), "mapping.items.attributes")
    reading.note_flags({"blocked": names.blocked})
    currency = reading.currency(names.currency, names.price, mapping.currency, each=bool(mapping.currencies))
    price = reading.money(names.price, mapping.money, mapping.decimal, currency)
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
            "in_stock": reading.stock(names.in_stock, mapping.stock).fill_null(names.in_stock is None),
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
