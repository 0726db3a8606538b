"""The storekeeper's doors: the catalogue while the shop is open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Request

from deployments.entrance.access import Caller, requires
from deployments.entrance.asked import in_time
from deployments.entrance.refusals import refusals
from deployments.entrance.shapes import ItemId
from deployments.storekeeper.desk import StorekeeperDesk
from deployments.storekeeper.shapes import FactsIn, ItemIn, ItemWrittenOut

Storekeeper = Annotated[Caller, requires("storekeeper")]


def storekeeper_doors(desk: Callable[[], StorekeeperDesk]) -> APIRouter:
    """Doors over a desk, which is asked for at each request."""
    doors = APIRouter(prefix="/v1/items")

    @doors.put("/{item_id:path}", responses=refusals(401, 403, 422))
    async def put_item(item_id: ItemId, body: ItemIn, request: Request, _: Storekeeper) -> ItemWrittenOut:
        """Put an item into the catalogue, or another one in its place. Found by everybody within seconds."""
        return await in_time(request, desk().put(item_id, body))

    @doors.patch("/{item_id:path}", responses=refusals(401, 403, 404, 422))
    async def patch_item(item_id: ItemId, body: FactsIn, request: Request, _: Storekeeper) -> ItemWrittenOut:
        """Correct the price or the stock of an item."""
        return await in_time(request, desk().patch(item_id, body))

    @doors.delete("/{item_id:path}", responses=refusals(401, 403, 404, 422))
    async def delete_item(item_id: ItemId, request: Request, _: Storekeeper) -> ItemWrittenOut:
        """Take an item out of the catalogue. Events may go on to name it."""
        return await in_time(request, desk().delete(item_id))

    return doors
