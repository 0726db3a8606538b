"""Slates: a request becomes a query, the funnel answers, and what was shown is remembered."""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deployments.entrance.access import Caller
from deployments.entrance.ignored import at_most
from deployments.entrance.shapes import IgnoredOut
from deployments.shopper.answers import Answers
from deployments.shopper.browse import Browsing
from deployments.shopper.good_parts import empty_filters, known_facets, known_items, known_sort, uncompared, unordered
from deployments.shopper.impressions import ImpressionSink
from deployments.shopper.people import Known, People, Who, who_is
from deployments.shopper.shapes import (
    PageIn,
    RecommendIn,
    SearchIn,
    ShopOut,
    SuggestionOut,
    SuggestOut,
)
from deployments.shopper.slate_shapes import SlateOut
from deployments.telemetry import count_slate
from recsys.campaigns import Campaigns
from recsys.cursor import MAX_SHOWN, Cursor, digest
from recsys.edition import Edition
from recsys.errors import Unavailable, VersionsDiffer, WrongData
from recsys.funnel import Funnel
from recsys.opening.stages import shop_words_of, suggestions_of
from recsys.queries.asking import as_understood, reconciled
from recsys.queries.understand import understand
from recsys.queries.understood import Understood
from recsys.records import Impression
from recsys.schema import Surface
from recsys.slate import NO_ITEMS, Asked, Draw, Filters, History, IntArray, Person, Query, Slate, SlateItem

UNASKED = {"cursor", "size", "facets", "user_id", "session_id"}
"""Fields in which two pages of one slate may differ, and who asks, which is not what the body says."""

CAMPAIGNS_NOTE = "The campaigns are simulated: this shop's data has none."


class Wish(NamedTuple):
    """A request, and what its surface makes of it."""

    page: PageIn
    caller: Caller
    person: Who
    surface: Surface
    text: str
    context: IntArray
    without_bought: bool = False
    personal: bool = True
    ignored: tuple[IgnoredOut, ...] = ()
    understood: Understood | None = None
    """Of the text."""


