"""What shoppers do with what they are shown, drawn from the truth."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.simulation.truth import Truth

Index = NDArray[np.intp]


class Behaviour(NamedTuple):
    """What a shopper did with each place. N places."""

    view: NDArray[np.bool_]  # (N,) it was on the screen
    click: NDArray[np.bool_]
    cart: NDArray[np.bool_]
    purchase: NDArray[np.bool_]


def behave(
    truth: Truth, user: Index, item: Index, position: Index, p_click: NDArray[np.float64], rng: np.random.Generator
) -> Behaviour:
    """Draw views, clicks, carts and purchases; each needs the one before.

    Args:
        user, item, position: (N,) the places, each slate's from position 0 on in one run.
        p_click: (N,) probability of a click on what is looked at.
    """
    view = position <= _depths(truth, position, rng)
    click = view & (rng.random(len(item)) < truth.attention(position) * p_click)
    cart, purchase = np.zeros(len(item), np.bool_), np.zeros(len(item), np.bool_)
    rows = np.flatnonzero(click)
    cart[rows] = rng.random(len(rows)) < truth.p_cart(user[rows], item[rows])
    rows = np.flatnonzero(cart)
    purchase[rows] = rng.random(len(rows)) < truth.p_buy(user[rows], item[rows])
    return Behaviour(view, click, cart, purchase)


def _depths(truth: Truth, position: Index, rng: np.random.Generator) -> Index:
    """(N,) the last position on the screen of each place's slate: one further with probability `scroll`."""
    slate = np.cumsum(position == 0) - 1
    stop = 1.0 - truth.config.scroll
    if stop == 0 or len(position) == 0:
        return np.full(len(position), np.iinfo(np.intp).max)
    depth = rng.geometric(stop, int(slate[-1]) + 1) - 1
    return np.asarray(depth[slate], np.intp)
