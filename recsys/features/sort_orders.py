"""Orders of the whole catalogue that a shopper can ask for instead of relevance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recsys.slate import BoolArray, IntArray, Sort


def price_orders(micros: NDArray[np.int64], priced: BoolArray) -> dict[Sort, IntArray]:
    """(I,) the place of each item by price; as `sort_orders`.

    Args:
        micros: (I,) exact prices.
        priced: (I,) whether there is a price that can be compared.
    """
    if not priced.any():
        return {}
    return {"price_asc": _places(priced, micros), "price_desc": _places(priced, -micros)}


def sort_orders(
    rating: NDArray[np.float32], rating_count: NDArray[np.float32], created_s: NDArray[np.float64]
) -> dict[Sort, IntArray]:
    """(I,) the place of each item for each other key that the catalogue has; 0 comes first.

    An item that has no value comes after all that have one, whichever way the order runs; equal ones come in the order
    of the catalogue. A key that no item has is left out: there is nothing to sort by.

    Args:
        rating: (I,) mean rating, NaN where unrated; of two equal ones that of more people comes first.
        rating_count: (I,) how many gave it.
        created_s: (I,) seconds since the epoch, NaN where unknown.
    """
    rated, dated = ~np.isnan(rating), ~np.isnan(created_s)
    orders: dict[Sort, IntArray] = {}
    if rated.any():
        orders["rating"] = _places(rated, -rating, -rating_count)
    if dated.any():
        orders["newest"] = _places(dated, -created_s)
    return orders


def _places(known: BoolArray, *keys: NDArray[np.integer] | NDArray[np.floating]) -> IntArray:
    """Places by rising keys, the first key first."""
    values = [np.where(known, key, 0) for key in keys]
    order = np.lexsort((np.arange(len(known)), *reversed(values), ~known))
    places = np.empty(len(known), np.int32)
    places[order] = np.arange(len(known), dtype=np.int32)
    return places
