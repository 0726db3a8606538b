"""Campaigns of a shop's own, with a mapping from its columns to ours.

campaigns:
  files: campaigns.csv
  columns: {campaign_id: id, advertiser_id: maker, bid: cpc, budget: total, ends_at: until, item_id: skus}
  several: {skus: "|"}          a row for each item, or a cell with several of them
  currency: EUR
creatives:                      only where the items stand in a table of their own
  files: ads.csv
  columns: {campaign_id: campaign, item_id: sku, headline: text}
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pyarrow as pa
from pydantic import Field

from recsys.config import Config
from recsys.datasets.columns import Reading
from recsys.datasets.conversion import converted
from recsys.datasets.notes import Note
from recsys.datasets.shapes.declared import RowShape
from recsys.datasets.values import TableSettings
from recsys.errors import WrongData
from recsys.schema import CREATIVES, conform

MONEY = ("bid_cpc_micros", "budget_micros")


class CampaignColumns(Config):
    """Our column -> the shop's."""

    campaign_id: str
    bid: str
    """What a click may cost at most."""
    budget: str
    """What all clicks together may cost."""
    advertiser_id: str | None = None
    name: str | None = None
    currency: str | None = None
    starts_at: str | None = None
    ends_at: str | None = None
    item_id: str | None = None
    """What it advertises, where that is not said in `creatives`."""
    headline: str | None = None
    """Of the item."""


class CampaignsMapping(TableSettings, RowShape):
    """Where the campaigns are."""

    files: str
    """Path or pattern inside the folder."""
    columns: CampaignColumns
    currency: str | None = None
    """Of all bids and budgets, where there is no column; without both, they say it themselves (`0,25 €`)."""
    currencies: dict[str, float] = Field(default_factory=dict)
    """Currency -> what one of it is worth in `currency`: amounts in these are converted. An auction needs one."""


class CreativeColumns(Config):
    """Our column -> the shop's."""

    campaign_id: str
    item_id: str
    creative_id: str | None = None
    headline: str | None = None


class CreativesMapping(TableSettings, RowShape):
    """Where it is said which items campaigns advertise."""

    files: str
    """Path or pattern inside the folder."""
    columns: CreativeColumns


def read_campaigns(reading: Reading, mapping: CampaignsMapping) -> pa.Table:
    """A canonical `campaigns` table of rows that may say a campaign several times.

    Raises WrongData naming column and value, or where bids are in several currencies.
    """
    names = mapping.columns
    reading.require(names.model_dump().values(), "mapping.campaigns.columns")
    currency = reading.currency(names.currency, names.bid, mapping.currency, each=bool(mapping.currencies))
    frame = pl.DataFrame(
        {
            "campaign_id": reading.text(names.campaign_id),
            "advertiser_id": reading.text(names.advertiser_id),
            "name": reading.text(names.name, sparing=True),
            "bid_cpc_micros": reading.money(names.bid, mapping.money, mapping.decimal, currency),
            "budget_micros": reading.money(names.budget, mapping.money, mapping.decimal, currency),
            "currency": currency,
            "starts_at": reading.time(names.starts_at, mapping.time),
            "ends_at": reading.time(names.ends_at, mapping.time),
        }
    )
    if mapping.currencies:
        frame = converted(frame, mapping.currencies, mapping.currency, reading, MONEY)
    _require_one_currency(frame["currency"])
    _note_days(reading, mapping)
    for name, ours in (("advertiser_id", names.advertiser_id), ("name", names.name)):
        reading.note(ours or f"columns.{name}", f"no {name}: called after the campaign", frame[name].null_count())
    known = frame.with_columns(pl.col("advertiser_id", "name").fill_null(pl.col("campaign_id")))
    return conform(known.unique(maintain_order=True).to_arrow(), "campaigns")


def read_creatives(reading: Reading, columns: CampaignColumns | CreativeColumns) -> pl.DataFrame:
    """What rows say of items that are advertised; rows that name none say nothing. Raises WrongData.

    Args:
        columns: of the rows.
    """
    names = {name: getattr(columns, name, None) for name in CREATIVES.names}
    reading.require(names.values(), f"mapping.{reading.table}.columns")
    texts = {name: reading.text(column, sparing=name == "headline") for name, column in names.items()}
    frame = pl.DataFrame(texts)
    named = frame.filter(pl.col("item_id").is_not_null())
    if isinstance(columns, CreativeColumns):
        reading.note(columns.item_id, "rows without an item, left out", len(frame) - len(named))
    return named.unique(maintain_order=True)


def creatives_of(parts: Sequence[pl.DataFrame]) -> pa.Table:
    """A canonical `creatives` table; those without an id are numbered within their campaign."""
    if not parts:
        return CREATIVES.empty_table()
    frame = pl.concat(parts)
    number = pl.int_range(pl.len()).over("campaign_id").cast(pl.String).str.zfill(2)
    own = pl.format("{}-{}", pl.col("campaign_id").fill_null(""), number)
    return conform(frame.with_columns(pl.col("creative_id").fill_null(own)).to_arrow(), "creatives")


def without_items(campaigns: pa.Table, creatives: pa.Table) -> list[Note]:
    """How many campaigns advertise nothing."""
    silent = set(campaigns["campaign_id"].to_pylist()) - {None, *creatives["campaign_id"].to_pylist()}
    text = "campaigns without an item, which are never shown"
    return [Note("campaigns", "item_id", text, len(silent))] if silent else []


def _require_one_currency(currency: pl.Series) -> None:
    """Bids are compared with each other."""
    found = currency.drop_nulls().unique().sort().to_list()
    if len(found) > 1:
        wanted, remedy = (
            "bids in one currency",
            ("Set `currency:`, and `currencies: {CODE: what one is worth in it}` for the others, in the mapping."),
        )
        raise WrongData("mapping.campaigns.currencies", wanted, found, remedy)


def _note_days(reading: Reading, mapping: CampaignsMapping) -> None:
    name = mapping.columns.ends_at
    texts = reading.text(name).drop_nulls()
    if len(texts) and not texts.str.contains(r":|^\d+(\.\d+)?$").any():
        reading.note(name, "days without a time: a campaign ends as that day begins", len(texts))
