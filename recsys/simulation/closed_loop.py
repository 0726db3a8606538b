"""The shop against whoever answers its requests: the funnel, a served graph, or a baseline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys.errors import WrongData
from recsys.schema import DAY_S, EVENTS, SURFACES, Surface
from recsys.simulation.behaviour import Behaviour, Index, behave
from recsys.simulation.log import NONE, Log, Names, Places, events_of
from recsys.simulation.searches import Searches
from recsys.simulation.sessions import CART, ITEM, MOST_ROUNDS, SEARCH, SLATES_A_SESSION, next_surface
from recsys.simulation.truth import Truth


@dataclass(frozen=True, slots=True)
class ShopRequest:
    """What a simulated shopper's browser asks for."""

    surface: Surface
    user_id: str
    text: str
    """Of a search, else empty."""
    context_item_id: str | None
    """The item of an item page, or in the cart."""
    size: int
    at_s: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True)
class ShopSlate:
    """What it gets. Absent campaigns are organic places, absent propensities 1."""

    item_ids: Sequence[str]
    campaign_ids: Sequence[str | None] = ()
    propensities: Sequence[float] = ()
    slate_id: str = ""


T = TypeVar("T")
Answer = Callable[[ShopRequest], ShopSlate]


@dataclass(frozen=True)
class ClosedLoop:
    """What became of the slates."""

    events: pa.Table
    """Canonical events, with the slate ids of the answers."""
    num_slates: int
    num_impressions: int
    num_clicks: int
    num_purchases: int
    mean_p_click: float
    """Mean true click probability, given examination, of everything that was shown."""
    expected_clicks: float
    """True expected clicks a slate, with the examination of each position."""
    by_surface: dict[str, float] = field(default_factory=dict)
    """`mean_p_click` of each surface."""
    session_p_click: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """(S,) sum of the click probabilities of what each session with a slate was shown,"""
    session_impressions: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """and (S,) how many items that was: whole sessions are what intervals are drawn from."""


class World(NamedTuple):
    """What the loop needs of a shop."""

    truth: Truth
    names: Names
    kind: Index  # (I,)
    item_row: dict[str, int]
    activity: NDArray[np.float64]  # (U,)
    searches: Searches


