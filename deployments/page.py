"""The page and the document of the API, for browsers: files, and no key."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse

WEB = Path(str(files("deployments") / "web"))
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
    async def page() -> FileResponse:
        return _page("index.html")

    @doors.get("/item/{item_id:path}")
    async def item_page(item_id: str) -> FileResponse:
        return _page("index.html", 200 if is_known(item_id) else 404)

    @doors.get("/docs")
    async def docs() -> FileResponse:
        return _page("docs.html")

    return doors


def _page(name: str, status: int = 200) -> FileResponse:
    return FileResponse(WEB / name, status, headers={"content-security-policy": POLICY})
