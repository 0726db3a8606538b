"""The auction of a slate's sponsored slots."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.slate import FloatArray

PER_MILLE = 1000.0  # eCPM is revenue per 1000 impressions


class Outcome(NamedTuple):
    """Who won, best slot first. W winners."""

    winners: NDArray[np.int64]  # (W,) rows of the ads
    price_cpc_micros: NDArray[np.int64]  # (W,)
    ecpm_micros: NDArray[np.int64]  # (W,) of the bid, not of the price


def run_gsp(
    bid_cpc_micros: NDArray[np.int64], p_ctr: FloatArray, *, num_slots: int, reserve_ecpm_micros: int = 0
) -> Outcome:
    """Give the slots to the highest eCPM; charge the least bid that keeps the slot.

    Generalised second price (Edelman, Ostrovsky and Schwarz, AER 2007), ads weighted by p_ctr. Equal eCPM: the ad that
    comes first stays first.

    Args:
        bid_cpc_micros: (A,) most each ad pays per click, at least 1 and below 2**53 (exact in floating point).
        p_ctr: (A,) calibrated click probability in [0, 1]; an ad with 0 wins nothing.
        num_slots: ad slots on the page.
        reserve_ecpm_micros: least revenue per 1000 impressions.
    """
    p_click = p_ctr.astype(np.float64)
    _require_bids(bid_cpc_micros, p_click)
    ecpm = PER_MILLE * bid_cpc_micros * p_click  # (A,)
    order = np.argsort(-ecpm, kind="stable")
    order = order[(ecpm[order] >= reserve_ecpm_micros) & (ecpm[order] > 0)]
    winners = order[:num_slots]
    runner_up = np.append(ecpm[order[1 : num_slots + 1]], reserve_ecpm_micros)[: len(winners)]
    price = _least_bid(np.maximum(runner_up, reserve_ecpm_micros), p_click[winners])
    return Outcome(winners, np.minimum(price, bid_cpc_micros[winners]), np.rint(ecpm[winners]).astype(np.int64))


def _least_bid(ecpm: NDArray[np.float64], p_ctr: NDArray[np.float64]) -> NDArray[np.int64]:
    """Smallest whole bid of at least 1 whose eCPM reaches the given one. The division may round past a whole number
    to either side, so its neighbours are tried."""
    bid = np.ceil(ecpm / (PER_MILLE * p_ctr))
    bid = np.where(PER_MILLE * (bid - 1) * p_ctr >= ecpm, bid - 1, bid)
    bid = np.where(PER_MILLE * bid * p_ctr < ecpm, bid + 1, bid)
    return np.maximum(bid, 1).astype(np.int64)


def _require_bids(bid_cpc_micros: NDArray[Any], p_ctr: NDArray[np.float64]) -> None:
    if bid_cpc_micros.shape != p_ctr.shape:
        raise ValueError(f"{len(bid_cpc_micros)} bids for {len(p_ctr)} probabilities")
    if not np.all((p_ctr >= 0) & (p_ctr <= 1)):
        raise ValueError("p_ctr must lie in [0, 1]")
    if not np.all((bid_cpc_micros >= 1) & (bid_cpc_micros < 2**53)):
        raise ValueError("bid_cpc_micros must lie in [1, 2**53)")
