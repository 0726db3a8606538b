"""The operator's doors: whether a replica lives, and what it answers with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request

from deployments.entrance.access import NOBODY, Caller, knows
from deployments.entrance.asked import in_time
from deployments.entrance.refusals import refusals
from deployments.operator.desk import OperatorDesk
from deployments.operator.shapes import HealthOut, ReadyOut

Operator = Annotated[Caller | None, knows("operator")]


def operator_doors(desk: Callable[[], OperatorDesk]) -> APIRouter:
    """Doors over a desk, which is asked for at each request."""
    doors = APIRouter()

    @doors.get("/healthz")
    async def healthz() -> HealthOut:
        """The process lives."""
        return HealthOut()

    @doors.get("/readyz", responses=refusals(401), openapi_extra=NOBODY)
    async def readyz(request: Request, operator: Operator) -> ReadyOut:
        """The store and every stage answer. With an operator's key also: with what."""
        return await in_time(request, desk().ready(details=operator is not None))

    return doors
