"""Amounts of several currencies in one, by a table of the shop's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from recsys.datasets.columns import Reading
from recsys.errors import WrongConfig, WrongData


def worth_of(currency: pl.Series, rates: Mapping[str, float]) -> pl.Series:
    """What one of each is worth; null where that is not told."""
    return currency.replace_strict(rates, default=None, return_dtype=pl.Float64)


def usual_first(currency: pl.Series) -> pl.Series:
    """The place of each currency by how often it comes, from 0; equally frequent ones by name."""
    counts = currency.drop_nulls().value_counts().sort(pl.col("count"), currency.name, descending=[True, False])
    places = {code: place for place, code in enumerate(counts[currency.name])}
    return currency.replace_strict(places, default=len(places), return_dtype=pl.UInt32)


def converted(
    frame: pl.DataFrame,
    worth: Mapping[str, float],
    into: str | None,
    reading: Reading,
    amounts: Sequence[str] = ("price_micros",),
) -> pl.DataFrame:
    """The table with its amounts in one currency.

    Args:
        worth: currency -> what one of it is worth in `into`.
        amounts: columns of micros.

    Raises WrongConfig where there is none to convert into, WrongData naming a currency that the table lacks.
    """
    field, there = f"mapping.{reading.table}.currencies", pl.any_horizontal(pl.col(*amounts).is_not_null())
    if into is None or any(not 0 < rate < float("inf") for rate in worth.values()):
        raise WrongConfig(field, "rates above 0, and `currency:` to convert into", dict(worth))
    found, rates = frame["currency"], {**worth, into: 1.0}
    rate = worth_of(found, rates)
    said = frame.select(there).to_series()
    lacking = said & found.is_not_null() & rate.is_null()
    if lacking.any():
        code = found.filter(lacking)[0]
        raise WrongData(f"{field}: {code}", f"what one {code} is worth in {into}", sorted(rates))
    for code in sorted(set(found.drop_nulls()) - {into}):
        text = f"prices in {code} converted into {into}, one for {rates[code]}"
        reading.note("currencies", text, int(((found == code) & said).sum()))
    told = pl.Series("currency", [into]).new_from_index(0, len(frame)).zip_with(found.is_not_null(), found)
    micros = [(pl.col(name).cast(pl.Float64) * rate).round().cast(pl.Int64) for name in amounts]
    return frame.with_columns(*micros, told.alias("currency"))
