"""What `navigator.sendBeacon` sends: JSON that calls itself plain text, which a browser sends without asking first.

A page elsewhere gains nothing by it: a browser still says from where it comes, and `Origins` looks at that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message, Receive

PLAIN, JSON = b"text/plain", b"application/json"
TYPE = b"content-type"


class BeaconRoute(APIRoute):
    """A door that reads plain text as JSON, and a key from it, for a beacon has no headers."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def read(request: Request) -> Response:
            headers = request.scope["headers"]
            if not any(_is_plain(name, value) for name, value in headers):
                return await handle(request)
            body = await request.body()
            named = [(name, JSON if _is_plain(name, value) else value) for name, value in headers]
            key = None if "authorization" in request.headers else _key_in(body)
            named += [] if key is None else [(b"authorization", b"Bearer " + key)]
            return await handle(Request({**request.scope, "headers": named}, _replayed(body)))

        return read


def _is_plain(name: bytes, value: bytes) -> bool:
    """
    >>> _is_plain(b"content-type", b"Text/Plain;charset=UTF-8"), _is_plain(b"content-type", b"text/html")
    (True, False)
    """
    return name.lower() == TYPE and value.partition(b";")[0].strip().lower() == PLAIN


def _key_in(body: bytes) -> bytes | None:
    """The field `key` of a JSON object; None for anything else."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return None  # the door says what is wrong
    key = given.get("key") if isinstance(given, dict) else None
    return key.encode() if isinstance(key, str) and key.isascii() and key.isprintable() else None


def _replayed(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
