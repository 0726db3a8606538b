"""Counts every answer by door and status, and times it. Outermost, so that a refusal counts like an answer."""

from __future__ import annotations

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.telemetry import REQUEST_MS, REQUESTS

DOORS = frozenset({"search", "recommend", "suggest", "browse", "events", "items", "shop", "sessions", "demo"})
PROBES = {"/healthz": "healthz", "/readyz": "readyz"}
CLIENT_LEFT = 499
"""As web servers log it: no answer was sent, for nobody waited."""


class Watch:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), CLIENT_LEFT

        async def heard(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, heard)
        except Exception:
            status = 500  # said further out
            raise
        finally:
            door = door_of(scope["path"].removeprefix(scope.get("root_path", "")))
            REQUESTS.add(1, door, str(status))
            REQUEST_MS.observe(1000.0 * (time.perf_counter() - started), door)


def door_of(path: str) -> str:
    """The door's name; `page` for whatever is not of the API, so that strangers cannot invent tags.

    >>> door_of("/v1/items/i00001"), door_of("/readyz"), door_of("/wp-login.php")
    ('items', 'readyz', 'page')
    """
    if path.startswith("/v1/"):
        name = path[4:].partition("/")[0]
        return name if name in DOORS else "page"
    return PROBES.get(path, "page")
