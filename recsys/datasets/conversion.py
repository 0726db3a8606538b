"""Prices of several currencies in one, by a table of the shop's."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from recsys.datasets.columns import Reading
from recsys.errors import WrongConfig, WrongData


def converted(frame: pl.DataFrame, worth: Mapping[str, float], into: str | None, reading: Reading) -> pl.DataFrame:
    """The table with `price_micros` in one currency.

    Args:
        worth: currency -> what one of it is worth in `into`.

    Raises WrongConfig where there is none to convert into, WrongData naming a currency that the table lacks.
    """
    if into is None or any(not 0 < rate < float("inf") for rate in worth.values()):
        raise WrongConfig("mapping.items.currencies", "rates above 0, and `currency:` to convert into", dict(worth))
    rates = {**worth, into: 1.0}
    found = frame["currency"]
    rate = found.replace_strict(rates, default=None, return_dtype=pl.Float64)
    lacking = frame["price_micros"].is_not_null() & found.is_not_null() & rate.is_null()
    if lacking.any():
        code = found.filter(lacking)[0]
        raise WrongData(f"mapping.items.currencies: {code}", f"what one {code} is worth in {into}", sorted(rates))
    for code in sorted(set(found.drop_nulls()) - {into}):
        text = f"prices in {code} converted into {into}, one for {rates[code]}"
        reading.note("currencies", text, int(((found == code) & frame["price_micros"].is_not_null()).sum()))
    price = (frame["price_micros"].cast(pl.Float64) * rate).round().cast(pl.Int64)
    told = pl.Series("currency", [into]).new_from_index(0, len(frame)).zip_with(found.is_not_null(), found)
    return frame.with_columns(price.alias("price_micros"), told.alias("currency"))
