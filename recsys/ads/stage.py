"""The ad-placement stage: who wants to be on this slate, and, once ranking has spoken, who is.

Shell around eligibility, relevance and the auction; no arithmetic of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recsys.ads.auction import run_gsp
from recsys.ads.budgets import Budgets
from recsys.ads.eligibility import best_bid_per_item, eligible
from recsys.ads.inventory import Inventory
from recsys.ads.relevance import Encode, Relevance
from recsys.config import Config
from recsys.slate import NO_ITEMS, AdOffers, BoolArray, Filters, FloatArray, IntArray, Placement, Query


class AdsConfig(Config):
    """Settings of sponsored placements."""

    reserve_ecpm_micros: int = Field(default=500_000, ge=0)
    """Least revenue per 1000 impressions for which a place is sold, in micros of the campaigns' currency."""
    max_offers: int = Field(default=20, ge=0)
    """Ads sent on to ranking, the most relevant first."""
    search_share: float = Field(default=0.02, gt=0, le=1)
    """On a search, an ad must be among this share of the catalogue most similar to the query."""
    search_closeness: float = Field(default=0.75, ge=0, le=1)
    """On a search, how far of the way from the typical item (0) to the most similar one (1) an ad must lie."""
    browse_share: float = Field(default=0.05, gt=0, le=1)
    """The same share for an item page, a cart, or a user's history."""
    min_similarity: float = Field(default=0.2, ge=-1, le=1)
    """Cosine below which an ad is never relevant, whatever the rest of the catalogue is like."""
    budget_max_age_s: float = Field(default=1.0, ge=0)
    """How old the known budgets may be when ads are chosen; charging always asks the ledger."""


class AdPlacement:
    """Ads over one edition of a release, answered from memory but for the budgets."""

    def __init__(
        self,
        config: AdsConfig,
        inventory: Callable[[], Inventory],
        *,
        release: str,
        vectors: NDArray[np.float32],
        encode: Encode,
        allowed: Callable[[Filters], BoolArray],
        remaining: Callable[[], Mapping[str, int]],
        revision: int = 0,
    ) -> None:
        """Args:
        inventory: the ads as they are now, from memory; what one request reads of them is of one moment.
        vectors: (I, D) text embeddings of the items, of unit length.
        encode: text -> (D,) in the same space.
        allowed: filters -> (I,) items in stock that pass them.
        remaining: blocking read of campaign_id -> micros left.
        revision: of the catalogue.
        """
        self.config = config
        self._inventory = inventory
        self._release, self._revision, self._num_items = release, revision, len(vectors)
        self._relevance = Relevance(vectors, encode)
        self._allowed = allowed
        self._budgets = Budgets(remaining, max_age_s=config.budget_max_age_s)

    def offers(self, query: Query) -> AdOffers:
        """The ads that may be on this slate, the most relevant first, one for each item.

        Raises Unavailable when the budgets cannot be read.
        """
        ads = self._inventory()
        if not query.asked.sells or not len(ads):
            return self._offer(ads, np.zeros(0, np.int64), np.zeros(0, np.float32))
        query = query.among(self._num_items)
        may = eligible(
            ads,
            at_s=query.asked.at_s,
            remaining=self._budgets.remaining(),
            allowed=self._allowed(query.asked.filters),
            exclude=np.concatenate([query.draw.exclude, query.asked.context]),
        )
        rows = best_bid_per_item(ads, np.flatnonzero(may))
        relevance, fits = self._fit(query, ads.index[rows])
        rows, relevance = rows[fits], relevance[fits]
        best = np.lexsort((-ads.bid_cpc_micros[rows], -relevance))[: self.config.max_offers]
        return self._offer(ads, rows[best], relevance[best])

    def _fit(self, query: Query, index: IntArray) -> tuple[NDArray[np.float32], BoolArray]:
        """(A,) similarity of items to the request and whether it is enough; one that says nothing suits every ad."""
        direction = self._relevance.direction(query)
        if direction is None:
            says_nothing = not query.asked.text.strip()
            return np.zeros(len(index), np.float32), np.full(len(index), says_nothing)
        config, searching = self.config, bool(query.asked.text.strip())
        least = self._relevance.least(
            direction,
            share=config.search_share if searching else config.browse_share,
            closeness=config.search_closeness if searching else 0.0,
            floor=config.min_similarity,
        )
        similarity = self._relevance.similarity(direction, index)
        return similarity, similarity >= least

    def _offer(self, ads: Inventory, rows: NDArray[np.int64], relevance: NDArray[np.float32]) -> AdOffers:
        return AdOffers(
            release=self._release,
            index=ads.index[rows] if len(rows) else NO_ITEMS,
            campaign_ids=tuple(ads.campaign_ids[row] for row in rows),
            bid_cpc_micros=ads.bid_cpc_micros[rows],
            relevance=relevance,
            revision=self._revision,
        )


def hold_auction(config: AdsConfig, offers: AdOffers, p_ctr: FloatArray, num_slots: int) -> tuple[Placement, ...]:
    """Who is on the slate, best slot first. Needs nothing but the offers: whoever has them may hold it.

    Args:
        p_ctr: (A,) of the offers, from ranking.
        num_slots: places for sale on this page.
    """
    won = run_gsp(offers.bid_cpc_micros, p_ctr, num_slots=num_slots, reserve_ecpm_micros=config.reserve_ecpm_micros)
    return tuple(
        Placement(int(offers.index[ad]), offers.campaign_ids[ad], int(price), int(ecpm))
        for ad, price, ecpm in zip(*won, strict=True)
    )
