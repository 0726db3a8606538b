"""What a request passes before a door sees it: an id, room for it, and a body neither too large nor too slow."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Callable
from typing import Protocol

from fastapi import Response
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.entrance.refusals import full, late, too_large

REQUEST_ID = re.compile(r"[!-~]{1,128}")


class Bounds(Protocol):
    """What the settings of a shop say of requests: `deployments.config.AppConfig`."""

    @property
    def max_in_flight(self) -> int: ...
    @property
    def request_deadline_s(self) -> float: ...
    @property
    def max_body_bytes(self) -> int: ...


class Admission:
    """ASGI middleware: request ids, a bound on the body (413) and on requests in progress (503)."""

    def __init__(
        self, app: ASGIApp, config: Callable[[], Bounds], *, says_id: bool, replica: Callable[[], str]
    ) -> None:
        """
        Args:
            says_id: whether the request id is said in answers here, because no proxy says it.
            replica: name of this process among those behind one address; empty for the only one.
        """
        self._app, self._config, self._says_id, self._in_flight = app, config, says_id, 0
        self._replica = replica

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, config = _id_of(scope), self._config()
        until = asyncio.get_running_loop().time() + config.request_deadline_s
        scope.setdefault("state", {}).update(request_id=request_id, until=until)
        send = _saying(send, "x-request-id", request_id) if self._says_id else send
        send = _saying(send, "x-replica", self._replica()) if self._replica() else send
        if self._in_flight >= config.max_in_flight and not _asks_for_life(scope):
            await full(config.max_in_flight)(scope, receive, send)
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


async def _body(receive: Receive, until: float, config: Bounds) -> bytes | Response:
    """The body, or the refusal of one that is too large or too slow."""
    try:
        async with asyncio.timeout_at(until):
            body = await _read(receive, config.max_body_bytes)
    except TimeoutError:
        return late()
    if body is None:
        return too_large(config.max_body_bytes)
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


def _saying(send: Send, header: str, value: str) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], (header.encode("latin-1"), value.encode("latin-1"))]
        await send(message)

    return wrapped
