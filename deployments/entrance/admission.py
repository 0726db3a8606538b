"""What a request passes before a door sees it: an id, a body neither too large nor too slow, and room for it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from fastapi import Response
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.entrance.addresses import Network, address_of
from deployments.entrance.bodies import Bodies, NoRoom, TooLarge, TooSlow
from deployments.entrance.refusals import crowded, full, slow, too_large
from deployments.entrance.request_ids import request_id_of


class Bounds(Protocol):
    """What the settings of a shop say of requests: `deployments.config.AppConfig`."""

    @property
    def max_in_flight(self) -> int: ...
    @property
    def max_in_flight_per_address(self) -> int: ...
    @property
    def max_bodies(self) -> int: ...
    @property
    def max_bodies_per_address(self) -> int: ...
    @property
    def max_body_bytes(self) -> int: ...
    @property
    def body_deadline_s(self) -> float: ...
    @property
    def request_deadline_s(self) -> float: ...
    @property
    def proxies(self) -> Sequence[Network]: ...


class Admission:
    """ASGI middleware: request ids, a bound on the body (413) and its time (408), and on requests in progress (503).

    A request is in progress from its complete body on, and so is its deadline.
    """

    def __init__(
        self, app: ASGIApp, config: Callable[[], Bounds], *, says_id: bool, replica: Callable[[], str]
    ) -> None:
        """
        Args:
            says_id: whether the request id is said in answers here, because no proxy says it.
            replica: name of this process among those behind one address; empty for the only one.
        """
        self._app, self._config, self._says_id, self._replica = app, config, says_id, replica
        self._bodies = Bodies()
        self._in_flight, self._in_flight_of = 0, Counter[str]()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, config = request_id_of(scope), self._config()
        address = address_of(scope, config.proxies)
        scope.setdefault("state", {}).update(request_id=request_id, address=address)
        send = _saying(send, "x-request-id", request_id) if self._says_id else send
        send = _saying(send, "x-replica", self._replica()) if self._replica() else send
        try:
            body = await self._body(receive, address, config)
        except ClientDisconnect:
            return  # nobody waits for an answer, and half a request is none
        refused = body if isinstance(body, Response) else self._refusal(scope, address, config)
        if refused is not None:
            await refused(scope, receive, send)
            return
        assert isinstance(body, bytes)
        scope["state"]["until"] = asyncio.get_running_loop().time() + config.request_deadline_s
        with self._place(address):
            await self._app(scope, _replay(body, receive), send)

    async def _body(self, receive: Receive, address: str | None, config: Bounds) -> bytes | Response:
        """The body, or the refusal of one that is too large or too slow."""
        try:
            return await self._bodies.read(
                receive,
                address,
                most_bytes=config.max_body_bytes,
                within_s=config.body_deadline_s,
                most=config.max_bodies,
                most_of_address=config.max_bodies_per_address,
            )
        except TooLarge:
            return too_large(config.max_body_bytes)
        except TooSlow:
            return slow()
        except NoRoom:
            return full(config.max_bodies, "bodies")

    def _refusal(self, scope: Scope, address: str | None, config: Bounds) -> Response | None:
        if _asks_for_life(scope):
            return None
        if self._in_flight >= config.max_in_flight:
            return full(config.max_in_flight)
        if address is not None and self._in_flight_of[address] >= config.max_in_flight_per_address:
            return crowded(config.max_in_flight_per_address)
        return None

    @contextmanager
    def _place(self, address: str | None) -> Iterator[None]:
        """A request is worked on."""
        self._in_flight += 1
        if address is not None:
            self._in_flight_of[address] += 1
        try:
            yield
        finally:
            self._in_flight -= 1
            if address is not None:
                self._in_flight_of[address] -= 1
                if not self._in_flight_of[address]:
                    del self._in_flight_of[address]


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
