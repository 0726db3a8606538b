"""Who is a crawler: by what it does, page after page without a pause, and never buying.

Pure functions, Arrow in and out. The judgement takes all of a log: `suspicious_counts` of each of its parts, which may
be cut anywhere, then `bots` of all of them together.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pyarrow as pa
from pydantic import Field

from recsys.config import Config
from recsys.schema import clock_of

SHOWN = ("impression", "view")
"""Kinds that the server or the page makes by the dozen, whatever a user does."""
TRADE = ("purchase", "return")
"""Kinds that come by the line of an order, and that no crawler makes."""

COUNTS = pa.schema(
    [
        ("user_id", pa.string()),
        ("source", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("session_id", pa.string()),
        ("deliberate", pa.int64()),
        ("impressions", pa.int64()),
        ("views", pa.int64()),
        ("bought", pa.int64()),
    ]
)
"""Of `suspicious_counts`: a row a deed, which is all that one user does at one moment of one session."""
NUMBERS = ("deliberate", "impressions", "views", "bought")
WHO = ("user_id", "source")
MINUTE_US = 60_000_000


class CrawlerConfig(Config):
    """What no person does."""

    bot_clicks_an_hour: int = Field(120, gt=0)
    """A user who never bought, with more deeds in one hour, is a crawler. A deed is all that is told of one moment of
    one session, such as the lines of an order; impressions and views are shown, purchases and returns are trade."""
    bot_minutes_an_hour: int = Field(50, ge=1, le=60)
    """Where times are whole minutes, deeds cannot be told apart: so many clicks are a crawler's if they lie in at least
    so many of the minutes."""
    bot_impressions_an_hour: int = Field(3_000, gt=0)
    """A user who never bought, with more impressions, or more views, in one hour is a crawler."""


def suspicious_counts(part: pa.Table) -> pa.Table:
    """What each user did from each address at each moment of one part of the log.

    Additive: parts may be cut anywhere. Empty for ordinal times, whose hours mean nothing.
    What is not proven says nothing of the user whose name it bears: else anybody could make anybody a crawler. That
    somebody bought is the shop's word alone (`source` is null), or crawlers would say it of themselves.
    """
    if clock_of(part.schema) == "ordinal":
        return COUNTS.empty_table()
    if "proven" in part.column_names:
        part = part.filter(part["proven"])
    frame = known_source(part, "event_id", "user_id", "session_id", "at", "kind")
    events = frame.filter(pl.col("user_id").is_not_null()).unique("event_id")
    kind, deed = pl.col("kind"), ("user_id", "source", "at", "session_id")
    counts = events.group_by(*deed).agg(
        (~kind.is_in((*SHOWN, *TRADE))).sum().cast(pl.Int64).alias("deliberate"),
        (kind == "impression").sum().cast(pl.Int64).alias("impressions"),
        (kind == "view").sum().cast(pl.Int64).alias("views"),
        ((kind == "purchase") & pl.col("source").is_null()).sum().cast(pl.Int64).alias("bought"),
    )
    return counts.select(COUNTS.names).to_arrow().cast(COUNTS)


def bots(counts: Sequence[pa.Table] | pa.Table, config: CrawlerConfig | None = None) -> pa.Table:
    """Crawlers, from the counts of all parts: (user_id, source). What the user does from elsewhere is not theirs.

    A log that knows days only puts all of a day at one moment: it says nothing of anybody's pace.
    """
    config = config or CrawlerConfig()
    parts = [counts] if isinstance(counts, pa.Table) else counts
    merged = pl.DataFrame(pa.concat_tables([COUNTS.empty_table(), *parts]))
    busy = _hourly(merged).filter(_many(config) | _shown(config)).select(WHO).unique()
    told = merged.join(busy, on=WHO, how="semi", nulls_equal=True)
    deeds = told.group_by(*WHO, "at", "session_id").agg(pl.col(*NUMBERS).sum())  # one deed may lie in two parts
    customers = deeds.group_by(*WHO).agg(pl.col("bought").sum()).filter(pl.col("bought") > 0).select(WHO)
    hourly = _hourly(deeds).filter(_inhuman(config)).select(WHO).unique()
    found = hourly.join(customers, on=WHO, how="anti", nulls_equal=True).sort(WHO)
    return found.to_arrow().cast(pa.schema([COUNTS.field(name) for name in WHO]))


def known_source(table: pa.Table, *names: str) -> pl.DataFrame:
    """Some columns, and the address: null in a log that knows none."""
    if "source" in table.column_names:
        return pl.DataFrame(table.select(list(dict.fromkeys((*names, "source")))))
    return pl.DataFrame(table.select(list(names))).with_columns(source=pl.lit(None, pl.String))


def _hourly(deeds: pl.DataFrame) -> pl.DataFrame:
    """What each user did in each hour. What a shopper's device tells counts singly: it could say one time for all."""
    acts, at_us = pl.col("deliberate") > 0, pl.col("at").dt.timestamp("us")
    told = pl.when(pl.col("source").is_null()).then(acts.cast(pl.Int64)).otherwise("deliberate")
    minute = at_us // MINUTE_US
    return deeds.group_by(*WHO, (minute // 60).alias("hour")).agg(
        pl.col("deliberate", "impressions", "views").sum(),
        told.sum().alias("deeds"),
        minute.filter(acts).n_unique().alias("minutes"),
        (at_us % MINUTE_US == 0).filter(acts).all().alias("coarse"),
    )


def _inhuman(config: CrawlerConfig) -> pl.Expr:
    deeds = pl.col("deeds") > config.bot_clicks_an_hour
    restless = pl.col("coarse") & (pl.col("minutes") >= config.bot_minutes_an_hour)
    return (_many(config) & (deeds | restless)) | _shown(config)


def _many(config: CrawlerConfig) -> pl.Expr:
    return pl.col("deliberate") > config.bot_clicks_an_hour


def _shown(config: CrawlerConfig) -> pl.Expr:
    return pl.max_horizontal("impressions", "views") > config.bot_impressions_an_hour
