"""What may enter the pipelines, and the reason for everything that may not. Pure functions, Arrow in and out.

Every function returns all rows it was given: those kept, and those quarantined with the first reason that applies.
A log is cleaned in parts, all events of a user in one (`partition_by_user`), so that duplicates meet. Whether a user
is a crawler takes all parts (`crawlers.py`).
"""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from recsys.datasets.crawlers import CrawlerConfig, known_source
from recsys.schema import EVENTS, KINDS, SERVED, SURFACES, clock_of, conform, conform_to

PNG = b"\x89PNG\r\n\x1a\n"
"""How every file of this format begins."""
SAME_EVENT = ("user_id", "item_id", "kind", "at", "slate_id", "position", "query", "session_id", "quantity")
"""Two rows that agree in these are one event sent twice under two ids; two orders, or two amounts, are two lines."""


class CleaningConfig(CrawlerConfig):
    """What is impossible."""

    earliest: datetime = datetime(1995, 1, 1, tzinfo=UTC)
    """No shop was on the web before."""
    latest: datetime | None = None
    """No event is later; a day after the moment of cleaning unless given."""
    price_max_micros: int = Field(10_000_000_000_000, gt=0)
    """Ten million units of a currency."""
    quantity_max: int = Field(100_000, gt=0)
    """More pieces in one purchase are a mistake."""


class Cleaned(NamedTuple):
    """All rows of a table, divided."""

    kept: pa.Table
    quarantined: pa.Table
    """The same columns, and `reason`."""


def clean_items(table: pa.Table, config: CleaningConfig | None = None) -> Cleaned:
    """Items with an id of their own, a title and possible values; of several with one id the first stays.

    Descriptions, categories and attributes that are null become empty.
    """
    config = config or CleaningConfig()
    table = _without_nulls(conform(table, "items"))
    frame = _frame(
        table, "item_id", "title", "price_micros", "currency", "rating", "rating_count", "in_stock", "created_at"
    )
    return _divide(
        table,
        frame,
        [
            ("item_id missing", _empty("item_id")),
            ("title missing", _empty("title")),
            ("price impossible", ~pl.col("price_micros").is_between(0, config.price_max_micros)),
            ("price without currency", pl.col("price_micros").is_not_null() & _empty("currency")),
            ("rating impossible", ~_between("rating", 0, 5)),
            ("rating count impossible", pl.col("rating_count") < 0),
            ("stock unknown", pl.col("in_stock").is_null()),
            ("time impossible", _impossible_time("created_at", config)),
        ],
        once={"item_id repeated": ("item_id",)},
    )


def clean_users(table: pa.Table, config: CleaningConfig | None = None) -> Cleaned:
    """Users with an id of their own and a possible time of arrival."""
    config = config or CleaningConfig()
    table = conform(table, "users")
    return _divide(
        table,
        _frame(table, "user_id", "created_at"),
        [
            ("user_id missing", _empty("user_id")),
            ("time impossible", _impossible_time("created_at", config)),
        ],
        once={"user_id repeated": ("user_id",)},
    )


def clean_campaigns(table: pa.Table) -> Cleaned:
    """Campaigns with an id of their own that bid something, within a budget, for some time."""
    table = conform(table, "campaigns")
    frame = _frame(
        table, "campaign_id", "advertiser_id", "bid_cpc_micros", "budget_micros", "currency", "starts_at", "ends_at"
    )
    return _divide(
        table,
        frame,
        [
            ("campaign_id missing", _empty("campaign_id")),
            ("advertiser_id missing", _empty("advertiser_id")),
            ("bid impossible", ~(pl.col("bid_cpc_micros") > 0).fill_null(False)),
            ("budget impossible", ~(pl.col("budget_micros") >= 0).fill_null(False)),
            ("currency missing", _empty("currency")),
            ("ends before it starts", pl.col("ends_at") <= pl.col("starts_at")),
        ],
        once={"campaign_id repeated": ("campaign_id",)},
    )


def clean_creatives(table: pa.Table, item_ids: pa.Array, campaign_ids: pa.Array) -> Cleaned:
    """Creatives with an id of their own, of known campaigns, for known items."""
    table = conform(table, "creatives")
    return _divide(
        table,
        _frame(table, "creative_id", "campaign_id", "item_id"),
        [
            ("creative_id missing", _empty("creative_id")),
            ("campaign unknown", ~_among("campaign_id", campaign_ids)),
            ("item unknown", ~_among("item_id", item_ids)),
        ],
        once={"creative_id repeated": ("creative_id",)},
    )


def clean_images(table: pa.Table, names: pa.ChunkedArray) -> Cleaned:
    """PNG pictures that an item names, each once.

    Args:
        names: `image` of the cleaned items.
    """
    table = conform(table, "images")
    frame = _frame(table, "image").with_columns(pl.Series("head", pc.binary_slice(table["png"], 0, len(PNG))))
    return _divide(
        table,
        frame,
        [
            ("image missing", _empty("image")),
            ("not a PNG", ~(pl.col("head") == PNG).fill_null(False)),
            ("image of no item", ~_among("image", names.drop_null())),
        ],
        once={"image repeated": ("image",)},
    )


