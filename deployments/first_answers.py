"""What a page asks first, answered with its document: over a slow line it then waits once, and nothing moves later.

Only for browsers that show the document to somebody now, which they say (`Sec-Fetch-Dest`, over https or on this
machine). Who fetches ahead, looks for life or collects pages is shown nothing, so nothing counts as shown. What holds
for one person must lie in no cache, so such a document is never stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, get_args
from urllib.parse import quote, unquote

from fastapi import Request
from pydantic import ValidationError
from starlette.datastructures import Headers, QueryParams

from deployments.entrance.access import COOKIE, Access, Caller
from deployments.entrance.asked import in_time, request_id
from deployments.entrance.identity import Identity
from deployments.entrance.shapes import Shape
from deployments.shopper.desk import ShopperDesk
from deployments.shopper.person_shapes import PersonOut, SessionIn
from deployments.shopper.sessions import SessionDesk
from deployments.shopper.shapes import DemoOut, FiltersIn, RecommendIn, SearchIn
from recsys.config import MachineSettings
from recsys.errors import VitrineError
from recsys.slate import Sort

RESULTS = 24
FOR_YOU = 12
"""How many the page asks for (`web/app.js`)."""
AS_WRITTEN = "!'()*"
"""Signs that `encodeURIComponent` leaves as they are, beside those that `quote` leaves."""


class FirstAnswers(NamedTuple):
    """Answers by the door that the page would knock at, and for whom they hold."""

    user_id: str | None
    answers: dict[str, Shape]
    visitor: PersonOut | None
    """Whom the server made or renewed: for a cookie."""

    def as_json(self) -> dict[str, Any]:
        """As `web/first.js` reads it."""
        return {"user_id": self.user_id, "answers": {door: one.model_dump() for door, one in self.answers.items()}}


class FirstDesk:
    """Asks the shoppers' desks in the page's name."""

    def __init__(
        self, access: Callable[[], Access], shop: Callable[[], ShopperDesk], sessions: Callable[[], SessionDesk]
    ) -> None:
        self._access, self._shop, self._sessions = access, shop, sessions

    async def answers(self, request: Request) -> FirstAnswers | None:
        """None where nobody looks, or the shop refuses: then the page asks for itself, and says what is wrong."""
        if not _is_looked_at(request.headers):
            return None
        try:
            return await in_time(request, self._answers(request))
        except (VitrineError, ValidationError, TimeoutError):
            return None

    async def _answers(self, request: Request) -> FirstAnswers | None:
        access, shop, sessions = self._access(), self._shop(), self._sessions()
        caller = _page_caller(access, request)
        if caller is None:
            return None
        access.limits.admit(caller)
        answers: dict[str, Shape] = {"/v1/shop": shop.shop(), "/v1/demo": DemoOut(users=list(sessions.demo_users()))}
        visitor: PersonOut | None = None
        user_id = caller.identity.user_id if caller.identity else None
        if user_id is None:
            visitor = answers["/v1/sessions"] = sessions.open(caller, SessionIn())
            caller = replace(caller, identity=Identity(None, visitor.session_id))
        return FirstAnswers(user_id, answers | await _of_place(request, shop, caller), visitor)


def _is_looked_at(headers: Headers) -> bool:
    """Who follows another site's link brings no cookie: they would be greeted as somebody new, and what a link asks for
    would be written down as theirs. Their page asks for itself, with the cookie."""
    is_elsewhere = headers.get("sec-fetch-site") == "cross-site"
    return headers.get("sec-fetch-dest") == "document" and "sec-purpose" not in headers and not is_elsewhere


def _page_caller(access: Access, request: Request) -> Caller | None:
    """Who asks, with the key that the page will have."""
    key = MachineSettings().page_key
    bearer = None if key is None else f"Bearer {key.get_secret_value()}"
    return access.caller(bearer, None, request.state.address, request.cookies.get(COOKIE))


async def _of_place(request: Request, shop: ShopperDesk, caller: Caller) -> dict[str, Shape]:
    """What the page of this address shows first, as `web/address.js` reads it. Raises ValidationError."""
    words, place = request.query_params, request.url.path
    if place.startswith("/item/"):
        item_id = request.path_params["item_id"]
        return {f"/v1/items/{quote(item_id, safe=AS_WRITTEN)}": shop.answers.item(item_id)}
    if place == "/browse" or place.startswith("/browse/"):
        return {"/v1/browse": shop.browsing.page(_path(request), _sort(words), 1, RESULTS, 0)}
    query = _said(words, "q", "").strip()
    if not query:
        home = RecommendIn(surface="home", size=FOR_YOU)
        return {"/v1/recommend": await shop.recommend(home, caller, request_id(request))}
    sort = _sort(words)
    search = SearchIn(
        query=query,
        as_written=words.getlist("written"),
        sort=sort if sort in shop.catalogue.sorts else "relevance",
        filters=FiltersIn.model_validate_json(_said(words, "filters", "{}")),
        facets=list(shop.catalogue.facet_names),
        currency=_said(words, "currency", "") or None,
        size=RESULTS,
    )
    return {"/v1/search": await shop.search(search, caller, request_id(request))}


def _said(words: QueryParams, name: str, otherwise: str) -> str:
    """Of one name that is there twice, the first, as browsers read it."""
    return next(iter(words.getlist(name)), otherwise)


def _sort(words: QueryParams) -> Sort | None:
    sorts: tuple[Sort, ...] = get_args(Sort)
    return next((sort for sort in sorts if sort == _said(words, "sort", "")), None)


def _path(request: Request) -> list[str]:
    """Names of categories, in which a slash is encoded."""
    raw: bytes = request.scope.get("raw_path") or quote(request.url.path).encode()
    return [unquote(name) for name in raw.decode("ascii", "replace").split("/")[2:] if name]
