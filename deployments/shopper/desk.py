"""Requests in, responses out: what a gateway does between HTTP and the funnel."""

from __future__ import annotations

import asyncio
import math
import secrets
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from deployments.api import (
    EventIn,
    EventsIn,
    EventsOut,
    FiltersIn,
    ItemOut,
    PageIn,
    RecommendIn,
    SearchIn,
    SlateOut,
    SuggestionOut,
    SuggestOut,
)
from deployments.config import AppConfig
from deployments.shopper.impressions import ImpressionSink
from deployments.telemetry import USER_STATE_READS, count_events, count_slate
from recsys.ads.tokens import Claim, sign, verify
from recsys.cursor import MAX_SHOWN, Cursor, digest, hash_ids
from recsys.edition import Edition
from recsys.errors import NotFound, Unavailable, VersionsDiffer, WrongData
from recsys.feedback.reason import require_reason
from recsys.funnel import Funnel
from recsys.opening.stages import suggestions_of
from recsys.records import Event, Impression
from recsys.slate import Asked, Draw, Filters, History, IntArray, Person, Query, Slate, SlateItem, Sort
from recsys.stores.database import Engine
from recsys.stores.events import Appended, EventStore
from recsys.stores.keys import signing_key
from recsys.stores.ledger import Charge, Ledger
from recsys.stores.user_states import Owner, UserState, UserStates, owners_of

NOBODY = UserState((), ())


