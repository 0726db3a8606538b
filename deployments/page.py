"""The page and the document of the API, for browsers. Without a key: the page brings the one that it sends."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from deployments.page_files import STATE, WEB
from recsys.config import MachineSettings

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)


def page_doors(is_known: Callable[[str], bool]) -> APIRouter:
    """Addresses of the page.

    Args:
        is_known: whether there is an item of this id.
    """
    doors = APIRouter(include_in_schema=False)

    @doors.get("/")
    async def page() -> HTMLResponse:
        return _page("index.html")

    @doors.get("/item/{item_id:path}")
    async def item_page(item_id: str) -> HTMLResponse:
        return _page("index.html", 200 if is_known(item_id) else 404)

    @doors.get("/browse")
    @doors.get("/browse/{path:path}")
    async def category_page(path: str = "") -> HTMLResponse:
        return _page("index.html")

    @doors.get("/docs")
    async def docs() -> HTMLResponse:
        return _page("docs.html")

    return doors


def _page(name: str, status: int = 200) -> HTMLResponse:
    text = (WEB / name).read_text("utf-8").replace("</head>", f"{_key()}</head>").replace('"/web/', f'"/web/{STATE}/')
    return HTMLResponse(text, status, headers={"content-security-policy": POLICY, "cache-control": "no-cache"})


def _key() -> str:
    """What tells the page its key, where it was given one."""
    key = MachineSettings().page_key
    return "" if key is None else f'<meta name="vitrine-key" content="{escape(key.get_secret_value())}">'