class Loop:
    """Sessions, one after another, in order of time."""

    def __init__(self, world: World, answer: Answer, size: int, name: str, rng: np.random.Generator) -> None:
        self._world, self._answer, self._size, self._name, self._rng = world, answer, size, name, rng
        self._campaigns: dict[str, int] = {}
        self._texts: dict[str, int] = {}
        self._slate_ids: list[str] = []
        self._parts: list[tuple[Places, Behaviour]] = []

    def run(self, num_sessions: int, starts_s: float, on_events: Callable[[pa.Table], None] | None) -> ClosedLoop:
        """Draw sessions over one day. `on_events` gets the events of each slate before the next is asked for."""
        weight = self._world.activity / self._world.activity.sum()
        users = self._rng.choice(len(weight), size=num_sessions, p=weight)
        starts = np.sort(starts_s + self._rng.uniform(0, DAY_S, num_sessions))
        for session, (user, at_s) in enumerate(zip(users.tolist(), starts.tolist(), strict=True)):
            self._run_session(session, user, at_s, on_events)
        return self._summary()

    def _run_session(self, session: int, user: int, at_s: float, on_events: Callable[[pa.Table], None] | None) -> None:
        clicked, carted = NONE, NONE
        for _ in range(min(1 + int(self._rng.poisson(SLATES_A_SESSION - 1)), MOST_ROUNDS)):
            surface = int(next_surface(np.array([clicked]), np.array([carted]), self._rng)[0])
            context = carted if surface == CART else clicked if surface == ITEM else NONE
            places = self._ask(session, user, at_s, surface, context)
            behaviour = behave(self._world.truth, places.user, places.item, places.position, places.p_click, self._rng)
            self._parts.append((places, behaviour))
            if on_events is not None and len(places.slate):
                on_events(self._events(self._parts[-1:]))
            clicked, carted = _uppermost(places, behaviour.click), _uppermost(places, behaviour.cart)
            at_s += 20 + self._rng.exponential(60) + 25 * (clicked != NONE)

    def _ask(self, session: int, user: int, at_s: float, surface: int, context: int) -> Places:
        """One request and its answer in codes."""
        world = self._world
        focus = int(world.truth.intent(np.array([user]), at_s)[0]) if context == NONE else int(world.kind[context])
        text = world.searches.type(np.array([user]), np.array([focus]), self._rng)[0] if surface == SEARCH else ""
        context_id = None if context == NONE else world.names.item_ids[context]
        request = ShopRequest(SURFACES[surface], world.names.user_ids[user], text, context_id, self._size, at_s)  # type: ignore[arg-type]
        slate = self._answer(request)
        item = self._rows(slate.item_ids)
        count = len(item)
        users = np.full(count, user)
        propensity = np.array(_filled(slate.propensities, count, 1.0), np.float64)
        number = len(self._slate_ids)
        self._slate_ids.append(slate.slate_id or f"{self._name}-l{number:07d}")
        query = self._texts.setdefault(text, len(self._texts)) if text else NONE
        campaign = [
            NONE if name is None else self._campaigns.setdefault(name, len(self._campaigns))
            for name in _filled(slate.campaign_ids, count, None)
        ]
        p_click = world.truth.p_click(users, item, world.searches.grades(text)[item], np.full(count, focus))
        return Places(
            np.full(count, number),
            np.full(count, session),
            users,
            np.full(count, at_s),
            np.full(count, surface),
            np.full(count, query),
            item,
            np.arange(count),
            propensity,
            np.array(campaign, np.intp),
            p_click,
        )

    def _rows(self, item_ids: Sequence[str]) -> Index:
        try:
            return np.array([self._world.item_row[item_id] for item_id in item_ids], np.intp)
        except KeyError as error:
            raise WrongData("slate.item_ids", "items of the simulated shop", error.args[0]) from None

    def _events(self, parts: list[tuple[Places, Behaviour]]) -> pa.Table:
        names = self._world.names._replace(campaign_ids=list(self._campaigns), slate_ids=self._slate_ids)
        return events_of(Log.joined(parts, list(self._texts)), names, self._rng, f"{self._name}-")

    def _summary(self) -> ClosedLoop:
        parts = [part for part in self._parts if len(part[0].slate)]
        if not parts:
            return ClosedLoop(EVENTS.empty_table(), len(self._slate_ids), 0, 0, 0, 0.0, 0.0)
        places, behaviour, _ = Log.joined(parts, ())
        expected = places.p_click * self._world.truth.examination(places.position)
        session = np.unique(places.session, return_inverse=True)[1]
        return ClosedLoop(
            events=self._events(parts),
            num_slates=len(self._slate_ids),
            num_impressions=len(places.item),
            num_clicks=int(behaviour.click.sum()),
            num_purchases=int(behaviour.purchase.sum()),
            mean_p_click=float(places.p_click.mean()),
            expected_clicks=float(expected.sum() / len(self._slate_ids)),
            by_surface={
                SURFACES[code]: float(places.p_click[places.surface == code].mean())
                for code in np.unique(places.surface)
            },
            session_p_click=np.bincount(session, places.p_click).astype(np.float64),
            session_impressions=np.bincount(session).astype(np.float64),
        )


def _uppermost(places: Places, did: NDArray[np.bool_]) -> int:
    """The first item with which something was done, or NONE."""
    rows = np.flatnonzero(did)
    return int(places.item[rows[0]]) if len(rows) else NONE


def _filled(given: Sequence[T], count: int, absent: T) -> list[T]:
    return [*given, *([absent] * (count - len(given)))]