class Shop:
    """One release, a funnel over it, and the stores."""

    def __init__(
        self,
        config: AppConfig,
        edition: Edition,
        funnel: Funnel,
        engine: Engine,
        sink: ImpressionSink,
        writers: ThreadPoolExecutor,
        states: UserStates,
    ) -> None:
        self.config, self.release, self.catalogue = config, edition.release, edition.catalogue
        self.store = EventStore(engine)
        self.sink = sink
        self._funnel, self._ledger = funnel, Ledger(engine)
        self._ad_key, self._cursor_key = signing_key(engine, "ads"), signing_key(engine, "cursors")
        self._writers, self._states = writers, states
        self._learned_until_s = self.release.learned_until_s
        self._hashes = hash_ids(self.catalogue.item_ids)
        self._suggestions = suggestions_of(edition)

    async def search(self, request: SearchIn, request_id: str) -> SlateOut:
        """A page of results."""
        return await self._page(request, request_id, "search", request.query, self._rows([]))

    async def recommend(self, request: RecommendIn, request_id: str) -> SlateOut:
        """A page of recommendations."""
        if request.surface == "item" and request.item_id is None:
            raise WrongData("item_id", "the item of the page, for surface item")
        context = self._rows([request.item_id] if request.surface == "item" and request.item_id else [])
        if request.surface == "cart":
            context = self._rows(request.cart_item_ids)
        return await self._page(
            request, request_id, request.surface, "", context, bought=request.exclude_bought, personal=request.personal
        )

    def suggest(self, text: str, size: int) -> SuggestOut:
        """What the shopper may be about to write."""
        found = self._suggestions.complete(text, size)
        return SuggestOut(
            suggestions=[SuggestionOut(text=one.text, kind=one.kind, item_id=one.item_id) for one in found]
        )

    async def take(self, batch: EventsIn) -> EventsOut:
        """Keep a batch of events durably, with the charges of the sponsored clicks in it. All of it, or none."""
        now = time.time()
        claims = [self._claim(event, number) for number, event in enumerate(batch.events)]
        for number, event in enumerate(batch.events):
            self._row(event.item_id, f"events.{number}.item_id")
        rows = [_event(event, now) for event in batch.events]
        for number, row in enumerate(rows):
            price = self.catalogue.price_micros[self.catalogue.row[row.item_id]]
            require_reason(row, price, self.config.events, f"events.{number}")
        appended = await self._kept(rows, [claim for claim in claims if claim is not None], now)
        return EventsOut(accepted=appended.accepted, duplicates=appended.duplicates)

    def item(self, item_id: str) -> ItemOut:
        """One item. Raises NotFound, also where it is blocked."""
        row = self._row(item_id, "item_id")
        if self.catalogue.blocked[row]:
            raise NotFound("item_id", "an item that is shown", item_id)
        return ItemOut.model_validate(self._described(row))

    def picture(self, item_id: str) -> bytes:
        """The picture of an item, as a PNG. Raises NotFound, also for one that lies elsewhere."""
        row = self._row(item_id, "item_id")
        name = self.catalogue.describe(row)["image"]
        png = None if name is None or self.catalogue.blocked[row] else self.release.pictures.png(name)
        if png is None:
            raise NotFound("item_id", "an item with a picture in this shop", item_id)
        return png

    async def slate(self, query: Query) -> Slate:
        """The slate of a query, past requests and responses."""
        return await self._funnel.answer(query)

    async def require_ready(self) -> None:
        """The store and every stage answer. Raises Unavailable."""
        await asyncio.to_thread(self.store.require_ready)
        slate = await self._funnel.answer(
            Query(Asked("home", 1, at_s=time.time()), draw=Draw(slate_id="ready", explore=False))
        )
        if slate.degraded:
            raise Unavailable("stages", "all of them", list(slate.degraded))

    async def _kept(self, rows: Sequence[Event], claims: Sequence[Claim], now: float) -> Appended:
        """Threads of their own, so that writers who wait for a locked store keep no slate waiting."""
        charges: list[tuple[Charge, int]] = []

        def charge(connection: Any) -> None:
            for claim in sorted(claims, key=lambda claim: claim.campaign_id):  # one order: nobody waits in a ring
                sold = claim.slate_id, claim.item_id, claim.campaign_id, claim.price_cpc_micros
                charges.append((self._ledger.charge_within(connection, *sold, now), claim.price_cpc_micros))

        def keep() -> Appended:
            appended = self.store.append(rows, charge)
            self._states.forget(owner for row in rows for owner in owners_of(row.user_id, row.session_id))
            count_events(rows, appended, charges)  # here, so that what is committed after the deadline counts too
            return appended

        write = asyncio.get_running_loop().run_in_executor(self._writers, keep)
        try:
            return await asyncio.wait_for(write, self.config.store_deadline_s)
        except TimeoutError:
            raise Unavailable("store", "an answer in time", remedy="Send it again: it counts once.") from None

    async def _page(
        self,
        request: PageIn,
        request_id: str,
        surface: Any,
        text: str,
        context: IntArray,
        *,
        bought: bool = False,
        personal: bool = True,
    ) -> SlateOut:
        asked = digest(request.model_dump_json(exclude={"cursor", "size", "facets", "session_id"}))
        cursor = Cursor.decode(request.cursor, asked, self._cursor_key) if request.cursor else _first(asked)
        self._require_facets(request.facets)
        self._require_sort(request.sort)
        history, owned, troubles = await self._known_of(request, cursor.at_s)
        history = history if personal else History()
        shown = np.flatnonzero(np.isin(self._hashes, cursor.shown)).astype(np.int32)
        exclude = np.concatenate([shown, context, owned if bought else owned[:0]]).astype(np.int32)
        query = Query(
            Asked(
                surface,
                request.size,
                text=text,
                context=context,
                filters=_filters(request.filters),
                facets=tuple(request.facets),
                sort=request.sort,
                at_s=cursor.at_s,
            ),
            Person(user_id=request.user_id, history=history),
            Draw(exclude=exclude, offset=cursor.offset, seed=cursor.seed, slate_id=cursor.slate_id),
        )
        slate = await self._answer(query)
        count_slate(slate, query.asked.surface, troubles)
        self.sink.put([_impression(item, slate, query, request) for item in slate.items])
        return self._response(slate, cursor, request_id, troubles)

    async def _answer(self, query: Query) -> Slate:
        try:
            return await self._funnel.answer(query)
        except VersionsDiffer:  # a release is being taken over: once more, with the new one
            return await self._funnel.answer(query)

    async def _known_of(self, request: PageIn, before_s: float) -> tuple[History, IntArray, list[str]]:
        """History, items bought, and what could not be read."""
        old = self.release.histories.history(request.user_id) if request.user_id else History()
        state, troubles = await self._state_of(_owner(request), before_s)
        known = self.catalogue.row
        learned_s = self._learned_until_s if request.user_id else -math.inf  # the release knows what was before
        new = [step for step in state.recent if step.at_s >= learned_s and step.item_id in known]
        rows = np.array([known[step.item_id] for step in new], np.int32)
        bought = np.array([known[item_id] for item_id in state.bought if item_id in known], np.int32)
        steps = History(rows, np.array([step.at_s for step in new]), np.array([step.bought for step in new], np.bool_))
        history = old.then(steps)
        return history, np.concatenate([old.index[old.bought], bought]).astype(np.int32), troubles

    async def _state_of(self, owner: Owner | None, before_s: float) -> tuple[UserState, list[str]]:
        """What the store knows of somebody, and what could not be read: then the last that is remembered."""
        if owner is None:
            return NOBODY, []
        remembered = self._states.remembered(owner, before_s)
        if remembered is not None:
            USER_STATE_READS.add(1, "memory")
            return remembered, []
        try:
            async with asyncio.timeout(self.config.user_state_deadline_ms / 1000.0):
                state = await asyncio.to_thread(self._states.read, owner, before_s)
        except (Unavailable, TimeoutError):
            kept = self._states.remembered(owner, before_s, trusted=False)
            USER_STATE_READS.add(1, "nothing" if kept is None else "stale")
            return kept or NOBODY, ["user_state"]
        USER_STATE_READS.add(1, "store")
        return state, []

    def _response(self, slate: Slate, cursor: Cursor, request_id: str, troubles: Sequence[str]) -> SlateOut:
        shown = np.union1d(cursor.shown, hash_ids(item.item_id for item in slate.items))
        after = Cursor(
            slate.slate_id, cursor.seed, cursor.at_s, cursor.request, cursor.offset + len(slate.items), shown
        )
        more = slate.has_more and len(slate.items) > 0 and len(shown) + 50 <= MAX_SHOWN
        return SlateOut.model_validate(
            {
                "slate_id": slate.slate_id,
                "request_id": request_id,
                "release": slate.release,
                "artifacts": dict(self.release.artifact.manifest.parents),
                "policy": slate.policy,
                "items": [self._item_out(item, slate) for item in slate.items],
                "facets": [
                    {"name": facet.name, "counts": [{"value": value, "count": count} for value, count in facet.counts]}
                    for facet in slate.facets
                ],
                "num_matches": slate.num_matches,
                "matches_exact": slate.matches_exact,
                "cursor": after.encode(self._cursor_key) if more else None,
                "stage_ms": {stage: round(ms, 3) for stage, ms in slate.stage_ms.items()},
                "degraded": [*slate.degraded, *troubles],
            }
        )

    def _item_out(self, item: SlateItem, slate: Slate) -> dict[str, Any]:
        token = None
        if item.campaign_id is not None and item.price_cpc_micros is not None:
            token = sign(Claim(slate.slate_id, item.item_id, item.campaign_id, item.price_cpc_micros), self._ad_key)
        return {
            **self._described(item.index),
            "position": item.position,
            "sponsored": item.sponsored,
            "sources": list(item.sources),
            "score": item.score,
            "reason": {"code": item.reason.code, "text": item.reason.text, "item_id": item.reason.item_id},
            "p_ctr": item.p_ctr,
            "p_cvr": item.p_cvr,
            "propensity": item.propensity,
            "ad_token": token,
        }

    def _described(self, row: int) -> dict[str, Any]:
        """The item; a picture that the shop has is named by the door that hands it out."""
        item = self.catalogue.describe(row)
        if item["image"] in self.release.pictures:
            item["image"] = f"/v1/items/{quote(item['item_id'], safe='')}/image"
        return item

    def _claim(self, event: EventIn, number: int) -> Claim | None:
        if event.ad_token is None or event.kind != "click":
            return None
        claim = verify(event.ad_token, self._ad_key)
        if (claim.slate_id, claim.item_id) != (event.slate_id, event.item_id):
            raise WrongData(f"events.{number}.ad_token", "the token of this slate and item", event.item_id)
        return claim

    def _require_facets(self, names: Sequence[str]) -> None:
        for name in names:
            if name not in self.catalogue.facet_names:
                raise WrongData("facets", f"some of {', '.join(self.catalogue.facet_names)}", name)

    def _require_sort(self, sort: Sort) -> None:
        if sort not in self.catalogue.sorts:
            raise WrongData("sort", f"one of {', '.join(self.catalogue.sorts)}", sort, "No item has this fact.")

    def _rows(self, item_ids: Sequence[str]) -> IntArray:
        return np.array([self._row(item_id, "item_id") for item_id in item_ids], np.int32)

    def _row(self, item_id: str, field: str) -> int:
        row = self.catalogue.row.get(item_id)
        if row is None:
            raise NotFound(field, "an item of the catalogue", item_id)
        return row


