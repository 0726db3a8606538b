"""Rates of the business, with numerator and denominator kept: a rate without them cannot be added up or trusted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recsys.schema import MICROS

Shown = Literal["views", "impressions"]


@dataclass(frozen=True)
class Rate:
    """A count over a count."""

    numerator: float
    denominator: float
    per: str
    """What the denominator counts."""

    @property
    def value(self) -> float:
        """nan over nothing."""
        return self.numerator / self.denominator if self.denominator else float("nan")

    def __add__(self, other: Rate) -> Rate:
        """The rate of both together. Raises ValueError where they count different things."""
        if self.per != other.per:
            raise ValueError(f"cannot add a rate per {other.per} to one per {self.per}")
        return Rate(self.numerator + other.numerator, self.denominator + other.denominator, self.per)


def ctr(clicks: int, *, views: int, impressions: int) -> Rate:
    """Clicks per view, or per impression where no client reported views; the rate says which."""
    return _per_shown(clicks, views, impressions)


def cvr(purchases: int, *, clicks: int) -> Rate:
    """Purchases that followed a click, per click."""
    return Rate(purchases, clicks, "clicks")


def add_to_cart_rate(carts: int, *, clicks: int) -> Rate:
    """Items put into carts per click: of those who looked closer, how many want it."""
    return Rate(carts, clicks, "clicks")


def cpm(revenue_micros: int, *, views: int, impressions: int) -> Rate:
    """Revenue in currency units per 1000 views, or impressions where no client reported views."""
    return _per_shown(1000.0 * revenue_micros / MICROS, views, impressions)


def _per_shown(amount: float, views: int, impressions: int) -> Rate:
    per: Shown = "views" if views else "impressions"
    return Rate(amount, views if views else impressions, per)
