"""The operator's doors: whether a replica lives, and what it answers with."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter, Request

from deployments.entrance.asked import in_time
from deployments.operator.desk import OperatorDesk
from deployments.operator.shapes import HealthOut, ReadyOut


def operator_doors(desk: Callable[[], OperatorDesk]) -> APIRouter:
    """Doors over a desk, which is asked for at each request."""
    doors = APIRouter()

    @doors.get("/healthz")
    async def healthz() -> HealthOut:
        """The process lives."""
        return HealthOut()

    @doors.get("/readyz")
    async def readyz(request: Request) -> ReadyOut:
        """The store and every stage answer."""
        return await in_time(request, desk().ready())

    return doors
