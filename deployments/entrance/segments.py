"""Slashes inside the parts of a path: `%2F` belongs to an id, `/` parts the path.

Servers hand on a path with both decoded, where they cannot be told apart. So the encoded ones of the doors of items are
kept apart by a sign that no decoded path holds.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

ITEMS = "/v1/items/"
SIGN = "\udc2f"
"""Half of a surrogate pair: UTF-8 cannot say it."""


class Segments:
    """ASGI middleware: doors of items see `a%2Fimage` and `a/image` as different paths."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw = scope.get("raw_path") if scope["type"] == "http" else None
        if raw and b"%2" in raw:  # a rare path pays for the rest
            before = scope.get("root_path", "") + ITEMS
            _, _, written = raw.partition(ITEMS.encode())
            if scope["path"].startswith(before) and written:
                scope = {**scope, "path": before + _decoded(written)}
        await self._app(scope, receive, send)


def with_slashes(value: Any) -> Any:
    """An id as it was meant.

    >>> with_slashes(_decoded(b"set%2Fsmall")), with_slashes(_decoded(b"caf%C3%A9"))
    ('set/small', 'café')
    """
    return value.replace(SIGN, "/") if isinstance(value, str) else value


def _decoded(raw: bytes) -> str:
    parts = raw.decode("ascii", "replace").replace("%2f", "%2F").split("%2F")
    return SIGN.join(unquote(part) for part in parts)
