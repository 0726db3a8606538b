"""The sessions of the old shop: day by day, and within a day one round of slates after another, many at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recsys.schema import DAY_S, SURFACES
from recsys.simulation.assortment import Assortment
from recsys.simulation.behaviour import Behaviour, Index, behave
from recsys.simulation.config import SimulationConfig
from recsys.simulation.log import NONE, Log, Places
from recsys.simulation.logging_policy import LoggingPolicy, Sponsored, Weights
from recsys.simulation.searches import Searches
from recsys.simulation.shoppers import Shoppers
from recsys.simulation.truth import Truth

SEARCH, HOME, ITEM, CART = (SURFACES.index(name) for name in ("search", "home", "item", "cart"))
SLATES_A_SESSION = 3.2
MOST_ROUNDS = 9
BATCH = 512
"""Slates decided together; bounds the memory."""


class SessionPlan(NamedTuple):
    """S sessions in order of time."""

    user: Index  # (S,)
    starts_s: NDArray[np.float64]  # (S,)
    rounds: Index  # (S,) slates in the session

    def between(self, from_s: float, to_s: float) -> slice:
        """The sessions that start in a span of time."""
        return slice(*np.searchsorted(self.starts_s, [from_s, to_s]).tolist())


def plan_sessions(config: SimulationConfig, shoppers: Shoppers, rng: np.random.Generator) -> SessionPlan:
    """Who comes when, and for how many slates. Nobody comes before they have an account."""
    count = max(1, round(config.num_slates / SLATES_A_SESSION))
    days_here = np.clip((config.ends_s - shoppers.created_s) / DAY_S, 0, config.num_days)
    weight = shoppers.activity * days_here
    user = rng.choice(len(shoppers), size=count, p=weight / weight.sum())
    first_s = np.maximum(shoppers.created_s[user], config.starts_s)
    day_s = first_s + rng.random(count) * (config.ends_s - first_s)
    hour = np.clip(rng.normal(15.5, 4.5, count), 0, 23.9)  # few come at night
    starts_s = np.clip(np.floor(day_s / DAY_S) * DAY_S + hour * 3600, first_s, config.ends_s - 3600)
    order = np.argsort(starts_s, kind="stable")
    rounds = np.minimum(1 + rng.poisson(SLATES_A_SESSION - 1, count), MOST_ROUNDS)
    return SessionPlan(user[order], starts_s[order], rounds[order])


class SessionSimulator:
    """Runs the old shop and keeps the log."""

    def __init__(
        self,
        config: SimulationConfig,
        assortment: Assortment,
        shoppers: Shoppers,
        truth: Truth,
        searches: Searches,
        sponsored: Sponsored,
    ) -> None:
        self._config, self._assortment, self._shoppers = config, assortment, shoppers
        self._truth, self._searches, self._sponsored = truth, searches, sponsored
        self._policy = LoggingPolicy(config, assortment, shoppers)
        self._kind = assortment.kind.astype(np.intp)
        self._texts: dict[str, int] = {}
        self._num_slates = 0

    def run(self, rng: np.random.Generator) -> Log:
        """Simulate all days."""
        plan = plan_sessions(self._config, self._shoppers, rng)
        parts: list[tuple[Places, Behaviour]] = []
        for day in range(self._config.num_days):
            from_s = self._config.starts_s + day * DAY_S
            today = plan.between(from_s, from_s + DAY_S)
            shown = self._run_day(plan, np.arange(today.start, today.stop), rng)
            self._policy.observe(np.concatenate([np.zeros(0, np.intp), *(p.item[b.click] for p, b in shown)]))
            parts += shown
        return Log.joined(parts, list(self._texts))

    def _run_day(self, plan: SessionPlan, session: Index, rng: np.random.Generator) -> list[tuple[Places, Behaviour]]:
        """All rounds of some sessions (S,)."""
        last_click, last_cart = np.full(len(session), NONE), np.full(len(session), NONE)
        at_s = plan.starts_s[session]
        parts = []
        for number in range(int(plan.rounds[session].max(initial=0))):
            for rows in _batches(np.flatnonzero(plan.rounds[session] > number)):
                surface = next_surface(last_click[rows], last_cart[rows], rng)
                context = np.where(surface == CART, last_cart[rows], np.where(surface == ITEM, last_click[rows], NONE))
                places = self._show(session[rows], plan.user[session[rows]], at_s[rows], surface, context, rng)
                behaviour = behave(self._truth, places.user, places.item, places.position, places.p_click, rng)
                last_click[rows] = _first(places, behaviour.click, len(rows))
                last_cart[rows] = _first(places, behaviour.cart, len(rows))
                at_s[rows] += 20 + rng.exponential(60, len(rows)) + 25 * (last_click[rows] != NONE)
                parts.append((places, behaviour))
        return parts

    def _show(
        self,
        session: Index,
        user: Index,
        at_s: NDArray[np.float64],
        surface: Index,
        context: Index,
        rng: np.random.Generator,
    ) -> Places:
        """Slates for B requests of about one time."""
        focus = self._truth.intent(user, at_s)
        focus = np.where(context == NONE, focus, self._kind[context])
        query = np.full(len(user), NONE)
        searches = np.flatnonzero(surface == SEARCH)
        query[searches] = self._type(user[searches], focus[searches], rng)
        weights = self._weights(user, float(at_s.min()), surface, context, query, rng)
        sponsor = ((surface == SEARCH) | (surface == HOME)) & (rng.random(len(user)) < self._config.ad_share)
        shown = self._policy.show(weights, sponsor, self._sponsored, rng)
        rows, size = shown.item.shape
        place = np.repeat(np.arange(rows), size)
        item, slate_query = shown.item.ravel(), query[place]
        grade = self._relevance(query, shown.item).ravel()
        p_click = self._truth.p_click(user[place], item, grade, focus[place])
        slate = self._num_slates + np.arange(rows)
        self._num_slates += rows
        return Places(
            slate[place],
            session[place],
            user[place],
            at_s[place],
            surface[place],
            slate_query,
            item,
            np.tile(np.arange(size), rows),
            shown.propensity.ravel(),
            shown.campaign.ravel(),
            p_click,
        )

    def _weights(
        self, user: Index, at_s: float, surface: Index, context: Index, query: Index, rng: np.random.Generator
    ) -> Weights:
        """(B, I) by the policy of each surface."""
        weights = np.empty((len(user), len(self._assortment)), np.float32)
        if (rows := np.flatnonzero(surface == HOME)).size:
            weights[rows] = self._policy.home(user[rows], at_s)
        if (rows := np.flatnonzero(surface == SEARCH)).size:
            texts = list(self._texts)
            grade = np.stack([self._searches.grades(texts[code]) for code in query[rows]])
            weights[rows] = self._policy.search(grade, at_s, rng)
        for kind in (ITEM, CART):
            if (rows := np.flatnonzero(surface == kind)).size:
                weights[rows] = self._policy.related(context[rows], at_s, cart=kind == CART)
        return weights

    def _type(self, user: Index, focus: Index, rng: np.random.Generator) -> Index:
        """(B,) codes of the texts that shoppers type."""
        return np.array(
            [self._texts.setdefault(text, len(self._texts)) for text in self._searches.type(user, focus, rng)], np.intp
        )

    def _relevance(self, query: Index, item: Index) -> Index:
        """(B, K) grades of the items shown for each text."""
        texts = list(self._texts)
        rows = [
            self._searches.grades("" if code == NONE else texts[code])[row]
            for code, row in zip(query, item, strict=True)
        ]
        return np.stack(rows).astype(np.intp)


def _batches(rows: Index) -> list[Index]:
    return [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)]


def next_surface(last_click: Index, last_cart: Index, rng: np.random.Generator) -> Index:
    """(B,) where shoppers turn next: from a cart or a click to what goes with it, else to search or home."""
    chance = rng.random(len(last_click))
    start = np.where(rng.random(len(last_click)) < 0.55, SEARCH, HOME)
    after_click = np.where(chance < 0.6, ITEM, start)
    after_cart = np.where(chance < 0.5, CART, start)
    return np.where(last_cart != NONE, after_cart, np.where(last_click != NONE, after_click, start))


def _first(places: Places, did: NDArray[np.bool_], count: int) -> Index:
    """(B,) the uppermost item of each slate with which something was done, or NONE."""
    found = np.full(count, NONE)
    rows = np.flatnonzero(did)[::-1]
    found[places.slate[rows] - places.slate[0]] = places.item[rows]
    return found
