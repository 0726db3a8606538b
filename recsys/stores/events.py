"""The log of what was shown and what people did, and the fresh part of a user's history."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from recsys.records import US, Event, Impression, event_row, impression_row
from recsys.schema import LAST_S, SERVED
from recsys.stores.database import insert_once, now_us, reading, require_writable, writing
from recsys.stores.tables import events, impressions

READ_ROWS = 20_000

Columns = dict[str, sa.ColumnElement[Any]]


class Appended(NamedTuple):
    """What became of a batch: new rows, and rows that the store already had."""

    accepted: int
    duplicates: int


class Recent(NamedTuple):
    """An item that a user said yes to."""

    item_id: str
    at_s: float
    bought: bool
    liked: bool = False


class Arrival(NamedTuple):
    """An event that came, and whose it is."""

    event_id: str
    user_id: str
    session_id: str | None
    received_us: int


class EventStore:
    """Durable when a call returns; safe to call again; shared by threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(self, batch: Sequence[Event]) -> Appended:
        """Keep events, each `event_id` once, all or none. Raises WrongData and Unavailable."""
        rows = [event_row(event) for event in batch]
        with writing(self._engine) as connection:
            return append_within(connection, rows)

    def append_impressions(self, batch: Sequence[Impression]) -> Appended:
        """Keep impressions, each (slate_id, item_id) once, all or none. Raises WrongData and Unavailable."""
        rows = [impression_row(impression) for impression in batch]
        with writing(self._engine) as connection:
            return _inserted(connection, impressions, rows)

    def recent(self, user_id: str, *, limit: int = 50, before_s: float = math.inf) -> tuple[Recent, ...]:
        """The last items that a user said yes to, oldest first."""
        return self._recent(RECENT_OF_USER, user_id, limit, before_s)

    def recent_in_session(self, session_id: str, *, limit: int = 50, before_s: float = math.inf) -> tuple[Recent, ...]:
        """The last items said yes to in one session, oldest first."""
        return self._recent(RECENT_IN_SESSION, session_id, limit, before_s)

    def bought(self, user_id: str) -> tuple[str, ...]:
        """Items that a user has bought, in no order."""
        with reading(self._engine) as connection:
            return tuple(connection.execute(BOUGHT, {"owner": user_id}).scalars())

    def arrivals(self, since_us: int) -> tuple[Arrival, ...]:
        """Whose events came from a moment on, in the order in which they came; of one that just committed, too.

        Args:
            since_us: on the store's clock, as `Arrival.received_us`.
        """
        with reading(self._engine) as connection:
            return tuple(Arrival(*row) for row in connection.execute(ARRIVALS, {"since": since_us}))

    def newest_arrival_us(self) -> int:
        """When the last event came; 0 in an empty store."""
        with reading(self._engine) as connection:
            return connection.execute(sa.select(sa.func.max(events.c.received_us))).scalar() or 0

    def read_events(self, since_s: float = -math.inf, until_s: float = math.inf) -> pa.Table:
        """Impressions and events from `since_s` up to, not including, `until_s` as the canonical SERVED, in time order.

        Where an event names a slate, what the server knows of that impression (position, propensity, campaign, query,
        surface) stands in place of what the client said. An event is proven when the shop said it, or when it names a
        slate in which its item was shown to the same user or session. `source` is of shoppers' own events: "" where it
        is not known.
        """
        return pa.Table.from_batches(self.scan_events(since_s, until_s), schema=SERVED)

    def scan_events(self, since_s: float = -math.inf, until_s: float = math.inf) -> Iterator[pa.RecordBatch]:
        """The same, `READ_ROWS` at a time, of one moment of the store: for logs larger than memory."""
        span = {"since": _clip(since_s), "until": _clip(until_s)}
        with reading(self._engine, long=True) as connection:
            yield from _batches(connection.execution_options(yield_per=READ_ROWS).execute(LOG, span))

    def accounts_of_sessions(self) -> dict[str, str]:
        """session_id -> the one user who said who they are, in sessions that were first shown slates as a visitor's.

        Sessions in which several users acted are left out: nobody can say whose the visitor's slates were.
        """
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(ACCOUNTS)}

    def require_ready(self) -> None:
        """Raises Unavailable when the store does not answer, or takes nothing more."""
        require_writable(self._engine)

    def _recent(self, statement: sa.Select[Any], owner: str, limit: int, before_s: float) -> tuple[Recent, ...]:
        values = {"owner": owner, "before": _clip(before_s), "limit": limit}
        with reading(self._engine) as connection:
            found = connection.execute(statement, values).all()
        return tuple(
            Recent(item_id, us / US, kind == "purchase", kind == "favourite") for item_id, us, kind in reversed(found)
        )


