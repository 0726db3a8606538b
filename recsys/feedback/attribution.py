"""Which impression an outcome is credited to: its own slate's where it names one, else the last one within a window.

A pure Arrow kernel over all events of some users, in any order: credit is worked out anew from the whole window each
time, so an event that arrives late changes the answer exactly as if it had been there from the start.
"""

from __future__ import annotations

import polars as pl
import pyarrow as pa

from recsys.schema import SERVED

OUTCOMES: tuple[str, ...] = ("click", "favourite", "cart", "purchase", "review", "return")
"""Kinds that somebody did because of something shown; a view is only its impression, seen."""
CREDITS: tuple[str, ...] = ("slate", "last_touch", "organic")
"""The slate that the outcome names; the last impression before it; none."""
CREDIT = pa.field("credit", pa.string())

_ROW = "outcome"
_TAKEN = ("slate_id", "query", "surface", "position", "propensity", "campaign_id")
"""What an outcome gets from its impression."""


def attribute(events: pa.Table, *, window_s: float) -> pa.Table:
    """The events, each `event_id` once, with every outcome's slate, place and campaign by last touch.

    An outcome that names a slate with its item is credited to that impression, whenever it came. Any other is credited
    to the last impression of the item that its user or its session was shown, at most `window_s` before it; of
    impressions at one time, to that of the greatest slate_id. A return without a known slate goes where the purchase
    that it takes back went: the user's last one of the item before it. What is left is organic: no slate at all.
    What is not proven is credited with nothing and changes no credit; it stays as it was said.

    Args:
        events: canonical events of whole users, impressions among them.
        window_s: seconds from an impression to the last outcome that it can have caused, both ends included.

    Returns:
        SERVED and `credit`: one of CREDITS for proven outcomes, null for others. Rows keep their order.
    """
    table: pl.DataFrame = pl.DataFrame(events.select(SERVED.names))
    frame = table.unique("event_id", keep="first", maintain_order=True).with_row_index(_ROW)
    shown = frame.filter(pl.col("kind") == "impression").unique(
        ["slate_id", "item_id"], keep="first", maintain_order=True
    )
    outcomes = frame.filter(_is_outcome())
    direct = _named(outcomes, shown)
    rest = outcomes.join(direct, on=_ROW, how="anti")
    touched = _last_touch(rest.filter(pl.col("kind") != "return"), shown, window_s)
    credited = pl.concat([direct, touched])
    credited = pl.concat([credited, _taken_back(rest.filter(pl.col("kind") == "return"), outcomes, credited)])
    return (
        _with_places(frame, credited, shown).select(*SERVED.names, CREDIT.name).to_arrow().cast(SERVED.append(CREDIT))
    )


def _named(outcomes: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """[outcome, impression, credit]: outcomes whose slate had their item."""
    known = shown.select("slate_id", "item_id", impression=_ROW)
    found = outcomes.select(_ROW, "slate_id", "item_id").join(known, on=["slate_id", "item_id"])
    return found.select(_ROW, "impression", credit=pl.lit("slate"))


def _last_touch(outcomes: pl.DataFrame, shown: pl.DataFrame, window_s: float) -> pl.DataFrame:
    """[outcome, impression, credit]: the latest impression of the user or of the session."""
    parts = []
    for owner in ("user_id", "session_id"):
        left = outcomes.filter(pl.col(owner).is_not_null()).select(_ROW, owner, "item_id", at=_at_us()).sort("at")
        right = (
            shown.filter(pl.col(owner).is_not_null())
            .select("slate_id", owner, "item_id", at=_at_us(), shown_at=_at_us(), impression=_ROW)
            .sort("at", "slate_id")
        )
        parts.append(
            left.join_asof(
                right,
                on="at",
                by=[owner, "item_id"],
                strategy="backward",
                tolerance=round(window_s * 1e6),
                check_sortedness=False,
            ).select(_ROW, "impression", "shown_at", "slate_id")
        )
    both = pl.concat(parts).drop_nulls("impression").sort(_ROW, "shown_at", "slate_id")
    return both.unique(_ROW, keep="last", maintain_order=True).select(_ROW, "impression", credit=pl.lit("last_touch"))


def _taken_back(returns: pl.DataFrame, outcomes: pl.DataFrame, credited: pl.DataFrame) -> pl.DataFrame:
    """[outcome, impression, credit]: returns, credited as the last purchase of the user before them was."""
    bought = (
        outcomes.filter(pl.col("kind") == "purchase")
        .join(credited, on=_ROW, how="left")
        .select("user_id", "item_id", "impression", at=_at_us(), order=_ROW)
        .sort("at", "order")
        .drop("order")
    )
    left = returns.select(_ROW, "user_id", "item_id", at=_at_us()).sort("at")
    found = left.join_asof(bought, on="at", by=["user_id", "item_id"], strategy="backward", check_sortedness=False)
    return found.drop_nulls("impression").select(_ROW, "impression", credit=pl.lit("last_touch"))


def _with_places(frame: pl.DataFrame, credited: pl.DataFrame, shown: pl.DataFrame) -> pl.DataFrame:
    """The events with the fields of the impressions that they are credited to."""
    places = shown.select(impression=_ROW, **{f"its_{name}": pl.col(name) for name in _TAKEN})
    joined = frame.join(credited.join(places, on="impression"), on=_ROW, how="left", maintain_order="left")
    is_outcome, known = _is_outcome(), pl.col("credit").is_not_null()
    said = {"query", "surface"}  # an organic outcome keeps what its client said of these
    return joined.with_columns(
        pl.when(is_outcome & known)
        .then(pl.coalesce(f"its_{name}", name) if name in said else f"its_{name}")
        .when(is_outcome & ~pl.lit(name in said))
        .then(None)
        .otherwise(name)
        .alias(name)
        for name in _TAKEN
    ).with_columns(credit=pl.when(is_outcome).then(pl.col("credit").fill_null("organic")))


def _is_outcome() -> pl.Expr:
    return pl.col("kind").is_in(OUTCOMES) & pl.col("proven")


def _at_us() -> pl.Expr:
    return pl.col("at").dt.timestamp("us")
