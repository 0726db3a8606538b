"""The shoppers' doors: slates, suggestions, items, and what people did."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from deployments.entrance.access import Access, Caller, requires
from deployments.entrance.asked import in_time, request_id
from deployments.entrance.beacons import BeaconRoute
from deployments.entrance.refusals import refusals
from deployments.entrance.shapes import ItemId, Text
from deployments.shopper.browse_shapes import BrowseOut
from deployments.shopper.desk import ShopperDesk
from deployments.shopper.event_shapes import EventsIn, EventsOut
from deployments.shopper.events import EventDesk
from deployments.shopper.pictures import picture_response
from deployments.shopper.sessions import SessionDesk, told
from deployments.shopper.shapes import DemoOut, RecommendIn, SearchIn, ShopOut, SuggestOut
from deployments.shopper.slate_shapes import ItemOut, SlateOut
from recsys.slate import Sort

Tag = Annotated[str | None, Header(description="The `etag` of an earlier answer: 304 where it still holds.")]
PNG = {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}}
SAME = {"description": "The picture is the one of this tag."}

Shopper = Annotated[Caller, requires("shopper", "shop")]


def shopper_doors(
    desk: Callable[[], ShopperDesk], event_desk: Callable[[], EventDesk], sessions: Callable[[], SessionDesk]
) -> APIRouter:
    """Doors over the newest desk, which is asked for at each request, and over those of events and of sessions."""
    doors = APIRouter(prefix="/v1")
    _add_slates(doors, desk, sessions)
    _add_facts(doors, desk, sessions)
    _add_items(doors, desk)

    reported = APIRouter(route_class=BeaconRoute)

    @reported.post("/events", responses=refusals(401, 403, 404, 422))
    async def events(body: EventsIn, request: Request, response: Response, caller: Shopper) -> EventsOut:
        """Report what users did. Idempotent by event_id; durable when it answers, but for what `ignored` names."""
        access: Access = request.app.state.access()
        caller = access.with_token(caller, body.person_token, "person_token")
        access.limits.admit_events(caller, len(body.events) + len(body.wrong))
        caller, made = sessions().visit(caller)
        kept = await in_time(request, event_desk().take(body, caller, desk().catalogue))
        return told(kept, made, request, response)

    doors.include_router(reported)
    return doors


def _add_slates(doors: APIRouter, desk: Callable[[], ShopperDesk], sessions: Callable[[], SessionDesk]) -> None:
    @doors.post("/search", responses=refusals(401, 403, 422))
    async def search(body: SearchIn, request: Request, response: Response, caller: Shopper) -> SlateOut:
        """Search the catalogue: words, typos and meaning; filters, facets, pages."""
        caller, made = sessions().visit(caller)
        slate = await in_time(request, desk().search(body, caller, request_id(request)))
        return told(slate, made, request, response)

    @doors.post("/recommend", responses=refusals(401, 403, 422))
    async def recommend(body: RecommendIn, request: Request, response: Response, caller: Shopper) -> SlateOut:
        """Recommend for a user or session, on the home page, an item page or the cart."""
        caller, made = sessions().visit(caller)
        slate = await in_time(request, desk().recommend(body, caller, request_id(request)))
        return told(slate, made, request, response)

    @doors.get("/suggest", responses=refusals(401, 403, 422))
    async def suggest(
        _: Shopper,
        q: Annotated[Text, Query(max_length=400, examples=["bamboo cu"], description="What has been written so far.")],
        size: Annotated[int, Query(ge=1, le=8)] = 8,
    ) -> SuggestOut:
        """Complete a search while it is being written: words of others, categories, brands, items; forgives typos."""
        return desk().suggest(q, size)


def _add_facts(doors: APIRouter, desk: Callable[[], ShopperDesk], sessions: Callable[[], SessionDesk]) -> None:
    @doors.get("/shop", responses=refusals(401, 403))
    async def shop(_: Shopper) -> ShopOut:
        """What a storefront shows of the shop, and which facets and orders it has."""
        return desk().shop()

    @doors.get("/browse", responses=refusals(401, 403, 422))
    async def browse(
        _: Shopper,
        path: Annotated[list[Text], Query(max_length=20, description="Names from the root, one each.")] = [],  # noqa: B006
        sort: Annotated[Sort | None, Query(description="The best rated first where absent.")] = None,
        depth: Annotated[int, Query(ge=1, le=5, description="Levels of the tree below the category.")] = 1,
        size: Annotated[int, Query(ge=1, le=50)] = 24,
        offset: Annotated[int, Query(ge=0, le=10**9)] = 0,
    ) -> BrowseOut:
        """A category as a page: the way to it, what lies below with counts, and its items in order."""
        return desk().browsing.page(path, sort, depth, size, offset)

    @doors.get("/demo", responses=refusals(401, 403))
    async def demo(_: Shopper) -> DemoOut:
        """Users to look at a simulated shop as; of another one nobody."""
        return DemoOut(users=list(sessions().demo_users()))


def _add_items(doors: APIRouter, desk: Callable[[], ShopperDesk]) -> None:
    """The picture's door comes first: an item may be called `x/image`, which `x%2Fimage` then says."""

    @doors.get(
        "/items/{item_id:path}/image",
        response_class=Response,
        responses={200: PNG, 304: SAME, **refusals(404, 422)},
    )
    async def image(item_id: ItemId, request: Request, if_none_match: Tag = None) -> Response:
        """The picture of an item, where the shop has one. No key: browsers ask for pictures without one."""
        png = await in_time(request, asyncio.to_thread(desk().answers.picture, item_id))
        return picture_response(png, if_none_match)

    @doors.get("/items/{item_id:path}", responses=refusals(401, 403, 404, 422))
    async def item(item_id: ItemId, _: Shopper) -> ItemOut:
        """One item of the catalogue."""
        return desk().answers.item(item_id)
