"""The shapes of pages of categories."""

from __future__ import annotations

from typing import Any

from pydantic import ConfigDict

from deployments.entrance.shapes import IgnoredOut, Shape
from deployments.shopper.slate_shapes import ITEM, ItemOut
from recsys.slate import Sort

HOME: dict[str, Any] = {"name": "", "path": [], "count": 120}
KITCHEN: dict[str, Any] = {"name": "Kitchen", "path": ["Kitchen"], "count": 40}
BOARDS: dict[str, Any] = {"name": "Boards", "path": ["Kitchen", "Boards"], "count": 1, "children": []}


class StepOut(Shape):
    """A category on the way from the root, whose name is empty."""

    name: str
    path: list[str]
    count: int
    """Items in and below it that are shown."""


class NodeOut(StepOut):
    """A category, and what lies below it as deep as was asked."""

    children: list[NodeOut]


class BrowseOut(Shape):
    """A page of a category."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "path": ["Kitchen"],
                    "breadcrumb": [HOME, KITCHEN],
                    "children": [BOARDS],
                    "sort": "rating",
                    "sorts": ["price_asc", "price_desc", "rating", "newest"],
                    "num_items": 40,
                    "items": [ITEM],
                    "next_offset": 24,
                    "ignored": [],
                }
            ]
        },
    )
    path: list[str]
    breadcrumb: list[StepOut]
    """From the root to this category."""
    children: list[NodeOut]
    """Those with items, by name."""
    sort: Sort
    sorts: list[Sort]
    """Orders that this catalogue has facts for."""
    num_items: int
    items: list[ItemOut]
    next_offset: int | None
    """Where the next part begins; null at the end."""
    ignored: list[IgnoredOut]
    """Parts of the request that were left out, and why."""
