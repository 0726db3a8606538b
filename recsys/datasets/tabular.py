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
from pathlib import Path
from typing import Literal

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from recsys.config import Config
from recsys.datasets.columns import Reading, read_files
from recsys.datasets.conversion import converted
from recsys.datasets.notes import Say
from recsys.datasets.sequences import users_table
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


class ItemsMapping(TableSettings):
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


class EventsMapping(TableSettings):
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

    items: ItemsMapping
    events: EventsMapping
    unreadable: Literal["refuse", "null"] = "refuse"
    """What becomes of a number or time that cannot be read: an error, or a null for `clean` to judge."""


def mapping_file(folder: Path) -> Path | None:
    """The mapping that lies in the folder itself, if there is one."""
    return next((folder / name for name in MAPPING_FILES if (folder / name).is_file()), None)


def tabular_files(folder: Path, mapping: Mapping) -> list[Path]:
    """The files that the mapping names. Raises WrongData where a pattern matches nothing."""
    return [*_matches(folder, mapping.items.files, "items"), *_matches(folder, mapping.events.files, "events")]


def read_tabular_folder(folder: Path, mapping: Mapping, say: Say | None = None) -> Tables:
    """Read a shop's own tables. Raises WrongData naming file, column and the first wrong value.

    Args:
        say: is told what was taken, translated or lost.
    """
    strict = mapping.unreadable == "refuse"
    of_items, of_events = (
        _open(folder, mapping.items, "items", strict),
        _open(folder, mapping.events, "events", strict),
    )
    items, events = read_items(of_items, mapping.items), _events(of_events, mapping.events)
    for note in (*of_items.notes, *of_events.notes) if say else ():
        say(note)
    user_ids = pc.unique(events["user_id"].drop_null()).to_pylist()
    return Tables(items, events, users_table(user_ids))


def _matches(folder: Path, pattern: str, table: str) -> list[Path]:
    inside = not Path(pattern).is_absolute() and ".." not in Path(pattern).parts
    try:
        paths = sorted(path for path in folder.glob(pattern) if path.is_file()) if inside and pattern else []
    except (ValueError, IndexError):  # what pathlib has to say of "**x" and of "."
        paths = []
    if not paths:
        raise WrongData(f"mapping.{table}.files", f"a pattern of files inside {folder}", pattern)
    return paths


def _open(folder: Path, mapping: ItemsMapping | EventsMapping, table: str, strict: bool) -> Reading:
    return read_files(_matches(folder, mapping.files, table), mapping.files, strict, mapping, table)


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
    table = frame.with_columns(pl.col("title").fill_null(stand_in)).to_arrow()
    values = {name: reading.text(column).to_list() for name, column in mapping.attributes.items()}
    pairs = [
        [(name, value) for name, value in zip(values, row, strict=True) if value is not None]
        for row in zip(*values.values(), strict=True)
    ] or [[] for _ in range(len(frame))]
    attributes = pa.array(pairs, ITEMS.field("attributes").type)
    return conform(table.append_column("attributes", attributes), "items")


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
