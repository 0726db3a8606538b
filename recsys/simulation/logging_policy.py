"""The old shop's policy, which made the log: popularity, known interests, poor search, and chance with its probability.

A request has `2 K` candidates in an order. With probability `exploration` K of them are shown in random order, else the
first K as they are, so that the propensity of an item at a position, given the candidates, is exact:
`(1 - exploration) * [it is the candidate of that rank] + exploration / (number of candidates)`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.schema import DAY_S
from recsys.simulation.assortment import Assortment
from recsys.simulation.config import SimulationConfig
from recsys.simulation.shoppers import Shoppers
from recsys.simulation.taxonomy import TYPES

Weights = NDArray[np.float32]

AD_POSITION = 2
NO_ITEM = -1
UNDERSTOOD = np.array([0.0005, 0.03, 0.4, 1.5], np.float32)
"""Weight of an item by its relevance, where the old search understood the query."""
MISUNDERSTOOD = np.array([0.01, 0.4, 0.5, 0.5], np.float32)
UNDERSTANDS = 0.8
"""Share of the searches that the old search understands."""


class Sponsored(NamedTuple):
    """What advertisers offer. C creatives."""

    item: NDArray[np.intp]  # (C,)
    campaign: NDArray[np.intp]  # (C,) place in the campaigns
    bid: NDArray[np.float64]  # (C,)


class Shown(NamedTuple):
    """B slates of K places."""

    item: NDArray[np.intp]  # (B, K)
    propensity: NDArray[np.float64]  # (B, K)
    campaign: NDArray[np.intp]  # (B, K) place in the campaigns, or -1


class LoggingPolicy:
    """Decides slates for many requests at once. I items, T types, C creatives."""

    def __init__(self, config: SimulationConfig, assortment: Assortment, shoppers: Shoppers) -> None:
        self._config, self._assortment = config, assortment
        self._kind = assortment.kind.astype(np.intp)
        self._interest = np.exp(1.2 * shoppers.interest)  # (U, T) segments the shop has learnt somehow
        self._near = _near_types()
        self.popularity = np.ones(len(assortment), np.float32)

    def observe(self, clicked: NDArray[np.intp]) -> None:
        """At the end of a day: count clicks, forget old ones slowly."""
        self.popularity = (0.93 * self.popularity + np.bincount(clicked, minlength=len(self.popularity))).astype(
            np.float32
        )

    def home(self, user: NDArray[np.intp], at_s: float) -> Weights:
        """(B, I) a mixture of popularity, types the user is interested in, and anything, rather new."""
        live = self._live(at_s)
        popular = live * self.popularity
        typical = self._interest[user][:, self._kind] * (live * np.sqrt(self.popularity))
        fresh = live * np.where(at_s - self._assortment.created_s < 7 * DAY_S, 4.0, 1.0)
        typical /= typical.sum(axis=1, keepdims=True)
        return np.asarray(0.3 * popular / popular.sum() + 0.5 * typical + 0.2 * fresh / fresh.sum(), np.float32)

    def search(self, grade: NDArray[np.int8], at_s: float, rng: np.random.Generator) -> Weights:
        """(B, I) from the true relevance, which the old search often reads badly."""
        understood = rng.random(len(grade)) < UNDERSTANDS
        weights = np.where(understood[:, None], UNDERSTOOD[grade], MISUNDERSTOOD[grade])
        return np.asarray(weights * (self._live(at_s) * self.popularity**0.3), np.float32)

    def related(self, context: NDArray[np.intp], at_s: float, *, cart: bool) -> Weights:
        """(B, I) more of the same for an item page, what goes with it for a cart; never the item itself."""
        near = self._near[int(cart)][self._kind[context]][:, self._kind]
        weights = np.asarray(near * (self._live(at_s) * self.popularity**0.4), np.float32)
        weights[np.arange(len(context)), context] = 0.0
        return weights

    def show(
        self, weights: Weights, sponsor: NDArray[np.bool_], sponsored: Sponsored, rng: np.random.Generator
    ) -> Shown:
        """Draw the slates.

        Args:
            weights: (B, I) how much each item suits each request, 0 where it must not be shown.
            sponsor: (B,) whether the slate may have a sponsored place.
        """
        ad, ad_propensity = _draw_ads(weights, sponsor, sponsored, rng)
        ad_rows = np.flatnonzero(ad != NO_ITEM)
        weights = weights.copy()
        weights[ad_rows, sponsored.item[ad[ad_rows]]] = 0.0
        item, propensity = self._draw_organic(weights, rng)
        sold = np.full(item.shape, NO_ITEM, np.intp)
        if item.shape[1] > AD_POSITION:
            item[ad_rows, AD_POSITION] = sponsored.item[ad[ad_rows]]
            propensity[ad_rows, AD_POSITION] = ad_propensity[ad_rows]
            sold[ad_rows, AD_POSITION] = sponsored.campaign[ad[ad_rows]]
        return Shown(item, propensity, sold)

    def _draw_organic(self, weights: Weights, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        rows, size, chance = len(weights), self._config.slate_size, self._config.exploration
        num_candidates = min(2 * size, int((weights > 0).sum(axis=1).min()))
        size = min(size, num_candidates)
        noise = np.maximum(rng.standard_exponential(weights.shape, dtype=np.float32), 1e-30)
        with np.errstate(divide="ignore"):
            keys = np.log(weights) - np.log(noise)  # Gumbel top-k: a draw without replacement in proportion to weights
        best = np.argpartition(-keys, num_candidates - 1, axis=1)[:, :num_candidates]
        candidates = np.take_along_axis(best, np.argsort(-np.take_along_axis(keys, best, 1), axis=1), 1)
        shuffled = rng.permuted(np.tile(np.arange(num_candidates), (rows, 1)), axis=1)[:, :size]
        explores = rng.random(rows) < chance
        rank = np.where(explores[:, None], shuffled, np.arange(size))
        propensity = (1.0 - chance) * (rank == np.arange(size)) + chance / num_candidates
        return np.take_along_axis(candidates, rank, 1), propensity

    def _live(self, at_s: float) -> NDArray[np.bool_]:
        return np.asarray(self._assortment.in_stock & (self._assortment.created_s <= at_s))


def _draw_ads(
    weights: Weights, sponsor: NDArray[np.bool_], sponsored: Sponsored, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """(B,) one creative a slate in proportion to bid x weight, or -1, and its probability."""
    ad, propensity = np.full(len(weights), NO_ITEM, np.intp), np.ones(len(weights))
    if len(sponsored.item) == 0:
        return ad, propensity
    value = weights[:, sponsored.item] * sponsored.bid  # (B, C)
    total = value.sum(axis=1)
    wanted = sponsor & (total > 0)
    share = value[wanted] / total[wanted, None]
    drawn = np.minimum((np.cumsum(share, axis=1) < rng.random((len(share), 1))).sum(axis=1), len(sponsored.item) - 1)
    ad[wanted], propensity[wanted] = drawn, share[np.arange(len(share)), drawn]
    return ad, propensity


def _near_types() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Two (T, T) tables: how a type goes with another on an item page, and in a cart."""
    page = np.full((len(TYPES), len(TYPES)), 0.01, np.float32)
    cart = page.copy()
    for row, kind in enumerate(TYPES):
        for column, other in enumerate(TYPES):
            if kind.section == other.section:
                page[row, column], cart[row, column] = 0.15, 0.15
            if other.key in kind.complements:
                page[row, column], cart[row, column] = 0.4, 1.0
        page[row, row] = 1.0
    return page, cart
