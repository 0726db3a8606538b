"""What the entrance has said of a request before its door sees it: its id, and until when it must be answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from fastapi import Request

T = TypeVar("T")


async def in_time(request: Request, work: Awaitable[T]) -> T:
    """The deadline that `Admission` set. Raises TimeoutError."""
    async with asyncio.timeout_at(request.state.until):
        return await work


def request_id(request: Request) -> str:
    """The caller's own where it gave a short one."""
    return str(request.state.request_id)
