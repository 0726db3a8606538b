"""The page and the document of the API, for browsers. Without a key: the page brings the one that it sends."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from html import escape

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from deployments.first_answers import FirstAnswers
from deployments.page_files import STATE, WEB
from deployments.shopper.sessions import keep
from recsys.config import MachineSettings

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
ASKED_FOR = "no-cache"
"""The document without anybody's data: kept, and asked for each time."""
ONES_OWN = "private, no-store"


def page_doors(
    is_known: Callable[[str], bool], first: Callable[[Request], Awaitable[FirstAnswers | None]]
) -> APIRouter:
    """Addresses of the page.

    Args:
        is_known: whether there is an item of this id.
        first: what the page would ask first, answered.
    """
    doors = APIRouter(include_in_schema=False)

    @doors.get("/")
    async def page(request: Request) -> HTMLResponse:
        return _shop(await first(request), request)

    @doors.get("/item/{item_id:path}")
    async def item_page(item_id: str, request: Request) -> HTMLResponse:
        return _shop(await first(request), request, 200 if is_known(item_id) else 404)

    @doors.get("/browse")
    @doors.get("/browse/{path:path}")
    async def category_page(request: Request, path: str = "") -> HTMLResponse:
        return _shop(await first(request), request)

    @doors.get("/docs")
    async def docs() -> HTMLResponse:
        return _page("docs.html")

    return doors


def _shop(first: FirstAnswers | None, request: Request, status: int = 200) -> HTMLResponse:
    """The page, with its first answers where there are some."""
    if first is None:
        return _page("index.html", status)
    answer = _page("index.html", status, _data(first))
    answer.headers["cache-control"] = ONES_OWN
    if first.visitor is not None:
        keep(first.visitor, request, answer)
    return answer


def _page(name: str, status: int = 200, more: str = "") -> HTMLResponse:
    text = (WEB / name).read_text("utf-8").replace('"/web/', f'"/web/{STATE}/')
    text = text.replace("</head>", f"{_key()}{more}</head>")
    return HTMLResponse(text, status, headers={"content-security-policy": POLICY, "cache-control": ASKED_FOR})


def _key() -> str:
    """What tells the page its key, where it was given one."""
    key = MachineSettings().page_key
    return "" if key is None else f'<meta name="vitrine-key" content="{escape(key.get_secret_value())}">'


def _data(first: FirstAnswers) -> str:
    """A block of data, which no policy of scripts forbids; without `<` nothing in it ends the block."""
    text = json.dumps(first.as_json(), ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="first">{text}</script>'
