"""The canonical tables: Arrow schemas that readers produce and everything else consumes.

Money is an integer number of micros with a currency; time is UTC in microseconds. A data set with an order but no
clock carries ordinal times (`clock = "ordinal"` in the schema's metadata, one second a step from the epoch).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import pyarrow as pa

from recsys.errors import WrongData

Kind = Literal["impression", "view", "click", "favourite", "cart", "purchase", "review", "return"]
Surface = Literal["search", "home", "item", "cart"]
Clock = Literal["wall", "ordinal"]

KINDS: tuple[str, ...] = get_args(Kind)
SURFACES: tuple[str, ...] = get_args(Surface)
FEEDBACK_KINDS: tuple[str, ...] = ("click", "favourite", "cart", "purchase", "review")
"""Kinds in which a user says yes to an item; what sequences and co-visitation are made of."""

MICROS = 1_000_000
DAY_S = 86_400.0
LAST_S = 253_402_300_799.0  # the end of the year 9999, where calendars of most databases end
TIME = pa.timestamp("us", tz="UTC")


def _table(*columns: tuple[str, pa.DataType, bool]) -> pa.Schema:
    return pa.schema([pa.field(name, kind, nullable=nullable) for name, kind, nullable in columns])


ITEMS = _table(
    ("item_id", pa.string(), False),
    ("title", pa.string(), False),
    ("description", pa.string(), False),
    ("category", pa.list_(pa.string()), False),  # path from the root
    ("brand", pa.string(), True),
    ("price_micros", pa.int64(), True),
    ("currency", pa.string(), True),
    ("rating", pa.float32(), True),  # 1 to 5
    ("rating_count", pa.int32(), True),
    ("image", pa.string(), True),
    ("in_stock", pa.bool_(), False),
    ("blocked", pa.bool_(), True),  # never shown, whatever is asked for
    ("created_at", TIME, True),
    ("attributes", pa.map_(pa.string(), pa.string()), False),
)

EVENTS = _table(
    ("event_id", pa.string(), False),
    ("user_id", pa.string(), False),
    ("session_id", pa.string(), True),
    ("at", TIME, False),
    ("kind", pa.string(), False),
    ("item_id", pa.string(), False),
    ("query", pa.string(), True),
    ("slate_id", pa.string(), True),
    ("surface", pa.string(), True),
    ("position", pa.int32(), True),  # 0 is the top
    ("platform", pa.string(), True),
    ("price_micros", pa.int64(), True),
    ("quantity", pa.int32(), True),
    ("rating", pa.float32(), True),
    ("propensity", pa.float64(), True),
    ("campaign_id", pa.string(), True),  # set where the impression was sponsored
)

SERVED = pa.schema(
    [
        *EVENTS,
        pa.field("source", pa.string()),  # a keyed hash of a shopper's network address; null where the shop says it
        pa.field("proven", pa.bool_(), nullable=False),  # the shop says it, or it showed them the item in that slate
    ]
)
"""Events and impressions of a served shop."""

USERS = _table(
    ("user_id", pa.string(), False),
    ("created_at", TIME, True),
    ("consent", pa.list_(pa.string()), False),  # purposes agreed to
)

CAMPAIGNS = _table(
    ("campaign_id", pa.string(), False),
    ("advertiser_id", pa.string(), False),
    ("name", pa.string(), False),
    ("bid_cpc_micros", pa.int64(), False),
    ("budget_micros", pa.int64(), False),
    ("currency", pa.string(), False),
    ("starts_at", TIME, True),
    ("ends_at", TIME, True),
)

CREATIVES = _table(
    ("creative_id", pa.string(), False),
    ("campaign_id", pa.string(), False),
    ("item_id", pa.string(), False),
    ("headline", pa.string(), True),
)

IMAGES = _table(
    ("image", pa.string(), False),  # as `items.image` names it
    ("png", pa.binary(), False),
)

TABLES: dict[str, pa.Schema] = {
    "items": ITEMS,
    "events": EVENTS,
    "users": USERS,
    "campaigns": CAMPAIGNS,
    "creatives": CREATIVES,
    "images": IMAGES,
}


def conform(table: pa.Table, name: str) -> pa.Table:
    """The table with exactly the canonical columns, order and types; absent nullable columns become nulls.

    Raises WrongData naming the first column that is missing or cannot be cast.
    """
    return conform_to(table, TABLES[name], name)


def conform_to(table: pa.Table, schema: pa.Schema, name: str) -> pa.Table:
    """The same for any schema; `name` is what errors call it."""
    columns = []
    for field in schema:
        if field.name not in table.column_names:
            if not field.nullable:
                raise WrongData(f"{name}.{field.name}", f"a column of {field.type}", table.column_names)
            columns.append(pa.nulls(table.num_rows, field.type))
            continue
        column = table[field.name]
        try:
            columns.append(column.cast(field.type, safe=not pa.types.is_timestamp(column.type)))  # nanoseconds are cut
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            raise WrongData(f"{name}.{field.name}", f"values of {field.type}", error) from None
    return pa.table(columns, schema=schema.with_metadata(table.schema.metadata))


def unjudged(table: pa.Table) -> pa.Table:
    """The table with nulls allowed in every column: rows that are not cleaned, or that did not pass, may have any."""
    fields = [field.with_nullable(True) for field in table.schema]
    return table.cast(pa.schema(fields, metadata=table.schema.metadata))


def clock_of(schema: pa.Schema) -> Clock:
    """Whether a table's times are real or only an order."""
    return "ordinal" if (schema.metadata or {}).get(b"clock") == b"ordinal" else "wall"


def with_clock(table: pa.Table, clock: Clock) -> pa.Table:
    """The table flagged with its clock."""
    return table.replace_schema_metadata({**(table.schema.metadata or {}), b"clock": clock.encode()})


@dataclass(frozen=True)
class Tables:
    """The canonical tables of one shop, as readers and the simulation hand them over."""

    items: pa.Table
    events: pa.Table
    users: pa.Table
    campaigns: pa.Table | None = None
    creatives: pa.Table | None = None
    images: pa.Table | None = None

    @property
    def clock(self) -> Clock:
        """Whether the events' times are real or only an order."""
        return clock_of(self.events.schema)

    def present(self) -> dict[str, pa.Table]:
        """Name -> table, without the absent ones."""
        return {name: table for name in TABLES if (table := getattr(self, name)) is not None}
