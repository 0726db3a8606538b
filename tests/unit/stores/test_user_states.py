"""What is remembered of users is what the store would say, whoever writes to it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from recsys.errors import Unavailable
from recsys.records import Event
from recsys.slate import HISTORY
from recsys.stores import user_states
from recsys.stores.events import Arrival, EventStore
from recsys.stores.user_states import Owner, UserStates, owners_of
from tests.pace import until

NOON = time.time() // 86_400 * 86_400 - 6.5 * 86_400  # a clock that is believed
ANN: Owner = ("user", "ann")


def event(number: int, kind: str = "click", **fields: object) -> Event:
    whole = {"user_id": "ann", "item_id": f"i{number}", "at_s": NOON + number} | fields
    return Event(event_id=f"e{number}-{kind}", kind=kind, **whole)  # type: ignore[arg-type]


@pytest.fixture
def store(engine: Engine) -> EventStore:
    return EventStore(engine)


@pytest.fixture
def states(store: EventStore) -> UserStates:
    made = UserStates(store, follow=False)
    made.look()
    return made


def items(states: UserStates, owner: Owner = ANN, before_s: float = NOON + 1e6) -> list[str]:
    state = states.remembered(owner, before_s) or states.read(owner, before_s)
    return [step.item_id for step in state.recent]


def away(*_: object, **__: object) -> None:
    raise Unavailable("store", "an answer")


def test_a_second_question_costs_no_statement(store: EventStore, states: UserStates) -> None:
    store.append([event(1), event(2, "purchase")])
    states.look()
    assert items(states) == ["i1", "i2"] and (states.hits, states.misses) == (0, 1)
    remembered = states.remembered(ANN, NOON + 1e6)
    assert remembered is not None and remembered.bought == ("i2",) and states.hits == 1
    assert items(states, before_s=NOON + 2) == ["i1"], "pages of a slate go on with what its first page knew"


def test_what_another_process_took_is_known_after_a_look(engine: Engine, states: UserStates) -> None:
    other = EventStore(engine)
    assert items(states) == []
    other.append([event(1)])
    assert items(states) == [], "not yet"
    states.look()
    assert items(states) == ["i1"]
    other.append([event(1), event(2)])
    states.look()
    states.look()
    assert items(states) == ["i1", "i2"]


def test_a_late_commit_is_seen_although_newer_ones_were(
    store: EventStore, states: UserStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Order of arrival is not order of commit: one that came first may become visible last."""
    import sqlalchemy as sa

    from recsys.stores import events

    items(states)
    items(states, ("user", "bob"))
    store.append([event(5, user_id="bob")])
    states.look()
    earlier = store.newest_arrival_us() - 2_000_000
    monkeypatch.setattr(events, "now_us", lambda _: sa.literal(earlier, sa.BigInteger))
    store.append([event(1)])
    states.look()
    assert items(states) == ["i1"]


def test_an_idle_shop_does_not_read_its_last_busy_seconds_again(
    store: EventStore, states: UserStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_states, "LOOK_BACK_S", 0.5)
    read: list[int] = []
    arrivals = store.arrivals

    def counted(since_us: int) -> tuple[Arrival, ...]:
        found = arrivals(since_us)
        read.append(len(found))
        return found

    monkeypatch.setattr(store, "arrivals", counted)
    store.append([event(number) for number in range(5)])
    time.sleep(0.01)
    store.append([event(9)])
    states.look()
    states.look()
    assert read == [6, 6], "one that came before may still be committed"
    time.sleep(0.6)
    states.look()
    states.look()
    assert read[-2:] == [6, 1], "the newest, and nothing before it"
    assert len(items(states)) == 6
    store.append([event(10)])
    states.look()
    assert items(states)[-1] == "i10"