def clean_events(
    table: pa.Table, item_ids: pa.Array, bots: pa.Table | None = None, config: CleaningConfig | None = None
) -> Cleaned:
    """Events of known items by people, each once, with possible values.

    Ordinal times are not judged: they are no times.

    Args:
        table: all events of some users.
        item_ids: of the cleaned items.
        bots: crawlers, from `crawlers.bots`.
    """
    config = config or CleaningConfig()
    table = conform_to(table, SERVED if "proven" in table.column_names else EVENTS, "events")
    frame = known_source(table, *(name for name in table.column_names if name != "platform"))
    ordinal = clock_of(table.schema) == "ordinal"
    return _divide(
        table,
        frame,
        [
            ("event_id missing", _empty("event_id")),
            ("user_id missing", _empty("user_id")),
            ("item_id missing", _empty("item_id")),
            ("time missing", pl.col("at").is_null()),
            ("time impossible", pl.lit(False) if ordinal else _impossible_time("at", config)),
            ("kind unknown", ~pl.col("kind").is_in(KINDS).fill_null(False)),
            ("surface unknown", ~pl.col("surface").is_in(SURFACES)),
            ("position impossible", pl.col("position") < 0),
            ("impression without position", (pl.col("kind") == "impression") & pl.col("position").is_null()),
            ("price impossible", ~pl.col("price_micros").is_between(0, config.price_max_micros)),
            ("quantity impossible", ~pl.col("quantity").is_between(1, config.quantity_max)),
            ("rating impossible", ~_between("rating", 0, 5)),
            ("propensity impossible", ~_between("propensity", 0, 1) | (pl.col("propensity") == 0)),
            ("item unknown", ~_among("item_id", item_ids)),
            ("crawler", _WHO.is_in(_who(bots)) if bots is not None else pl.lit(False)),
        ],
        once={"event_id repeated": ("event_id",), "event repeated": SAME_EVENT},
    )


def partition_by_user(table: pa.Table, num_parts: int) -> list[pa.Table]:
    """The table in parts with all rows of a user in one; the same user is always in the same part."""
    users = pc.fill_null(table["user_id"], "").combine_chunks().dictionary_encode()
    part = np.array([_stable_hash(user) % num_parts for user in users.dictionary.to_pylist()], np.int64)
    rows = part[users.indices.to_numpy()] if len(table) else np.zeros(0, np.int64)
    return [table.take(pa.array(np.flatnonzero(rows == number))) for number in range(num_parts)]


def reasons(quarantined: pa.Table) -> dict[str, int]:
    """Reason -> rows, most frequent first."""
    counts = {entry["values"]: entry["counts"] for entry in quarantined["reason"].value_counts().to_pylist()}
    return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))


def _divide(
    table: pa.Table, frame: pl.DataFrame, rules: list[tuple[str, pl.Expr]], *, once: dict[str, tuple[str, ...]]
) -> Cleaned:
    """Split by the first rule that holds; a rule that is null holds not.

    Args:
        once: reason -> columns whose values only the first of the rows that passed the rules may have.
    """
    judged = frame.with_columns(
        pl.coalesce(pl.when(rule.fill_null(False)).then(pl.lit(reason)) for reason, rule in rules).alias("reason")
    )
    for reason, names in once.items():
        good = pl.col("reason").is_null()
        repeated = good & ~pl.struct(good.alias("good"), *names).is_first_distinct()
        judged = judged.with_columns(pl.when(repeated).then(pl.lit(reason)).otherwise("reason").alias("reason"))
    column = pa.array(judged["reason"].to_list(), pa.string())
    kept = pc.is_null(column)
    return Cleaned(table.filter(kept), table.append_column("reason", column).filter(pc.invert(kept)))


def _without_nulls(items: pa.Table) -> pa.Table:
    frame = _frame(items, "description", "category").select(
        pl.col("description").fill_null(""), pl.col("category").list.drop_nulls().fill_null([])
    )
    attributes = [pairs or [] for pairs in items["attributes"].to_pylist()]
    columns: dict[str, pa.Array] = {**dict(zip(frame.columns, frame.to_arrow(), strict=True)), "attributes": attributes}
    for name, values in columns.items():
        place = items.schema.get_field_index(name)
        field = items.schema.field(place)
        filled = pa.array(values, field.type) if isinstance(values, list) else values.cast(field.type)
        items = items.set_column(place, field, filled)
    return items


def _frame(table: pa.Table, *names: str) -> pl.DataFrame:
    """Some columns, for Polars to read without a copy."""
    return pl.DataFrame(table.select(list(names)))


def _empty(name: str) -> pl.Expr:
    return pl.col(name).is_null() | (pl.col(name).str.strip_chars() == "")


def _among(name: str, values: pa.Array) -> pl.Expr:
    return pl.col(name).is_in(pl.Series(pa.array(values.to_pylist(), pa.string())).implode()).fill_null(False)


def _between(name: str, least: float, most: float) -> pl.Expr:
    """Whether a float lies between two bounds; NaN does not, null stays null."""
    return pl.col(name).is_between(least, most) & pl.col(name).is_not_nan()


_WHO = pl.concat_str("user_id", pl.lit("\0"), pl.col("source").fill_null(""))
"""A user at an address; a log that knows no addresses has one for all."""


def _who(crawlers: pa.Table) -> pl.Expr:
    return pl.lit(pl.DataFrame(crawlers).select(_WHO).to_series().implode())


def _impossible_time(name: str, config: CleaningConfig) -> pl.Expr:
    latest = config.latest or datetime.now(UTC) + timedelta(days=1)
    return ~pl.col(name).is_between(pl.lit(_utc(config.earliest)), pl.lit(_utc(latest)))


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _stable_hash(text: str) -> int:
    return zlib.crc32(text.encode())
