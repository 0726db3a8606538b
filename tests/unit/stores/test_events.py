"""The log: once, durable, in time order, and fast to read for one user."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from recsys.errors import WrongData
from recsys.records import Event, Impression
from recsys.schema import FEEDBACK_KINDS, KINDS, SERVED, conform
from recsys.stores.database import open_database, reading
from recsys.stores.events import RECENT_OF_USER, Appended, EventStore, Recent

NOON = time.time() // 86_400 * 86_400 - 6.5 * 86_400  # a clock that is believed


def an_event(number: int, **changes: object) -> Event:
    event = Event(event_id=f"e{number}", user_id="ann", kind="click", item_id=f"i{number}", at_s=NOON + number)
    return replace(event, **changes)  # type: ignore[arg-type]


def an_impression(position: int, **changes: object) -> Impression:
    shown = Impression(
        slate_id="s1",
        item_id=f"i{position}",
        user_id="ann",
        session_id="v1",
        at_s=NOON,
        surface="search",
        query="red shoes",
        position=position,
        propensity=0.9,
        policy="default",
        release="r1",
    )
    return replace(shown, **changes)  # type: ignore[arg-type]


def test_an_event_is_kept_once(engine: Engine) -> None:
    store = EventStore(engine)
    assert store.append([an_event(1), an_event(2), an_event(1)]) == Appended(2, 1)
    assert store.append([an_event(2), an_event(3, event_id="e2")]) == Appended(0, 2)
    assert store.append([]) == Appended(0, 0)
    assert store.read_events().num_rows == 2


def test_an_impression_is_kept_once(engine: Engine) -> None:
    store = EventStore(engine)
    assert store.append_impressions([an_impression(0), an_impression(1)]) == Appended(2, 0)
    assert store.append_impressions([an_impression(1), an_impression(2)]) == Appended(1, 1)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"kind": "like"}, "event.kind"),
        ({"kind": "impression"}, "event.kind"),
        ({"item_id": "a\0b"}, "event.item_id"),
        ({"query": "\ud800"}, "event.query"),
        ({"position": 2**31}, "event.position"),
        ({"quantity": -1}, "event.quantity"),
        ({"price_micros": 2**63}, "event.price_micros"),
        ({"rating": float("nan")}, "event.rating"),
        ({"at_s": float("inf")}, "event.at_s"),
        ({"at_s": float("nan")}, "event.at_s"),
        ({"at_s": -1.0}, "event.at_s"),
        ({"surface": "moon"}, "event.surface"),
    ],
)
def test_a_wrong_row_refuses_its_batch(engine: Engine, wrong: dict[str, object], field: str) -> None:
    store = EventStore(engine)
    with pytest.raises(WrongData, match=field):
        store.append([an_event(1), an_event(2, **wrong)])
    assert store.read_events().num_rows == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.characters(), max_size=30),
    at_s=st.floats(),
    number=st.one_of(st.none(), st.integers()),
    rating=st.one_of(st.none(), st.floats()),
)
def test_any_values_are_kept_or_refused_clearly(
    engine: Engine, text: str, at_s: float, number: int | None, rating: float | None
) -> None:
    event = an_event(1, event_id=text, query=text, at_s=at_s, position=number, price_micros=number, rating=rating)
    try:
        EventStore(engine).append([event])
    except WrongData:
        return
    assert text in EventStore(engine).read_events()["event_id"].to_pylist()


def test_recent_is_what_the_user_said_yes_to_oldest_first(engine: Engine) -> None:
    store = EventStore(engine)
    store.append([an_event(n, kind=kind) for n, kind in enumerate(KINDS[1:])])
    store.append([an_event(50, user_id="bob", session_id="v1"), an_event(60, session_id="v1")])
    yes = [
        Recent(f"i{n}", NOON + n, k == "purchase", k == "favourite")
        for n, k in enumerate(KINDS[1:])
        if k in FEEDBACK_KINDS
    ]
    assert store.recent("ann") == (*yes, Recent("i60", NOON + 60, False))
    assert store.recent("ann", limit=2) == (yes[-1], Recent("i60", NOON + 60, False))
    assert store.recent("ann", before_s=NOON + 60) == tuple(yes), "what happens at that moment is not yet known"
    assert [seen.item_id for seen in store.recent_in_session("v1")] == ["i50", "i60"]
    assert store.recent("nobody") == ()
    assert store.bought("ann") == tuple(seen.item_id for seen in yes if seen.bought)


PLANS = {
    "sqlite": ("EXPLAIN QUERY PLAN", "events USING INDEX events_of_user (user_id=? AND feedback=? AND happened_us<?)"),
    "postgresql": (
        "EXPLAIN",
        "Index Cond: (((user_id)::text = 'ann'::text) AND (feedback = true) AND (happened_us < 10))",
    ),
}


def test_recent_reads_an_index_and_no_more(engine: Engine) -> None:
    statement = RECENT_OF_USER.params(owner="ann", before=10, limit=5)
    sql = statement.compile(engine, compile_kwargs={"literal_binds": True})
    explain, wanted = PLANS[engine.dialect.name]
    with reading(engine) as connection:
        if engine.dialect.name == "postgresql":  # a table without rows is read whole, unless that is dear
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = [row[-1] for row in connection.exec_driver_sql(f"{explain} {sql}")]
    assert wanted in "\n".join(plan)


def test_events_of_one_moment_come_in_the_order_of_their_bytes(engine: Engine) -> None:
    ids = ["a", "B", "é", "b", "A", "-", "中", "Z"]
    store = EventStore(engine)
    store.append([an_event(0, event_id=one, item_id=one) for one in ids])
    assert store.read_events()["event_id"].to_pylist() == sorted(ids)
    assert [seen.item_id for seen in store.recent("ann")] == sorted(ids)


def test_batches_of_the_same_events_in_any_order_never_end_each_other(url: str) -> None:
    engine = open_database(url, busy_timeout_s=60)
    store, start = EventStore(engine), Barrier(2)
    batch = [an_event(number) for number in range(1500)]  # two statements

    def send(step: int) -> int:
        start.wait(30)
        return store.append(batch[::step]).accepted

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(send, (1, -1))) == store.read_events().num_rows == 1500
    engine.dispose()


def test_the_log_is_canonical_and_the_server_knows_best(engine: Engine) -> None:
    store = EventStore(engine)
    store.append_impressions([an_impression(0), an_impression(1, campaign_id="c1", price_cpc_micros=5)])
    lie = {"slate_id": "s1", "item_id": "i1", "position": 0, "surface": "home", "query": "blue"}
    store.append([an_event(1, **lie), an_event(2, slate_id="elsewhere", position=7, query="own")])
    log = store.read_events()
    assert log.schema == SERVED
    assert conform(log, "events").num_rows == 4
    first, second, click, other = log.to_pylist()
    assert [first["kind"], second["kind"], click["kind"]] == ["impression", "impression", "click"]
    assert (second["campaign_id"], second["propensity"], second["position"]) == ("c1", 0.9, 1)
    facts = {name: click[name] for name in ("position", "surface", "query", "campaign_id", "propensity")}
    assert facts == {"position": 1, "surface": "search", "query": "red shoes", "campaign_id": "c1", "propensity": 0.9}
    assert (other["position"], other["query"], other["campaign_id"], other["propensity"]) == (7, "own", None, None)


def test_a_span_of_the_log_is_half_open(engine: Engine) -> None:
    store = EventStore(engine)
    store.append([an_event(n) for n in range(5)])
    parts = [store.read_events(until_s=NOON + 2), store.read_events(since_s=NOON + 2)]
    assert [part["event_id"].to_pylist() for part in parts] == [["e0", "e1"], ["e2", "e3", "e4"]]
    assert pa.concat_tables(parts).equals(store.read_events())
    assert EventStore(engine).read_events(since_s=NOON + 99).schema == SERVED


def test_threads_share_a_store(engine: Engine) -> None:
    store = EventStore(engine)
    batches = [[an_event(n) for n in range(start, start + 40)] for start in (0, 20, 40, 60, 0)]
    with ThreadPoolExecutor(5) as pool:
        done = list(pool.map(store.append, batches))
    assert sum(result.accepted for result in done) == 100
    assert store.read_events().num_rows == 100


WRITER = """
import sys
from recsys.stores.database import open_database
from recsys.stores.events import EventStore
from recsys.records import Event
store = EventStore(open_database(sys.argv[1]))
for n in range(100_000):
    event = Event(event_id=f"e{n}", user_id="ann", kind="click", item_id="i", at_s=n)
    store.append([event])
    sys.stdout.write(f"{n}\\n")
    sys.stdout.flush()
