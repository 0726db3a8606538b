"""The front door: HTTP in and out. The only place that knows status codes."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi import Path as PathField
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from ray import serve
from ray.serve.handle import DeploymentHandle
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.api import ErrorOut, EventsIn, EventsOut, HealthOut, ItemOut, ReadyOut, RecommendIn, SearchIn, SlateOut
from deployments.config import AppConfig
from deployments.shop import Shop
from deployments.stages import open_ads, open_release, open_store
from recsys.errors import NotAllowed, NotFound, Unavailable, VitrineError, WrongData
from recsys.funnel import Funnel, Stages, VersionsDiffer
from recsys.slate import Query, Slate
from recsys.stores.ledger import Ledger

WEB = Path(str(files("deployments") / "web"))
STATUS: dict[type[VitrineError], int] = {
    WrongData: 422, NotFound: 404, NotAllowed: 403, Unavailable: 503, VersionsDiffer: 503,
}  # fmt: skip
REFUSALS = {
    403: "An ad token that this shop did not give out.",
    404: "An item, or a campaign, that does not exist.",
    408: "Not sent or not answered within the deadline.",
    413: "A body above the stated size.",
    422: "A body or field of another shape; the error names it.",
    500: "A mistake of the server.",
    503: "Full, or the store or a stage does not answer: ask again after Retry-After seconds.",
}
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"
REQUEST_ID = re.compile(r"[!-~]{1,128}")
MOST_ECHOED = 200
"""Characters of what came that an error repeats."""
T = TypeVar("T")


class Gateway:
    """One replica: the shop behind the HTTP doors, with its stages here (fused) or behind handles (split)."""

    def __init__(
        self, config: AppConfig, recall: DeploymentHandle | None = None, ranking: DeploymentHandle | None = None,
        ads: DeploymentHandle | None = None,
    ) -> None:  # fmt: skip
        self.config = config
        self._stages = None
        if recall is not None and ranking is not None and ads is not None:
            self._stages = Stages(_call(recall.candidates), _call(ads.offers), _call(ranking.rank), _call(ads.auction))
        self.shop, self.funnel = open_shop(config, self._stages)

    async def slate(self, query: Query) -> Slate:
        """The slate of a query, past HTTP: what must equal the funnel's."""
        return await self.funnel.answer(query)

    def check_health(self) -> None:
        """A store that is away does not make a replica sick: slates go on without it."""
        assert len(self.shop.catalogue) > 0


def open_shop(config: AppConfig, stages: Stages | None = None) -> tuple[Shop, Funnel]:
    """The shop over a release and a store; stages in this process where none are given."""
    release, engine = open_release(config), open_store(config)
    if stages is None:
        recall, ranking = release.recall(config=config.recall_stage), release.ranking()
        ads = open_ads(config, release, Ledger(engine))
        stages = Stages(recall.candidates, ads.offers, ranking.rank, ads.auction)
    funnel = Funnel(stages, release.catalogue, release.fallback(), release.key, config.funnel)
    return Shop(config, release, funnel, engine), funnel


def serve_api() -> FastAPI:
    """The API of the replica it runs in; Serve calls this there."""
    return http_api(lambda: serve.get_replica_context().servable_object, behind_serve=True)


def http_api(gateway: Callable[[], Gateway], *, behind_serve: bool = False) -> FastAPI:
    """The doors over a gateway. Tests call this without Serve, whose proxy would add the request id to answers."""
    api = FastAPI(
        title="vitrine", version="1", description="Search, recommendations and sponsored placements, decided together.",
        responses=_refusals(408, 413, 500, 503), docs_url=None, redoc_url=None,
    )  # fmt: skip
    api.add_middleware(Admission, gateway=gateway, says_id=not behind_serve)
    api.add_exception_handler(VitrineError, _refused)
    api.add_exception_handler(RequestValidationError, _invalid)
    api.add_exception_handler(HTTPException, _http_error)
    api.add_exception_handler(TimeoutError, _timed_out)
    api.add_exception_handler(Exception, _broken)
    api.mount("/web", StaticFiles(directory=WEB), name="web")
    _add_doors(api, gateway)
    return api


def _refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"model": ErrorOut, "description": REFUSALS[code]} for code in codes}


def _add_doors(api: FastAPI, gateway: Callable[[], Gateway]) -> None:
    @api.post("/v1/search", responses=_refusals(422))
    async def search(body: SearchIn, request: Request) -> SlateOut:
        """Search the catalogue: words, typos and meaning; filters, facets, pages."""
        return await _in_time(request, gateway().shop.search(body, _request_id(request)))

    @api.post("/v1/recommend", responses=_refusals(404, 422))
    async def recommend(body: RecommendIn, request: Request) -> SlateOut:
        """Recommend for a user or session, on the home page, an item page or the cart."""
        return await _in_time(request, gateway().shop.recommend(body, _request_id(request)))

    @api.post("/v1/events", responses=_refusals(403, 404, 422))
    async def events(body: EventsIn, request: Request) -> EventsOut:
        """Report what users did. Idempotent by event_id; durable when it answers."""
        return await _in_time(request, gateway().shop.take(body))

    @api.get("/v1/items/{item_id}", responses=_refusals(404, 422))
    async def item(item_id: Annotated[str, PathField(examples=["i00001"])]) -> ItemOut:
        """One item of the catalogue."""
        return gateway().shop.item(item_id)

    @api.get("/v1/demo")
    async def demo() -> dict[str, Any]:
        """What the page says of the shop, and users to look at it with."""
        about = gateway().shop.release.about
        return {
            "shop": about["shop"],
            "notes": about["notes"],
            "users": about["demo_users"],
            "facets": list(gateway().shop.catalogue.facet_names),
        }

    @api.get("/healthz")
    async def healthz() -> HealthOut:
        """The process lives."""
        return HealthOut()

    @api.get("/readyz")
    async def readyz(request: Request) -> ReadyOut:
        """The store and every stage answer."""
        await _in_time(request, gateway().shop.require_ready())
        return ReadyOut(release=gateway().shop.release.key)

    @api.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(WEB / "index.html", headers={"content-security-policy": POLICY})

    @api.get("/docs", include_in_schema=False)
    async def docs() -> FileResponse:
        return FileResponse(WEB / "docs.html", headers={"content-security-policy": POLICY})