def append_within(connection: Connection, rows: Sequence[dict[str, Any]]) -> Appended:
    """Keep rows of events as a part of a transaction that is under way."""
    return _inserted(connection, events, rows, received_us=now_us(connection))


def _inserted(
    connection: Connection, table: sa.Table, rows: Sequence[dict[str, Any]], **computed: sa.ColumnElement[Any]
) -> Appended:
    accepted = insert_once(connection, table, rows, **computed)
    return Appended(accepted, len(rows) - accepted)


def _recent_of(owner: sa.Column[Any]) -> sa.Select[Any]:
    return (
        sa.select(events.c.item_id, events.c.happened_us, events.c.kind)
        .where(
            owner == sa.bindparam("owner"), events.c.feedback.is_(True), events.c.happened_us < sa.bindparam("before")
        )
        .order_by(events.c.happened_us.desc(), events.c.event_id.desc())
        .limit(sa.bindparam("limit", type_=sa.Integer))
    )


def _log() -> sa.CompoundSelect[Any]:
    """Both tables in the columns of SERVED, `at` still in microseconds: of an event when it can have happened."""
    seen = impressions.alias("seen")
    same = sa.and_(seen.c.slate_id == events.c.slate_id, seen.c.item_id == events.c.item_id)
    theirs = sa.or_(seen.c.user_id == events.c.user_id, seen.c.session_id == events.c.session_id)
    proven = sa.case((events.c.said_by == "shop", sa.true()), (theirs, sa.true()), else_=sa.false())
    source = sa.case((events.c.said_by == "shop", sa.null()), else_=sa.func.coalesce(events.c.source, ""))
    known: Columns = {"propensity": seen.c.propensity, "campaign_id": seen.c.campaign_id}
    known |= {"proven": proven, "source": source}
    known |= {name: sa.func.coalesce(seen.c[name], events.c[name]) for name in ("query", "surface", "position")}
    absent = ("platform", "price_micros", "quantity", "rating")
    shown: Columns = {
        "event_id": impressions.c.slate_id + ":" + impressions.c.item_id,
        "kind": sa.literal("impression"),
        "proven": sa.true(),
        **{name: sa.cast(sa.null(), _plain(events.c[name].type)) for name in absent},
    }
    did = sa.select(*(_column(name, known, events) for name in SERVED.names)).select_from(events.outerjoin(seen, same))
    served = sa.select(*(_column(name, shown, impressions) for name in SERVED.names))
    return sa.union_all(served.where(_within(impressions)), did.where(_within(events))).order_by("at", "event_id")


def _column(name: str, given: Columns, table: sa.Table) -> sa.Label[Any]:
    return (given[name] if name in given else _moment(table) if name == "at" else table.c[name]).label(name)


def _moment(table: sa.Table) -> sa.Column[Any]:
    """What orders: the clients' clocks are bounded, the server's need not be."""
    return table.c.happened_us if table is events else table.c.at_us


def _plain(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """A type that CAST understands: it names no collation."""
    return sa.String() if isinstance(kind, sa.String) else kind


def _within(table: sa.Table) -> sa.ColumnElement[bool]:
    moment, kind = _moment(table), sa.BigInteger()
    return sa.and_(moment >= sa.bindparam("since", type_=kind), moment < sa.bindparam("until", type_=kind))


RECENT_OF_USER = _recent_of(events.c.user_id)
RECENT_IN_SESSION = _recent_of(events.c.session_id)
BOUGHT = (
    sa.select(events.c.item_id)
    .distinct()
    .where(events.c.user_id == sa.bindparam("owner"), events.c.feedback.is_(True), events.c.kind == "purchase")
)
ARRIVALS = (
    sa.select(events.c.event_id, events.c.user_id, events.c.session_id, events.c.received_us)
    .where(events.c.received_us >= sa.bindparam("since", type_=sa.BigInteger))
    .order_by(events.c.received_us)
)
ACCOUNTS = (
    sa.select(events.c.session_id, sa.func.min(events.c.user_id))
    .where(
        events.c.user_id != events.c.session_id,
        sa.exists().where(
            impressions.c.session_id == events.c.session_id, impressions.c.user_id == impressions.c.session_id
        ),
    )
    .group_by(events.c.session_id)
    .having(sa.func.count(events.c.user_id.distinct()) == 1)
)
LOG = _log()


def _clip(at_s: float) -> int:
    return round(min(max(at_s, 0.0), LAST_S + 1.0) * US)


def _batches(rows: sa.CursorResult[Any]) -> Iterator[pa.RecordBatch]:
    for part in rows.partitions(READ_ROWS):
        columns = zip(*part, strict=True)
        yield pa.record_batch([pa.array(list(c), field.type) for c, field in zip(columns, SERVED, strict=True)], SERVED)