"""


def test_what_was_acknowledged_survives_kill_9(url: str) -> None:
    with subprocess.Popen([sys.executable, "-c", WRITER, url], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(25)]
        os.kill(writer.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in writer.stdout.read().splitlines()]
    kept = set(EventStore(open_database(url)).read_events()["event_id"].to_pylist())
    assert {f"e{n}" for n in acknowledged} <= kept


def test_the_log_comes_in_batches(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    store = EventStore(engine)
    store.append([an_event(number) for number in range(25)])
    monkeypatch.setattr("recsys.stores.events.READ_ROWS", 10)
    batches = list(store.scan_events())
    assert [batch.num_rows for batch in batches] == [10, 10, 5]
    assert pa.Table.from_batches(batches).equals(store.read_events())


def test_a_session_tells_whose_the_slates_of_a_visitor_were(engine: Engine) -> None:
    store = EventStore(engine)
    visits = ("logged in", "stayed a visitor", "two people")
    store.append_impressions(
        [an_impression(0, slate_id=session, user_id=session, session_id=session) for session in visits]
    )
    store.append_impressions([an_impression(1, slate_id="ann's", user_id="ann", session_id="always ann")])
    said = [
        ("logged in", "ann"),
        ("logged in", "ann"),
        ("stayed a visitor", "stayed a visitor"),
        ("two people", "ann"),
        ("two people", "bob"),
        ("always ann", "ann"),
    ]
    store.append([an_event(n, session_id=session, user_id=user) for n, (session, user) in enumerate(said)])
    assert store.accounts_of_sessions() == {"logged in": "ann"}


PROOFS = {
    "the shop says it, with no slate": ({}, True),
    "the shop says it of a slate that it does not know": ({"slate_id": "elsewhere"}, True),
    "a shopper, with no slate": ({"said_by": "shopper"}, False),
    "a shopper, of a slate that nobody knows": ({"said_by": "shopper", "slate_id": "elsewhere"}, False),
    "a shopper, of their slate": ({"said_by": "shopper", "slate_id": "s1", "item_id": "i0"}, True),
    "a shopper, of an item that was not in it": ({"said_by": "shopper", "slate_id": "s1", "item_id": "i9"}, False),
    "somebody else, of that slate": (
        {"said_by": "shopper", "slate_id": "s1", "item_id": "i0", "user_id": "eve"},
        False,
    ),
    "who came without an account, and has one now": (
        {"said_by": "shopper", "slate_id": "s1", "item_id": "i0", "user_id": "new", "session_id": "v1"},
        True,
    ),
    "another session, of that slate": (
        {"said_by": "shopper", "slate_id": "s1", "item_id": "i0", "user_id": "eve", "session_id": "v2"},
        False,
    ),
}


@pytest.mark.parametrize("kind", KINDS[1:])
def test_an_event_is_proven_by_the_shop_or_by_its_slate(engine: Engine, kind: str) -> None:
    store = EventStore(engine)
    store.append_impressions([an_impression(0), an_impression(1)])
    store.append([an_event(n, kind=kind, **said) for n, (said, _) in enumerate(PROOFS.values())])
    log = {row["event_id"]: row for row in store.read_events().to_pylist()}
    found = {name: log[f"e{number}"]["proven"] for number, name in enumerate(PROOFS)}
    assert found == {name: proven for name, (_, proven) in PROOFS.items()}
    assert log["s1:i0"]["proven"] is True


def test_an_impression_that_comes_late_proves_what_was_said_before(engine: Engine) -> None:
    store = EventStore(engine)
    store.append([an_event(0, said_by="shopper", slate_id="s1")])
    assert store.read_events()["proven"].to_pylist() == [False]
    store.append_impressions([an_impression(0)])
    assert store.read_events()["proven"].to_pylist() == [True, True]


def test_addresses_are_of_shoppers_alone(engine: Engine) -> None:
    store = EventStore(engine)
    said = [("shop", "a"), ("shop", None), ("shopper", "a"), ("shopper", None)]
    store.append([an_event(n, said_by=by, source=source) for n, (by, source) in enumerate(said)])
    assert store.read_events()["source"].to_pylist() == [None, None, "a", ""]
    with pytest.raises(WrongData, match=r"event\.said_by"):
        store.append([an_event(9, said_by="stranger")])