class ShopperDesk:
    """One edition of a release, and a funnel over it. All that outlives an edition is handed in."""

    def __init__(
        self,
        edition: Edition,
        funnel: Funnel,
        hashes: NDArray[np.uint64],
        people: People,
        sink: ImpressionSink,
        campaigns: Callable[[], Campaigns],
        ad_key: bytes,
        cursor_key: bytes,
    ) -> None:
        """
        Args:
            hashes: (I,) `hash_ids` of the catalogue.
            campaigns: as they are now.
            ad_key: signs what is sold.
            cursor_key: signs where a slate goes on.
        """
        self.edition, self.release, self.catalogue, self.sink = edition, edition.release, edition.catalogue, sink
        self.answers = Answers(edition, ad_key)
        self.browsing = Browsing(edition.catalogue, self.answers)
        self._funnel, self._hashes, self._people, self._cursor_key = funnel, hashes, people, cursor_key
        self._campaigns = campaigns
        self._suggestions, self._words = suggestions_of(edition), shop_words_of(edition)

    async def search(self, request: SearchIn, caller: Caller, request_id: str) -> SlateOut:
        """A page of results."""
        understood = understand(request.query, self._words, request.as_written, request.currency)
        understood = reconciled(understood, _filters(request), self._words)
        person = _person(request, caller)
        wish = Wish(request, caller, person, "search", request.query, NO_ITEMS, understood=understood)
        return await self._page(wish, request_id)

    async def recommend(self, request: RecommendIn, caller: Caller, request_id: str) -> SlateOut:
        """A page of recommendations."""
        if request.surface == "item" and request.item_id is None:
            raise WrongData("item_id", "the item of the page, for surface item")
        named = {"item_id": request.item_id} if request.surface == "item" and request.item_id else {}
        if request.surface == "cart":
            named = {f"cart_item_ids.{number}": item_id for number, item_id in enumerate(request.cart_item_ids)}
        context, gone = known_items(self.catalogue, named)
        surface: Surface = "home" if gone and not len(context) else request.surface  # nothing of what was named is left
        person, bought = _person(request, caller), request.exclude_bought
        wish = Wish(request, caller, person, surface, "", context, bought, request.personal, tuple(gone))
        return await self._page(wish, request_id)

    def suggest(self, text: str, size: int) -> SuggestOut:
        """What the shopper may be about to write."""
        found = self._suggestions.complete(text, size)
        return SuggestOut(
            suggestions=[SuggestionOut(text=one.text, kind=one.kind, item_id=one.item_id) for one in found]
        )

    def shop(self) -> ShopOut:
        """What a storefront needs to know of the shop."""
        about = self.release.about
        made_up = self._campaigns().simulated and not about["simulated"]  # there everything is
        notes = dict.fromkeys([*about["notes"], *([CAMPAIGNS_NOTE] if made_up else [])])  # releases of before have it
        facets, sorts = list(self.catalogue.facet_names), list(self.catalogue.sorts)
        currencies = list(self.catalogue.prices.currencies)
        return ShopOut(shop=about["shop"], notes=list(notes), facets=facets, sorts=sorts, currencies=currencies)

    async def slate(self, query: Query) -> Slate:
        """The slate of a query, past requests and responses."""
        return await self._funnel.answer(query)

    async def require_ready(self) -> None:
        """Every stage answers. Raises Unavailable."""
        slate = await self._funnel.answer(
            Query(Asked("home", 1, at_s=time.time()), draw=Draw(slate_id="ready", explore=False))
        )
        if slate.degraded:
            raise Unavailable("stages", "all of them", list(slate.degraded))

    async def _page(self, wish: Wish, request_id: str) -> SlateOut:
        page, person = wish.page, wish.person
        request = digest(f"{person.owner}\0" + page.model_dump_json(exclude=UNASKED))
        cursor = Cursor.decode(page.cursor, request, self._cursor_key) if page.cursor else _first(request)
        facets, uncounted = known_facets(self.catalogue, page.facets)
        sort, unsorted = known_sort(self.catalogue, page.sort)
        ignored = [*person.ignored, *wish.ignored, *uncounted, *unsorted, *empty_filters(self.catalogue, page)]
        known = await self._people.known(person, cursor.at_s, self.edition)
        query = self._query(wish._replace(page=page.model_copy(update={"facets": facets, "sort": sort})), cursor, known)
        ignored += uncompared(self.catalogue, query.asked)
        slate = await self._answer(query)
        count_slate(slate, query.asked.surface, known.troubles)
        self.sink.put([_impression(item, slate, query, wish) for item in slate.items])
        after = self._next(cursor, slate)
        left_out = at_most([*ignored, *unordered(query.asked.sort, slate.sort)], "body")
        return self.answers.slate(slate, request_id, after, known.troubles, left_out, wish.understood)

    def _query(self, wish: Wish, cursor: Cursor, known: Known) -> Query:
        page, bought = wish.page, known.bought
        shown = np.flatnonzero(np.isin(self._hashes, cursor.shown)).astype(np.int32)
        left_out = [shown, wish.context, bought if wish.without_bought else bought[:0]]
        asked = Asked(
            wish.surface,
            page.size,
            text=wish.text,
            context=wish.context,
            filters=_filters(page),
            facets=tuple(page.facets),
            sort=page.sort,
            at_s=cursor.at_s,
            ads=page.ads,
        )
        if wish.understood is not None:
            asked = as_understood(asked, wish.understood)
        exclude = np.concatenate(left_out).astype(np.int32)
        return Query(
            asked,
            Person(user_id=wish.person.user_id, history=known.history if wish.personal else History()),
            Draw(exclude=exclude, offset=cursor.offset, seed=cursor.seed, slate_id=cursor.slate_id),
        )

    async def _answer(self, query: Query) -> Slate:
        try:
            return await self._funnel.answer(query)
        except VersionsDiffer:  # a release is being taken over: once more, with the new one
            return await self._funnel.answer(query)

    def _next(self, cursor: Cursor, slate: Slate) -> str | None:
        """Where the next page begins; None at the end of the slate."""
        shown = np.union1d(cursor.shown, self._hashes[[item.index for item in slate.items]])
        if not slate.has_more or not slate.items or len(shown) + 50 > MAX_SHOWN:
            return None
        offset = cursor.offset + len(slate.items)
        after = Cursor(slate.slate_id, cursor.seed, cursor.at_s, cursor.request, offset, shown)
        return after.encode(self._cursor_key)


def _person(page: PageIn, caller: Caller) -> Who:
    return who_is(caller, page.user_id, page.session_id)


def _first(request: bytes) -> Cursor:
    shown: NDArray[np.uint64] = np.zeros(0, np.uint64)
    return Cursor(uuid.uuid4().hex, secrets.randbits(63), time.time(), request, 0, shown)


def _filters(page: PageIn) -> Filters:
    given = page.filters
    return Filters(
        tuple(tuple(path) for path in given.categories),
        tuple(given.brands),
        given.price_min_micros,
        given.price_max_micros,
        given.rating_min,
        tuple((name, tuple(values)) for name, values in sorted(given.attributes.items())),
        currency=page.currency,
    )


def _impression(item: SlateItem, slate: Slate, query: Query, wish: Wish) -> Impression:
    return Impression(
        slate_id=slate.slate_id,
        item_id=item.item_id,
        at_s=time.time(),
        surface=query.asked.surface,
        user_id=wish.person.user_id or wish.person.session_id or slate.slate_id,
        session_id=wish.person.session_id,
        source=wish.caller.source,
        position=item.position,
        propensity=item.propensity,
        policy=slate.policy,
        release=slate.release,
        query=wish.text or None,
        p_ctr=item.p_ctr,
        campaign_id=item.campaign_id,
        price_cpc_micros=item.price_cpc_micros,
    )
