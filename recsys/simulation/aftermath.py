"""What follows a slate later, or elsewhere: favourites, reviews, returns, and the device that somebody holds.

Drawn from streams of their own, after everything else: what is shown, clicked and bought does not depend on them.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys.schema import DAY_S, EVENTS
from recsys.simulation.behaviour import Index
from recsys.simulation.config import AftermathConfig
from recsys.simulation.log import Log, Names, events_of_rows
from recsys.simulation.truth import Truth

PLATFORMS = ("web", "ios", "android")
SLOTS = 5
"""Sessions in which a user's habit of devices shows."""

Floats = NDArray[np.float64]


def draw_platforms(num_users: int, rng: np.random.Generator) -> Index:
    """(U, SLOTS) places in PLATFORMS: one device, or a main one and another beside it."""
    main = rng.choice(len(PLATFORMS), num_users, p=(0.45, 0.25, 0.3))
    other = (main + rng.integers(1, len(PLATFORMS), num_users)) % len(PLATFORMS)
    elsewhere = rng.choice(3, num_users, p=(0.4, 0.35, 0.25))  # of SLOTS sessions, those on the other device
    platforms = np.repeat(main[:, None], SLOTS, axis=1)
    for slot in range(2):
        platforms[:, slot] = np.where(elsewhere > slot, other, main)
    return platforms.astype(np.intp)


def aftermath(
    log: Log, truth: Truth, names: Names, config: AftermathConfig, ends_s: float, rng: np.random.Generator
) -> pa.Table:
    """Canonical events of kinds favourite, review and return that the log led to, before it ended; in order of time.

    A favourite and a return name the slate that the item was found on; a review is written on a page of its own.
    """
    places, did = log.places, log.behaviour
    clicked, bought = np.flatnonzero(did.click & ~did.purchase), np.flatnonzero(did.purchase)
    kept = _where(clicked, _sigmoid(config.favourite + truth.attraction(*_who_what(log, clicked))), rng)
    reviewed = _where(bought, np.full(len(bought), config.review_share), rng)
    regret = config.regret + config.regret_slope * truth.satisfaction(*_who_what(log, bought))
    returned = _where(bought, _sigmoid(regret), rng)
    parts = (
        ("favourite", kept, 6.0 + rng.exponential(8.0, len(kept)), None),
        ("review", reviewed, DAY_S * rng.uniform(2, 9, len(reviewed)), _ratings(log, truth, reviewed, rng)),
        ("return", returned, DAY_S * rng.uniform(3, 12, len(returned)), None),
    )
    tables = [
        events_of_rows(log, names, kind, rows, places.at_s[rows] + 320.0 * (kind != "favourite") + delay_s, rating)
        for kind, rows, delay_s, rating in parts
    ]
    table = pa.concat_tables(tables)
    at_us = table["at"].cast(pa.int64()).to_numpy()
    order = np.argsort(at_us, kind="stable")
    return table.take(pa.array(order[at_us[order] < ends_s * 1e6])).cast(EVENTS)


def _ratings(log: Log, truth: Truth, rows: Index, rng: np.random.Generator) -> NDArray[np.float32]:
    """(N,) whole stars from 1 to 5: better where people got what they like."""
    stars = 3.2 + 0.8 * truth.satisfaction(*_who_what(log, rows)) + rng.normal(0, 0.6, len(rows))
    return np.clip(np.round(stars), 1, 5).astype(np.float32)


def _who_what(log: Log, rows: Index) -> tuple[Index, Index]:
    return log.places.user[rows], log.places.item[rows]


def _where(rows: Index, chance: Floats, rng: np.random.Generator) -> Index:
    return rows[rng.random(len(rows)) < chance]


def _sigmoid(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
