"""What a shop's own tables mean: which of their columns is which of ours; `mapping.yaml` beside the data says it.

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
from typing import Any, Literal, Self, TypeVar

from pydantic import Field, model_validator

from recsys.config import Config
from recsys.datasets.campaign_tables import CampaignsMapping, CreativesMapping
from recsys.datasets.presets.reading import filled_in
from recsys.datasets.shapes.declared import ItemShape, RowShape
from recsys.datasets.values import TableSettings
from recsys.schema import Kind

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


def own_columns(columns: Sequence[str]) -> ItemsMapping:
    """The mapping of a table that calls its columns as we do; `price_micros` are micros. Raises WrongConfig."""
    named = {name: name for name in ItemColumns.model_fields if name in columns}
    if "price_micros" in columns:
        named["price"] = "price_micros"
    return ItemsMapping.parse({"files": "*", "columns": named, "money": "micros"})
