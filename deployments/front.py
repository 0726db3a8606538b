"""The front door: HTTP in and out."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import FastAPI, Header, Query, Request
from fastapi import Path as PathField
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles
from ray import serve

from deployments.api import (
    EventsIn,
    EventsOut,
    FactsIn,
    HealthOut,
    Id,
    ItemIn,
    ItemOut,
    ItemWrittenOut,
    ReadyOut,
    RecommendIn,
    SearchIn,
    SlateOut,
    SuggestOut,
    Text,
)
from deployments.entrance.admission import Admission
from deployments.entrance.refusals import add_refusals, refusals
from deployments.entrance.watch import Watch
from deployments.gateway import Gateway
from deployments.shopper.pictures import picture_response

WEB = Path(str(files("deployments") / "web"))
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
T = TypeVar("T")
ItemId = Annotated[Id, PathField(examples=["i00001"])]
Tag = Annotated[str | None, Header(description="The `etag` of an earlier answer: 304 where it still holds.")]
Token = Annotated[str | None, Header(description="`Bearer` and the token, where the shop was started with one.")]


def serve_api() -> FastAPI:
    """The API of the replica it runs in; Serve calls this there."""
    context = serve.get_replica_context
    return http_api(lambda: context().servable_object, replica=lambda: context().replica_id.unique_id)


def http_api(gateway: Callable[[], Gateway], *, replica: Callable[[], str] | None = None) -> FastAPI:
    """The doors over a gateway.

    Args:
        replica: name of this replica among those that Serve has, whose proxy adds the request id to answers; None
            without Serve.
    """
    api = FastAPI(
        title="vitrine",
        version="1",
        description="Search, recommendations and sponsored placements, decided together.",
        responses=refusals(408, 413, 500, 503),
        docs_url=None,
        redoc_url=None,
    )
    api.add_middleware(Admission, config=lambda: gateway().config, says_id=replica is None, replica=replica or str)
    api.add_middleware(Watch)
    add_refusals(api)
    api.mount("/web", StaticFiles(directory=WEB), name="web")
    _add_doors(api, gateway)
    return api


def _add_doors(api: FastAPI, gateway: Callable[[], Gateway]) -> None:
    @api.post("/v1/search", responses=refusals(422))
    async def search(body: SearchIn, request: Request) -> SlateOut:
        """Search the catalogue: words, typos and meaning; filters, facets, pages."""
        return await _in_time(request, gateway().shop.search(body, _request_id(request)))

    @api.post("/v1/recommend", responses=refusals(404, 422))
    async def recommend(body: RecommendIn, request: Request) -> SlateOut:
        """Recommend for a user or session, on the home page, an item page or the cart."""
        return await _in_time(request, gateway().shop.recommend(body, _request_id(request)))

    @api.get("/v1/suggest", responses=refusals(422))
    async def suggest(
        q: Annotated[Text, Query(max_length=400, examples=["bamboo cu"], description="What has been written so far.")],
        size: Annotated[int, Query(ge=1, le=8)] = 8,
    ) -> SuggestOut:
        """Complete a search while it is being written: words of others, categories, brands, items; forgives typos."""
        return gateway().shop.suggest(q, size)

    @api.post("/v1/events", responses=refusals(403, 404, 422))
    async def events(body: EventsIn, request: Request) -> EventsOut:
        """Report what users did. Idempotent by event_id; durable when it answers."""
        return await _in_time(request, gateway().shop.take(body))

    @api.get("/v1/items/{item_id}", responses=refusals(404, 422))
    async def item(item_id: ItemId) -> ItemOut:
        """One item of the catalogue."""
        return gateway().shop.item(item_id)

    @api.get(
        "/v1/items/{item_id}/image",
        response_class=Response,
        responses={
            200: {"content": {"image/png": {"schema": {"type": "string", "format": "binary"}}}},
            304: {"description": "The picture is the one of this tag."},
            **refusals(404, 422),
        },
    )
    async def image(item_id: ItemId, request: Request, if_none_match: Tag = None) -> Response:
        """The picture of an item, where the shop has one."""
        png = await _in_time(request, asyncio.to_thread(gateway().shop.picture, item_id))
        return picture_response(png, if_none_match)

    @api.put("/v1/items/{item_id}", responses=refusals(403, 422))
    async def put_item(item_id: ItemId, body: ItemIn, request: Request, authorization: Token = None) -> ItemWrittenOut:
        """Put an item into the catalogue, or another one in its place. Found by everybody within seconds."""
        gateway().desk.require_allowed(authorization)
        return await _in_time(request, gateway().desk.put(item_id, body))

    @api.patch("/v1/items/{item_id}", responses=refusals(403, 404, 422))
    async def patch_item(
        item_id: ItemId, body: FactsIn, request: Request, authorization: Token = None
    ) -> ItemWrittenOut:
        """Correct the price or the stock of an item."""
        gateway().desk.require_allowed(authorization)
        return await _in_time(request, gateway().desk.patch(item_id, body))

    @api.delete("/v1/items/{item_id}", responses=refusals(403, 404, 422))
    async def delete_item(item_id: ItemId, request: Request, authorization: Token = None) -> ItemWrittenOut:
        """Take an item out of the catalogue. Events may go on to name it."""
        gateway().desk.require_allowed(authorization)
        return await _in_time(request, gateway().desk.delete(item_id))

    @api.get("/v1/demo")
    async def demo() -> dict[str, Any]:
        """What the page says of the shop, and users to look at it with."""
        about = gateway().shop.release.about
        return {
            "shop": about["shop"],
            "notes": about["notes"],
            "users": about["demo_users"],
            "facets": list(gateway().shop.catalogue.facet_names),
            "sorts": list(gateway().shop.catalogue.sorts),
        }

    @api.get("/healthz")
    async def healthz() -> HealthOut:
        """The process lives."""
        return HealthOut()

    @api.get("/readyz")
    async def readyz(request: Request) -> ReadyOut:
        """The store and every stage answer."""
        shop = gateway().shop  # of one release from here on
        await _in_time(request, shop.require_ready())
        revision = shop.catalogue.revision
        return ReadyOut(release=shop.release.key, catalogue_revision=revision, refused=gateway().refused)

    @api.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(WEB / "index.html", headers={"content-security-policy": POLICY})

    @api.get("/item/{item_id:path}", include_in_schema=False)
    async def item_page(item_id: str) -> FileResponse:
        known = item_id in gateway().shop.catalogue.row
        return FileResponse(WEB / "index.html", 200 if known else 404, headers={"content-security-policy": POLICY})

    @api.get("/docs", include_in_schema=False)
    async def docs() -> FileResponse:
        return FileResponse(WEB / "docs.html", headers={"content-security-policy": POLICY})


async def _in_time(request: Request, work: Awaitable[T]) -> T:
    """The deadline runs from the first byte. Raises TimeoutError."""
    async with asyncio.timeout_at(request.state.until):
        return await work


def _request_id(request: Request) -> str:
    return str(request.state.request_id)
