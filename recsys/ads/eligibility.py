"""Which ads may take part in a request's auction."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recsys.ads.inventory import Inventory
from recsys.slate import BoolArray, IntArray


def eligible(
    ads: Inventory, *, at_s: float, remaining: Mapping[str, int], allowed: BoolArray, exclude: IntArray
) -> BoolArray:
    """(A,) whether an ad runs now, can pay its bid, and sells an item that this request may show.

    Args:
        at_s: seconds since the epoch; a campaign runs from its start up to, not including, its end.
        remaining: campaign_id -> micros left; a campaign that is not named has nothing.
        allowed: (I,) items in stock that pass the request's filters.
        exclude: items shown before, bought, or the very subject of the request.
    """
    left = np.array([remaining.get(campaign_id, 0) for campaign_id in ads.campaign_ids], np.int64)
    runs = (ads.starts_s <= at_s) & (at_s < ads.ends_s)
    return np.asarray(runs & (left >= ads.bid_cpc_micros) & allowed[ads.index] & ~np.isin(ads.index, exclude), np.bool_)


def best_bid_per_item(ads: Inventory, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of the given rows, the one with the highest bid for each item (the first of equals), in row order.

    An item has one p_ctr, so its highest bid has its highest eCPM; two ads of one item would price each other.
    """
    order = rows[np.lexsort((rows, -ads.bid_cpc_micros[rows], ads.index[rows]))]
    first = np.unique(ads.index[order], return_index=True)[1]
    return np.sort(order[first])