class Admission:
    """ASGI middleware: request ids, a bound on the body (413) and on requests in progress (503)."""

    def __init__(self, app: ASGIApp, gateway: Callable[[], Gateway], *, says_id: bool) -> None:
        self._app, self._gateway, self._says_id, self._in_flight = app, gateway, says_id, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, config = _id_of(scope), self._gateway().config
        until = asyncio.get_running_loop().time() + config.request_deadline_s
        scope.setdefault("state", {}).update(request_id=request_id, until=until)
        send = _with_id(send, request_id) if self._says_id else send
        if self._in_flight >= config.max_in_flight and not _asks_for_life(scope):
            refusal = _error(503, "gateway", f"at most {config.max_in_flight} requests at a time", "more", "Ask again.")
            await refusal(scope, receive, send)
            return
        self._in_flight += 1
        try:
            body = await _body(receive, until, config)
            if isinstance(body, bytes):
                await self._app(scope, _replay(body, receive), send)
            else:
                await body(scope, receive, send)
        except ClientDisconnect:
            return  # nobody waits for an answer, and half a request is none
        finally:
            self._in_flight -= 1


async def _body(receive: Receive, until: float, config: AppConfig) -> bytes | Response:
    """The body, or the refusal of one that is too large or too slow."""
    try:
        async with asyncio.timeout_at(until):
            body = await _read(receive, config.max_body_bytes)
    except TimeoutError:
        return _late()
    if body is None:
        return _error(413, "body", f"at most {config.max_body_bytes} bytes", "more", "Send smaller batches.")
    return body


async def _read(receive: Receive, most: int) -> bytes | None:
    """The whole body, or None where it is larger than allowed. Raises ClientDisconnect."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _id_of(scope: Scope) -> str:
    """The caller's request id where it is one word of printable ASCII, so that it may stand in a header and a log."""
    given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
    return given if REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


def _asks_for_life(scope: Scope) -> bool:
    """A full replica is alive: it must not be killed for being busy."""
    return bool(scope["path"].removeprefix(scope.get("root_path", "")) == "/healthz")


def _replay(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _with_id(send: Send, request_id: str) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode("latin-1"))]
        await send(message)

    return wrapped


async def _in_time(request: Request, work: Awaitable[T]) -> T:
    """The deadline runs from the first byte. Raises TimeoutError."""
    async with asyncio.timeout_at(request.state.until):
        return await work


def _call(method: Any) -> Callable[..., Awaitable[Any]]:
    """A deployment's method as an awaitable call that is cancelled there when it is given up here."""

    async def call(*args: Any) -> Any:
        response = method.remote(*args)
        try:
            return await response
        except asyncio.CancelledError:
            response.cancel()
            raise

    return call


def _request_id(request: Request) -> str:
    return str(request.state.request_id)


def _error(
    status: int, field: str, wanted: str, got: object, remedy: str = "", message: str = "",
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:  # fmt: skip
    said = message or f"{field[:MOST_ECHOED]}: wanted {wanted}, got {got}. {remedy}".strip()
    body = {"field": field[:MOST_ECHOED], "wanted": wanted, "got": got, "remedy": remedy, "message": said}
    return JSONResponse({"error": body}, status, {**(headers or {}), **({"retry-after": "1"} if status == 503 else {})})


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, VitrineError)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 503)
    got = error.got if isinstance(error.got, int | None) else str(error.got)[:MOST_ECHOED]
    return _error(status, error.field, error.wanted, got, error.remedy, str(error))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return _error(422, "body", "JSON", f"{first['ctx']['error']} at character {first['loc'][-1]}")
    if isinstance(first.get("input"), bytes):  # left unread, because it does not say that it is JSON
        given = request.headers.get("content-type", "none")
        return _error(422, "content-type", "application/json", given[:MOST_ECHOED])
    field = ".".join(str(part) for part in first["loc"][1:]) or "body"
    return _error(422, field, first["msg"].removeprefix("Value error, "), repr(first.get("input"))[:MOST_ECHOED])


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if error.status_code == 400:  # the framework could not read the body: no UTF-8, too deep, a number too long
        return _error(422, "body", "JSON in UTF-8 of reasonable depth and numbers", "something else")
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "another method")
        return _error(405, "method", allowed, request.method, headers=error.headers)
    return _error(error.status_code, "path", "a door of this API (see /docs)", request.url.path[:MOST_ECHOED])


async def _timed_out(_: Request, __: Exception) -> Response:
    return _late()


async def _broken(_: Request, __: Exception) -> Response:
    """A mistake of ours; the log has its trace, the answer only its shape."""
    return _error(500, "gateway", "an answer", "a mistake of the server", "Report the request id.")


def _late() -> JSONResponse:
    return _error(408, "deadline", "a whole request and its answer in time", "neither in time", "Ask again.")
