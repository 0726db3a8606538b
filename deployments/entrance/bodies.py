"""Reading bodies: a request takes no place among those that are worked on before its body is whole.

How many are read at a time is bounded, of one address and of all. Where that is reached the slowest gives way, so that
who sends a byte a second keeps out nobody.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect
from starlette.types import Receive

FRESH_S = 0.5
"""A body is not called slow before this."""


class TooLarge(Exception):
    """More bytes than are allowed."""


class NoRoom(Exception):
    """Another body must be read first."""


class TooSlow(Exception):
    """Not whole in time, or it gave way to others."""


@dataclass(eq=False)
class _Body:
    address: str | None
    timeout: asyncio.Timeout
    started: float = field(default_factory=time.monotonic)
    num_bytes: int = 0

    def bytes_per_s(self, now: float) -> float:
        return self.num_bytes / (now - self.started)


class Bodies:
    """The bodies that one replica reads. For one event loop."""

    def __init__(self) -> None:
        self._read: set[_Body] = set()

    async def read(
        self,
        receive: Receive,
        address: str | None,
        *,
        most_bytes: int,
        within_s: float,
        most: int,
        most_of_address: int,
    ) -> bytes:
        """The whole body.

        Args:
            address: who sends it; None where that is not known.
            most: bodies that are read at a time.
            most_of_address: the same, of one address.

        Raises TooLarge, TooSlow, NoRoom, ClientDisconnect.
        """
        self._make_room(address, most, most_of_address)
        timeout = asyncio.timeout(within_s)
        body = _Body(address, timeout)
        self._read.add(body)
        try:
            async with timeout:
                return await _whole(receive, body, most_bytes)
        except TimeoutError:
            raise TooSlow from None
        finally:
            self._read.discard(body)

    def _make_room(self, address: str | None, most: int, most_of_address: int) -> None:
        if len(self._read) >= most:
            self._drop_slowest(self._read)
        if address is not None and len(self._read) >= most_of_address:  # else it cannot have so many
            same = {body for body in self._read if body.address == address}
            if len(same) >= most_of_address:
                self._drop_slowest(same)

    def _drop_slowest(self, bodies: set[_Body]) -> None:
        now = time.monotonic()
        slow = [body for body in bodies if now - body.started > FRESH_S]
        if not slow:
            raise NoRoom
        slowest = min(slow, key=lambda body: body.bytes_per_s(now))
        slowest.timeout.reschedule(asyncio.get_running_loop().time())
        self._read.discard(slowest)


async def _whole(receive: Receive, body: _Body, most_bytes: int) -> bytes:
    whole = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientDisconnect
        whole += message.get("body", b"")
        body.num_bytes = len(whole)
        if len(whole) > most_bytes:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(whole)
