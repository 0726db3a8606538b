"""What a held-out choice was worth: the bridge from lists that are right to money."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.compute as pc

from pipelines.running.parts import read_parts
from recsys.features.catalogue import ITEMS_FILE
from recsys.schema import MICROS
from recsys.splits import TEST


def worth_of_choice(split: Path, features: Path) -> dict[str, Any] | None:
    """Of the choices held out for the test: how many were bought, at which mean price, and what one is worth.

    A choice is a person and an item. Prices are the catalogue's; of several currencies the one of most purchases
    counts, and purchases in others, or without a price, are counted and left out. None without a purchase that has
    a price: then nothing can be said in money.

    Args:
        split: folder of the steps with their folds.
        features: folder of the items.
    """
    steps = read_parts(split / "steps", ["user_id", "index", "bought", "fold"])
    test = pl.from_arrow(steps.filter(pc.equal(steps["fold"], TEST)))
    assert isinstance(test, pl.DataFrame)
    choices = test.group_by("user_id", "index").agg(pl.col("bought").any())
    items = pl.read_parquet(features / ITEMS_FILE, columns=["price_micros", "currency"])
    bought = items[choices.filter("bought")["index"].to_numpy().astype(np.int64)]
    priced = bought.drop_nulls()
    if not len(priced):
        return None
    currency = priced["currency"].value_counts().sort(["count", "currency"], descending=[True, False])["currency"][0]
    prices = priced.filter(pl.col("currency") == currency)["price_micros"].to_numpy() / MICROS
    return {
        "currency": currency,
        "choices": len(choices),
        "bought": len(prices),
        "bought_share": len(prices) / len(choices),
        "mean_price": float(prices.mean()),
        "left_out": len(bought) - len(prices),
        "per_choice": float(prices.sum() / len(choices)),
    }
