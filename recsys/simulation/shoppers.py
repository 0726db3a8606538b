"""Who comes to the simulated shop: hidden tastes, interests, purses and plans."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys.schema import DAY_S, USERS
from recsys.simulation.assortment import Assortment
from recsys.simulation.config import SimulationConfig
from recsys.simulation.taxonomy import DEPARTMENTS, TYPE_CODE, TYPES

HORIZON_DAYS = 365
"""Plans reach this far beyond the first day of the log; later days repeat the last."""
CONSENT = ("analytics", "personalisation", "advertising")

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Shoppers:
    """Everything hidden about the users. U users, T types, D departments, W dimensions of taste."""

    user_ids: list[str]
    created_s: NDArray[np.float64]  # (U,)
    activity: NDArray[np.float64]  # (U,) relative rate of sessions
    interest: Floats  # (U, T) standardised over the types that are sold
    taste: Floats  # (U, D, W) a taste that bends a little with the department
    other_taste: Floats  # (U, W) another mood
    tolerance: Floats  # (U,) how much above the median price is fine, in logs
    sensitivity: Floats  # (U,) how much more than that hurts
    plan: NDArray[np.int16]  # (U, HORIZON_DAYS) the type each day is about
    consent: NDArray[np.bool_]  # (U, 3) to the purposes in CONSENT

    def __len__(self) -> int:
        return len(self.user_ids)


def draw_shoppers(config: SimulationConfig, assortment: Assortment, rng: np.random.Generator) -> Shoppers:
    """Draw the users of a shop that sells this assortment."""
    count, width = config.num_users, config.truth.width
    main = rng.normal(size=(count, 1, width))
    tilt = rng.normal(size=(count, len(DEPARTMENTS), width))
    interest = _draw_interest(count, assortment, rng)
    late = rng.random(count) < config.late_user_share
    arrival = np.where(late, DAY_S * rng.uniform(0, config.num_days, count), -DAY_S * rng.uniform(1, 700, count))
    return Shoppers(
        user_ids=[f"u{number:05d}" for number in range(count)],
        created_s=config.starts_s + arrival,
        activity=rng.lognormal(0, 0.8, count),
        interest=interest,
        taste=((main + 0.6 * tilt) / np.sqrt(1.36)).astype(np.float32),
        other_taste=rng.normal(size=(count, width)).astype(np.float32),
        tolerance=rng.normal(0, 0.35, count).astype(np.float32),
        sensitivity=rng.lognormal(0, 0.5, count).astype(np.float32),
        plan=_draw_plan(interest, assortment.kinds, rng),
        consent=rng.random((count, len(CONSENT))) < np.array([0.95, 0.9, 0.7]),
    )


def users_table(shoppers: Shoppers) -> pa.Table:
    """The canonical `users` table."""
    consent = [[purpose for purpose, given in zip(CONSENT, row, strict=True) if given] for row in shoppers.consent]
    created = pa.array((shoppers.created_s * 1e6).astype(np.int64)).cast(USERS.field("created_at").type)
    return pa.table([shoppers.user_ids, created, pa.array(consent, pa.list_(pa.string()))], schema=USERS)


def _draw_interest(count: int, assortment: Assortment, rng: np.random.Generator) -> Floats:
    """(U, T) few favourite departments, and types in them; types that are not sold have the least."""
    department = np.array([DEPARTMENTS.index(kind.department) for kind in TYPES])
    raw = 1.1 * rng.normal(size=(count, len(DEPARTMENTS)))[:, department] + rng.gumbel(size=(count, len(TYPES)))
    sold = raw[:, assortment.kinds]
    standard = (raw - sold.mean(axis=1, keepdims=True)) / sold.std(axis=1, keepdims=True)
    interest = np.full((count, len(TYPES)), -3.0, np.float32)
    interest[:, assortment.kinds] = np.clip(standard, -2.5, 3.0)[:, assortment.kinds]
    return interest


def _draw_plan(interest: Floats, kinds: NDArray[np.intp], rng: np.random.Generator) -> NDArray[np.int16]:
    """(U, HORIZON_DAYS): a day goes on with the last one's type, moves to what complements it, or starts anew."""
    count = len(interest)
    weights = np.exp(1.8 * interest[:, kinds].astype(np.float64))
    cumulative = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)  # (U, kinds)
    follows = _complements(kinds)
    plan = np.empty((count, HORIZON_DAYS), np.int16)
    current = kinds[_pick(cumulative, rng)]
    for day in range(HORIZON_DAYS):
        plan[:, day] = current
        chance = rng.random(count)
        fresh = kinds[_pick(cumulative, rng)]
        following = follows[current, rng.integers(0, follows.shape[1], count)]
        following = np.where(following < 0, fresh, following)
        current = np.where(chance < 0.8, current, np.where(chance < 0.9, following, fresh))
    return plan


def _pick(cumulative: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.intp]:
    """(U,) one column a row, by cumulative probability."""
    chance = rng.random((len(cumulative), 1))
    return np.asarray(np.minimum((cumulative < chance).sum(axis=1), cumulative.shape[1] - 1))


def _complements(kinds: NDArray[np.intp]) -> NDArray[np.intp]:
    """(T, 3) types bought after a type, repeated to fill the row; -1 where none of them is sold."""
    table = np.full((len(TYPES), 3), -1, np.intp)
    sold = set(kinds.tolist())
    for code, kind in enumerate(TYPES):
        codes = [TYPE_CODE[key] for key in kind.complements if TYPE_CODE[key] in sold]
        if codes:
            table[code] = np.resize(codes, 3)
    return table
