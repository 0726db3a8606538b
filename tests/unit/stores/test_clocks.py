"""What a client's clock says is kept, and orders things only as far as it can be believed."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from recsys.records import US, Event
from recsys.stores.database import reading
from recsys.stores.events import EventStore
from recsys.stores.tables import BELIEVED_US, events
from recsys.stores.user_states import UserStates

DAY_S, YEAR_S = 86_400.0, 365.25 * 86_400
WRONG = {
    "2 s ahead": lambda now: now + 2,
    "300 s ahead": lambda now: now + 300,
    "10 years ahead": lambda now: now + 10 * YEAR_S,
    "never set": lambda now: 3_600.0,
    "31 days late": lambda now: now - 31 * DAY_S,
}


def click(event_id: str, at_s: float) -> Event:
    return Event(event_id=event_id, user_id="ann", session_id="v", kind="click", item_id=event_id, at_s=at_s)


def moments(engine: Engine) -> list[tuple[int, int, int]]:
    with reading(engine) as connection:
        rows = connection.execute(sa.select(events.c.at_us, events.c.happened_us, events.c.received_us)).all()
    return [(row[0], row[1], row[2]) for row in rows]


@pytest.mark.parametrize("clock", WRONG.values(), ids=WRONG.keys())
def test_a_clock_that_cannot_be_right_loses_nobody_their_steps(engine: Engine, clock: Callable[[float], float]) -> None:
    store = EventStore(engine)
    states = UserStates(store, follow=False)
    store.append([click("before", time.time() - 60)])
    at_s = clock(time.time())
    store.append([click("wrong", at_s)])
    store.append([click("after", time.time())])
    now = time.time() + 0.001
    for recent in (
        store.recent("ann", before_s=now),
        store.recent_in_session("v", before_s=now),
        states.read(("user", "ann"), now).recent,
    ):
        assert [step.item_id for step in recent] == ["before", "wrong", "after"], "in the order in which they came"
    assert store.read_events(until_s=now)["event_id"].to_pylist() == ["before", "wrong", "after"]
    said = [(at_us, happened == received) for at_us, happened, received in moments(engine)]
    assert (round(at_s * US), True) in said, "what was said is kept, and orders nothing"


def test_a_late_event_stands_where_it_happened(engine: Engine) -> None:
    store = EventStore(engine)
    for days in (0.0, 29.0, 1.0):
        store.append([click(f"{days} days ago", time.time() - days * DAY_S)])
    assert [step.item_id for step in store.recent("ann")] == ["29.0 days ago", "1.0 days ago", "0.0 days ago"]


def test_nothing_happened_after_it_came_or_long_before(engine: Engine) -> None:
    rng_s = [0.0, 1.0, time.time() - 400 * DAY_S, time.time() - 20 * DAY_S, time.time() - 1, time.time() + 5, 4e9]
    EventStore(engine).append([click(f"e{number}", at_s) for number, at_s in enumerate(rng_s)])
    for at_us, happened_us, received_us in moments(engine):
        assert received_us - BELIEVED_US <= happened_us <= received_us
        assert happened_us in (at_us, received_us)