def _owner(request: PageIn) -> Owner | None:
    if request.user_id is not None:
        return "user", request.user_id
    return None if request.session_id is None else ("session", request.session_id)


def _first(asked: bytes) -> Cursor:
    shown: NDArray[np.uint64] = np.zeros(0, np.uint64)
    return Cursor(uuid.uuid4().hex, secrets.randbits(63), time.time(), asked, 0, shown)


def _filters(given: FiltersIn) -> Filters:
    return Filters(
        tuple(tuple(path) for path in given.categories),
        tuple(given.brands),
        given.price_min_micros,
        given.price_max_micros,
        given.rating_min,
        tuple((name, tuple(values)) for name, values in sorted(given.attributes.items())),
    )


def _event(event: EventIn, now: float) -> Event:
    fields = event.model_dump(exclude={"ad_token", "at"})
    return Event(at_s=now if event.at is None else event.at, **fields)


def _impression(item: SlateItem, slate: Slate, query: Query, request: PageIn) -> Impression:
    return Impression(
        slate_id=slate.slate_id,
        item_id=item.item_id,
        at_s=time.time(),
        surface=query.asked.surface,
        user_id=request.user_id or request.session_id or slate.slate_id,
        session_id=request.session_id,
        position=item.position,
        propensity=item.propensity,
        policy=slate.policy,
        release=slate.release,
        query=query.asked.text or None,
        p_ctr=item.p_ctr,
        campaign_id=item.campaign_id,
        price_cpc_micros=item.price_cpc_micros,
    )
