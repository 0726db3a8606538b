"""What stands before Ray's own front door: headers that it would stumble over.

Serve's proxy takes some headers to be UTF-8 and repeats a request id of any length in its logs and answers. It loads
this through RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH=deployments.entrance.proxy:guards, which must be set where Ray is
started.
"""

from __future__ import annotations

import uuid

from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from deployments.entrance.request_ids import HEADER, is_id

UNASKED = (b"serve_multiplexed_model_id", b"serve-multiplexed-model-id", b"x-session-id", b"session-id")
"""By these Serve would choose among replicas as strangers wish."""


def guards() -> list[Middleware]:
    """Serve calls this where its proxy starts."""
    return [Middleware(PlainHeaders)]


class PlainHeaders:
    """ASGI middleware: a request id is one short word of printable ASCII, or a new one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["headers"] = [(name, _plain(name, value)) for name, value in scope["headers"] if _is_asked(name)]
        await self._app(scope, receive, send)


def _is_asked(name: bytes) -> bool:
    return name.isascii() and name.lower() not in UNASKED


def _plain(name: bytes, value: bytes) -> bytes:
    return value if name.lower() != HEADER or is_id(value) else uuid.uuid4().hex.encode()
