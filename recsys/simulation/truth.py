"""What nobody at the shop knows: why shoppers look, click and buy. For tests and reports, never for models.

A click needs an examined position and a shopper who likes what is there. The log-odds of the second add up taste
against style, a lasting interest in the product type, the session's intent or the query, the item's appeal and a bent
response to its price. Styles follow an item's visible attributes only in part, so no function of the catalogue
expresses them; tastes have a second mood and bend with the department, so no single pair of vectors does either.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.schema import DAY_S
from recsys.simulation.assortment import Assortment
from recsys.simulation.config import SimulationConfig, TruthConfig
from recsys.simulation.shoppers import HORIZON_DAYS, Shoppers
from recsys.simulation.taxonomy import FACETS, SECTIONS, TYPE_CODE, TYPES, VALUES

Index = NDArray[np.integer]
Floats = NDArray[np.float64]

NO_GRADE = -1
"""Instead of a relevance, where nothing was searched for."""
CLUSTERS = 5
"""Hidden looks in each section, which co-visitation can find and attributes cannot."""


@dataclass(frozen=True)
class Style:
    """The hidden side of the items."""

    vectors: NDArray[np.float32]  # (I, W) standard normal in each dimension, about
    appeal: Floats  # (I,) standardised


def draw_style(config: TruthConfig, assortment: Assortment, rng: np.random.Generator) -> Style:
    """Draw styles that share `visible_share` of their variance with the visible attributes."""
    width, count = config.width, len(assortment)
    visible = rng.normal(size=(len(assortment.brands), width))[assortment.brand]
    for facet in FACETS:
        table = np.vstack([rng.normal(size=(len(VALUES[facet]), width)), np.zeros((1, width))])
        visible = visible + table[assortment.values[facet]]  # the last row answers -1
    cluster = assortment.section * CLUSTERS + rng.integers(0, CLUSTERS, count)
    looks = rng.normal(size=(len(SECTIONS) * CLUSTERS, width))
    own = 0.8 * looks[cluster] + 0.6 * rng.normal(size=(count, width))
    share = config.visible_share
    vectors = np.sqrt(share) * _standard(visible) + np.sqrt(1 - share) * _standard(own)
    return Style(vectors.astype(np.float32), _standard(rng.normal(size=count)))


class Truth:
    """Probabilities in codes. N rows, each a user with an item."""

    def __init__(self, config: SimulationConfig, assortment: Assortment, shoppers: Shoppers, style: Style) -> None:
        self.config = config.truth
        self._starts_s = config.starts_s
        self._assortment, self._shoppers, self._style = assortment, shoppers, style
        self._kind = assortment.kind.astype(np.intp)
        self._department = assortment.department.astype(np.intp)
        self._relative_price = assortment.relative_price.astype(np.float32)
        self.kinship = _kinship()
        self._grades = np.array(self.config.grades)

    def intent(self, user: Index, at_s: Floats | float) -> NDArray[np.intp]:
        """(N,) the product type that a user's session at that time is about."""
        day = np.floor((np.asarray(at_s) - self._starts_s) / DAY_S).astype(np.intp)
        return self._shoppers.plan[user, np.clip(day, 0, HORIZON_DAYS - 1)].astype(np.intp)

    def attraction(self, user: Index, item: Index) -> Floats:
        """(N,) log-odds that last: taste, interest, appeal and price."""
        weight = self.config
        return np.asarray(
            weight.taste * self._liking(user, item)
            + weight.interest * self._shoppers.interest[user, self._kind[item]]
            + weight.appeal * self._style.appeal[item]
            + weight.price * self._price_response(user, item)
        )

    def p_click(self, user: Index, item: Index, grade: Index, focus: Index) -> Floats:
        """(N,) probability of a click on an item that is being looked at.

        Args:
            grade: (N,) relevance to the query, or NO_GRADE.
            focus: (N,) product type the session is about, used where there is no query.
        """
        sought = np.where(
            grade == NO_GRADE, self.config.intent * self.kinship[focus, self._kind[item]], self._grades[grade]
        )
        return _sigmoid(self.config.bias + self.attraction(user, item) + sought)

    def p_cart(self, user: Index, item: Index) -> Floats:
        """(N,) probability that a click leads into the cart."""
        log_odds = -2.3 + 0.5 * self._liking(user, item) + 0.5 * self._style.appeal[item]
        return _sigmoid(log_odds + 1.2 * self._price_response(user, item))

    def p_buy(self, user: Index, item: Index) -> Floats:
        """(N,) probability that what is in the cart is bought."""
        return _sigmoid(0.1 + 0.3 * self._style.appeal[item] + 1.2 * self._price_response(user, item))

    def satisfaction(self, user: Index, item: Index) -> Floats:
        """(N,) about standard normal: how glad somebody is of an item that was bought."""
        return np.asarray((self._liking(user, item) + self._style.appeal[item]) / np.sqrt(2.0))

    def scroll(self, position: Index) -> Floats:
        """Probability that a position comes on the screen."""
        return np.asarray(self.config.scroll ** np.asarray(position, np.float64))

    def attention(self, position: Index) -> Floats:
        """Probability that a position on the screen is looked at."""
        return np.asarray((np.asarray(position, np.float64) + 1.0) ** -self.config.attention)

    def examination(self, position: Index) -> Floats:
        """Probability that a position is looked at."""
        return np.asarray(self.scroll(position) * self.attention(position))

    def _liking(self, user: Index, item: Index) -> Floats:
        """(N,) about standard normal; the better of two moods, and enough is enough."""
        vectors = self._style.vectors[item]
        scale = np.sqrt(vectors.shape[1])
        main = np.einsum("nw,nw->n", self._shoppers.taste[user, self._department[item]], vectors) / scale
        other = np.einsum("nw,nw->n", self._shoppers.other_taste[user], vectors) / scale
        return np.asarray(1.6 * np.tanh(np.maximum(main, other - 0.8) / 1.6), np.float64)

    def _price_response(self, user: Index, item: Index) -> Floats:
        """(N,) zero at a price that seems right, below it where it is too high or suspiciously low."""
        excess = self._relative_price[item] - self._shoppers.tolerance[user]
        too_much = np.maximum(excess, 0.0) * self._shoppers.sensitivity[user]
        return np.asarray(0.35 - 1.8 * too_much - 0.6 * np.maximum(-excess - 0.6, 0.0), np.float64)


def _kinship() -> Floats:
    """(T, T) how much an item of one type serves who is after another: 1 the same, less what goes with it."""
    section = np.array([SECTIONS.index(kind.section) for kind in TYPES])
    table: Floats = np.where(section[:, None] == section[None, :], 0.25, 0.0)
    for code, kind in enumerate(TYPES):
        for key in kind.complements:
            table[code, TYPE_CODE[key]] = 0.55
    np.fill_diagonal(table, 1.0)
    return table


def _standard(values: Floats) -> Floats:
    return np.asarray((values - values.mean(axis=0)) / values.std(axis=0), np.float64)


def _sigmoid(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