def test_a_late_commit_is_seen_although_no_look_succeeded_for_long(
    store: EventStore, states: UserStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sqlalchemy as sa

    from recsys.stores import events

    monkeypatch.setattr(user_states, "LOOK_BACK_S", 0.5)
    assert items(states) == []
    store.append([event(5, user_id="bob")])
    states.look()
    earlier = store.newest_arrival_us() - 200_000
    monkeypatch.setattr(events, "now_us", lambda _: sa.literal(earlier, sa.BigInteger))
    store.append([event(1)])
    time.sleep(0.6)
    states.look()
    assert items(states) == ["i1"]


def test_a_visit_and_its_account_are_both_told(store: EventStore, states: UserStates) -> None:
    visit: Owner = ("session", "s1")
    store.append([event(1, user_id="s1", session_id="s1")])
    states.look()
    assert (items(states, visit), items(states)) == (["i1"], [])
    store.append([event(2, session_id="s1")])
    states.look()
    assert (items(states, visit), items(states)) == (["i1", "i2"], ["i2"])
    assert owners_of("ann", "s1") == (ANN, visit) and owners_of("ann", None) == (ANN,)


def test_a_read_that_an_event_overtakes_is_not_remembered(
    store: EventStore, states: UserStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader has its answer, then the event comes and is looked at, then the reader would remember."""
    bought = store.bought

    def slow(user_id: str) -> tuple[str, ...]:
        found = bought(user_id)
        store.append([event(1)])
        states.look()
        return found

    monkeypatch.setattr(store, "bought", slow)
    assert states.read(ANN, NOON + 1e6).recent == ()
    monkeypatch.undo()
    assert items(states) == ["i1"]


def test_threads_that_write_and_read_end_with_all_that_was_written(store: EventStore) -> None:
    states = UserStates(store)
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            items(states)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(20):
        store.append([event(number)])
        time.sleep(0.01)
    time.sleep(3 * user_states.LOOK_EVERY_S)
    stop.set()
    for reader in readers:
        reader.join()
    assert items(states) == [f"i{number}" for number in range(20)]
    assert states.hits > states.misses


def test_further_back_than_is_remembered_the_store_is_asked(store: EventStore, states: UserStates) -> None:
    store.append([event(number) for number in range(HISTORY + 30)])
    states.look()
    assert items(states)[0] == "i30"
    assert items(states, before_s=NOON + 40) == [f"i{number}" for number in range(40)]


def test_events_of_tomorrow_count_tomorrow(store: EventStore, states: UserStates) -> None:
    store.append([event(1), event(86_400)])
    states.look()
    assert items(states, before_s=NOON + 10) == ["i1"] == items(states, before_s=NOON + 10)
    assert items(states, before_s=NOON + 90_000) == ["i1", "i86400"]


def test_only_so_many_people_are_remembered(store: EventStore) -> None:
    states = UserStates(store, most=3, follow=False)
    states.look()
    for name in "abcda":
        items(states, ("user", name))
    assert (states.hits, states.misses) == (0, 5)
    assert items(states, ("user", "d")) == [] and states.hits == 1


def test_without_a_look_nothing_is_trusted_and_without_a_store_it_is_better_than_nothing(
    store: EventStore, states: UserStates, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append([event(1)])
    states.look()
    assert items(states) == ["i1"]

    for name in ("arrivals", "recent"):
        monkeypatch.setattr(store, name, away)
    monkeypatch.setattr(user_states, "TRUSTED_S", -1.0)
    with pytest.raises(Unavailable):
        states.look()
    assert states.remembered(ANN, NOON + 1e6) is None
    with pytest.raises(Unavailable):
        states.read(ANN, NOON + 1e6)
    kept = states.remembered(ANN, NOON + 1e6, trusted=False)
    assert kept is not None and [step.item_id for step in kept.recent] == ["i1"]


def test_the_thread_outlives_a_store_that_is_away_and_says_how_far_behind_it_is(
    store: EventStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[float] = []
    states = UserStates(store, told=told.append)
    until(lambda: bool(told), 20, every_s=0.02)
    assert items(states) == [] and told[-1] < user_states.TRUSTED_S
    monkeypatch.setattr(store, "arrivals", away)
    until(lambda: told[-1] > 2 * user_states.TRUSTED_S, 20, every_s=0.02)
    assert told[-1] > told[-2] > told[-3], "it grows while nothing is seen"
    assert states.remembered(ANN, NOON + 1e6) is None, "not trusted silently"
    assert states.remembered(ANN, NOON + 1e6, trusted=False) == ((), ())
    store.append([event(1)])
    monkeypatch.undo()
    until(lambda: told[-1] < user_states.TRUSTED_S, 20, every_s=0.02)
    assert items(states) == ["i1"] == items(states), "what came meanwhile is not missed"


def test_the_thread_ends_with_its_states(store: EventStore, tmp_path: Path) -> None:
    UserStates(store)
    deadline = time.monotonic() + 5
    while any(thread.name == "user-states" for thread in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(thread.name == "user-states" for thread in threading.enumerate())
