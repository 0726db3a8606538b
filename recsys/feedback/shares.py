"""How much one network address may say: visitors behind it move an item only as far as others move it too.

Anybody can be a thousand visitors, each with real slates and proven clicks; only addresses are scarce. Accounts are the
shop's word, and what the shop says itself has no address: neither is bounded here, and both are what others are
measured by. What is beyond a share is thinned by whole slates, evenly: a click that was left out of a slate that stayed
would be learned from as a refusal.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import polars as pl
import pyarrow as pa
from pydantic import Field

from recsys.config import Config
from recsys.feedback.attribution import OUTCOMES

TALLY = pa.schema([("source", pa.string()), ("item_id", pa.string()), ("number", pa.int64())])
"""Outcomes by address and item; `source` null for those that are not bounded, `item_id` null for slates."""
KEPT = pa.schema([("source", pa.string()), ("item_id", pa.string()), ("kept", pa.float64())])
"""The part that stays of what an address said of an item, or of its slates: only where it is less than all."""

_PATIENCE = 200
"""Steps towards shares that agree with each other; each shrinks what is left of the way by the bounds' sum."""


class SharesConfig(Config):
    """What visitors behind one address may make up of everything."""

    share: float = Field(0.1, gt=0, le=1)
    """The largest part of what is learned of an item, and of all slates that are learned from."""
    least_outcomes: int = Field(1, ge=0)
    """Outcomes of an item that count in any case: where nobody else says anything of it."""
    least_slates: int = Field(20, ge=0)
    """Slates that count in any case."""


def tally(events: pa.Table) -> pa.Table:
    """TALLY of some users, to be added up over all.

    Args:
        events: canonical events; what is not proven counts nowhere.
    """
    frame = _frame(events).filter("proven")
    source = pl.when(_is_visitor()).then("source").alias("source")
    outcomes = frame.filter(pl.col("kind").is_in(OUTCOMES)).group_by(source, "item_id").len("number")
    shown = frame.filter(pl.col("kind") == "impression").unique("slate_id").group_by(source).len("number")
    both = [outcomes, shown.with_columns(item_id=pl.lit(None, pl.String))]
    return pl.concat([one.select(TALLY.names) for one in both], how="vertical_relaxed").to_arrow().cast(TALLY)


def kept_shares(tallies: Sequence[pa.Table], config: SharesConfig) -> pa.Table:
    """KEPT, from the tallies of all parts: no address has more than its share of what remains.

    Ten addresses of equal weight can be a whole shop; fewer cannot.
    """
    frame: pl.DataFrame = pl.DataFrame(pa.concat_tables([TALLY.empty_table(), *tallies]))
    least = pl.when(pl.col("item_id").is_null()).then(config.least_slates).otherwise(config.least_outcomes)
    frame = frame.group_by("source", "item_id").agg(pl.col("number").sum())
    frame = frame.sort("item_id", "source")  # sums of floats come out the same however the log was cut
    bounded = pl.col("source").is_not_null()
    item = pl.col("item_id").fill_null("")  # ids of items are not empty: null is a group of its own here
    frame = frame.with_columns(item.alias("item"), counted=pl.col("number").cast(pl.Float64))
    for _ in range(_PATIENCE):
        bound = pl.max_horizontal(least, pl.col("counted").sum().over("item") * config.share)
        smaller = pl.when(bounded).then(pl.min_horizontal("counted", bound)).otherwise("counted")
        before, frame = frame["counted"], frame.with_columns(counted=smaller)
        if (before - frame["counted"]).abs().max() in (None, 0.0):
            break
    kept = frame.with_columns(kept=pl.col("counted") / pl.col("number")).filter(bounded, pl.col("kept") < 1.0)
    return kept.sort("source", "item_id").select(KEPT.names).to_arrow().cast(KEPT)


def beyond_share(events: pa.Table, kept: pa.Table) -> pa.ChunkedArray:
    """(N,) whether a row is of a slate that is left out, so that each address has no more than its share.

    Args:
        events: as of `tally`.
        kept: KEPT of all parts.
    """
    shares: pl.DataFrame = pl.DataFrame(kept)
    of_slates = shares.filter(pl.col("item_id").is_null()).select("source", slates="kept")
    of_items = shares.filter(pl.col("item_id").is_not_null()).select("source", "item_id", items="kept")
    frame = _frame(events).with_columns(bounded=_is_visitor() & pl.col("slate_id").is_not_null())
    frame = frame.join(of_slates, on="source", how="left", maintain_order="left")
    frame = frame.join(of_items, on=["source", "item_id"], how="left", maintain_order="left")
    said = pl.when(pl.col("kind").is_in(OUTCOMES)).then("items").fill_null(1.0)
    stays = pl.min_horizontal(pl.col("slates").fill_null(1.0), said.min().over("slate_id", "source"))
    drawn = pl.col("slate_id").fill_null("").map_elements(_draw, pl.Float64)
    return pa.chunked_array([frame.select((pl.col("bounded") & (drawn >= stays)).alias("beyond"))["beyond"].to_arrow()])


def _frame(events: pa.Table) -> pl.DataFrame:
    names = ["user_id", "session_id", "slate_id", "source", "kind", "item_id", "proven"]
    return pl.DataFrame(events.select(names))


def _is_visitor() -> pl.Expr:
    """Without an account: only the session, or not even that, tells who it is."""
    nobody = (pl.col("user_id") == pl.col("session_id")) | (pl.col("user_id") == pl.col("slate_id"))
    return pl.col("source").is_not_null() & nobody.fill_null(value=False)


def _draw(slate_id: str) -> float:
    """From 0 up to 1, the same wherever the slate is met: nobody but the server chooses its id."""
    return zlib.crc32(slate_id.encode()) / 2**32
