"""What people did, taken in: events kept durably, with the charges of the sponsored clicks among them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from deployments.entrance.access import Caller
from deployments.entrance.ignored import at_most, set_aside
from deployments.entrance.shapes import IgnoredOut
from deployments.shopper.event_shapes import EventIn, EventsIn, EventsOut
from deployments.shopper.people import Who, who_is
from deployments.telemetry import count_events
from recsys.ads.tokens import verify
from recsys.errors import Unavailable, VitrineError, WrongData
from recsys.features.catalogue import Catalogue
from recsys.feedback.reason import ReasonConfig, require_reason
from recsys.records import Event
from recsys.stores.ledger import SoldClick
from recsys.stores.outcomes import Kept, Outcomes
from recsys.stores.user_states import UserStates, owners_of


class _Good(NamedTuple):
    """An event that is kept, what it sold, and what of it was left out."""

    event: Event
    sold: SoldClick | None
    ignored: tuple[IgnoredOut, ...]


class EventDesk:
    """Lives as long as the replica."""

    def __init__(
        self,
        outcomes: Outcomes,
        states: UserStates,
        writers: ThreadPoolExecutor,
        ad_key: bytes,
        deadline_s: float,
        reason: ReasonConfig,
    ) -> None:
        """
        Args:
            states: told whose state is another now.
            writers: threads of their own, so that writers who wait for a locked store keep no slate waiting.
            ad_key: signs what was sold.
            deadline_s: how long the store may take.
            reason: prices and quantities that are refused.
        """
        self._outcomes, self._states, self._writers = outcomes, states, writers
        self._ad_key, self._deadline_s, self._reason = ad_key, deadline_s, reason

    async def take(self, batch: EventsIn, caller: Caller, catalogue: Catalogue) -> EventsOut:
        """Keep the good events of a batch durably, all of them or none. Raises what is wrong where none is good."""
        now, good, bad = time.time(), list[_Good](), list[VitrineError]()
        for number, event in zip(batch.numbers, batch.events, strict=True):
            try:
                good.append(self._checked(event, f"events.{number}", caller, catalogue, now))
            except VitrineError as error:
                bad.append(error)
        if not good:
            raise bad[0]
        kept = await self._keep([one.event for one in good], [one.sold for one in good if one.sold is not None], now)
        others = {(one.field, one.value): one for each in good for one in each.ignored}
        ignored = [*(others[key] for key in sorted(others)), *batch.wrong, *map(set_aside, bad)]
        return EventsOut(accepted=kept.accepted, duplicates=kept.duplicates, ignored=at_most(ignored, "events"))

    def _checked(self, given: EventIn, field: str, caller: Caller, catalogue: Catalogue, now: float) -> _Good:
        """Raises what is wrong with it."""
        who, sold = _whose(given, field, caller), self._sold(given, field)
        event = _event(given, who, caller, now)
        row = catalogue.require_row(event.item_id, f"{field}.item_id")
        require_reason(event, int(catalogue.prices.micros[row]), self._reason, field)
        return _Good(event, sold, who.ignored)

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

    def _sold(self, event: EventIn, field: str) -> SoldClick | None:
        """What a click's token says was sold. Raises NotAllowed, WrongData where it is another slate's or item's."""
        if event.ad_token is None or event.kind != "click":
            return None
        claim = verify(event.ad_token, self._ad_key)
        if (claim.slate_id, claim.item_id) != (event.slate_id, event.item_id):
            raise WrongData(f"{field}.ad_token", "the token of this slate and item", event.item_id)
        return SoldClick(claim.slate_id, claim.item_id, claim.campaign_id, claim.price_cpc_micros)


def _whose(event: EventIn, field: str, caller: Caller) -> Who:
    """Raises WrongData where a shop's server does not say it."""
    who = who_is(caller, event.user_id, event.session_id)
    if caller.scope == "shop" and who.owner is None:
        raise WrongData(f"{field}.user_id", "whose event it is", None, "Send user_id, or the person's token.")
    return who


def _event(event: EventIn, who: Who, caller: Caller, now: float) -> Event:
    fields = event.model_dump(exclude={"ad_token", "at", "user_id", "session_id"})
    user_id = who.user_id or who.session_id
    assert user_id is not None, "a visitor has a session by now"
    return Event(
        at_s=now if event.at is None else event.at,
        user_id=user_id,
        session_id=who.session_id,
        said_by="shop" if caller.scope == "shop" else "shopper",
        source=caller.source,
        **fields,
    )
