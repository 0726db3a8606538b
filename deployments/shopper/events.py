"""What people did, taken in: events kept durably, with the charges of the sponsored clicks among them."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from deployments.entrance.access import Caller
from deployments.shopper.people import Person, person_of
from deployments.shopper.shapes import EventIn, EventsIn, EventsOut
from deployments.telemetry import count_events
from recsys.ads.tokens import verify
from recsys.errors import Unavailable, WrongData
from recsys.features.catalogue import Catalogue
from recsys.records import Event
from recsys.stores.outcomes import Kept, Outcomes, SoldClick
from recsys.stores.user_states import UserStates, owners_of


class EventDesk:
    """Lives as long as the replica."""

    def __init__(
        self, outcomes: Outcomes, states: UserStates, writers: ThreadPoolExecutor, ad_key: bytes, deadline_s: float
    ) -> None:
        """
        Args:
            states: told whose state is another now.
            writers: threads of their own, so that writers who wait for a locked store keep no slate waiting.
            ad_key: signs what was sold.
            deadline_s: how long the store may take.
        """
        self._outcomes, self._states, self._writers = outcomes, states, writers
        self._ad_key, self._deadline_s = ad_key, deadline_s

    async def take(self, batch: EventsIn, caller: Caller, catalogue: Catalogue) -> EventsOut:
        """Keep a batch of events durably. All of it, or none."""
        now = time.time()
        sold = [self._sold(event, number) for number, event in enumerate(batch.events)]
        for number, event in enumerate(batch.events):
            catalogue.require_row(event.item_id, f"events.{number}.item_id")
        persons = [_person(event, number, caller) for number, event in enumerate(batch.events)]
        stranger = f"anonymous-{uuid.uuid4().hex}"  # of one batch: nobody can ask for more in this name
        events = [_event(event, person, stranger, now) for event, person in zip(batch.events, persons, strict=True)]
        kept = await self._keep(events, [click for click in sold if click is not None], now)
        return EventsOut(
            accepted=kept.accepted,
            duplicates=kept.duplicates,
            ignored=sorted({name for person in persons for name in person.ignored}),
        )

    async def _keep(self, events: Sequence[Event], clicks: Sequence[SoldClick], now: float) -> Kept:
        def keep() -> Kept:
            kept = self._outcomes.keep(events, clicks, now)
            self._states.forget(owner for event in events for owner in owners_of(event.user_id, event.session_id))
            count_events(events, kept)  # here, so that what is committed after the deadline counts too
            return kept

        write = asyncio.get_running_loop().run_in_executor(self._writers, keep)
        try:
            return await asyncio.wait_for(write, self._deadline_s)
        except TimeoutError:
            raise Unavailable("store", "an answer in time", remedy="Send it again: it counts once.") from None

    def _sold(self, event: EventIn, number: int) -> SoldClick | None:
        """What a click's token says was sold. Raises NotAllowed, WrongData where it is another slate's or item's."""
        if event.ad_token is None or event.kind != "click":
            return None
        claim = verify(event.ad_token, self._ad_key)
        if (claim.slate_id, claim.item_id) != (event.slate_id, event.item_id):
            raise WrongData(f"events.{number}.ad_token", "the token of this slate and item", event.item_id)
        return SoldClick(claim.slate_id, claim.item_id, claim.campaign_id, claim.price_cpc_micros)


def _person(event: EventIn, number: int, caller: Caller) -> Person:
    """Raises WrongData where a shop's server does not say whose event it is."""
    person = person_of(caller, event.user_id, event.session_id)
    if caller.scope == "shop" and person.user_id is None and person.session_id is None:
        raise WrongData(f"events.{number}.user_id", "whose event it is", None, "Send user_id, or the person's token.")
    return person


def _event(event: EventIn, person: Person, stranger: str, now: float) -> Event:
    fields = event.model_dump(exclude={"ad_token", "at", "user_id", "session_id"})
    user_id = person.user_id or person.session_id or stranger
    return Event(at_s=now if event.at is None else event.at, user_id=user_id, session_id=person.session_id, **fields)
