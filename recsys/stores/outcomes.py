"""What people did with slates, and what their clicks cost: kept together or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy.engine import Engine

from recsys.records import Event, event_row
from recsys.stores.database import writing
from recsys.stores.events import append_within
from recsys.stores.ledger import Charge, SoldClick, charge_within


class Kept(NamedTuple):
    """What became of a batch: new events, events that the store already had, and each click's charge with its price."""

    accepted: int
    duplicates: int
    charges: tuple[tuple[Charge, int], ...]


class Outcomes:
    """Durable when a call returns; safe to call again; shared by threads and processes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, events: Sequence[Event], clicks: Sequence[SoldClick], at_s: float) -> Kept:
        """Keep events, each `event_id` once, and charge clicks, each (slate, item, campaign) once; all or none.

        Args:
            at_s: when the clicks are charged, seconds since the epoch.

        Raises WrongData, NotFound for a campaign that the store does not know, Unavailable.
        """
        rows = [event_row(event) for event in events]
        with writing(self._engine) as connection:
            appended = append_within(connection, rows)
            charges = charge_within(connection, clicks, at_s)
        prices = (click.price_cpc_micros for click in clicks)
        return Kept(*appended, tuple(zip(charges, prices, strict=True)))
