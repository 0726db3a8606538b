"""The shapes of what a storekeeper sends, and of the answers."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field

from deployments.entrance.shapes import Body, Micros, Shape, Text


def _several(values: Any) -> Any:
    return [values] if isinstance(values, str) else values


Value = Annotated[Text, Field(max_length=500)]
Values = Annotated[
    list[Value],
    Field(max_length=500),
    BeforeValidator(_several, json_schema_input_type=Value | Annotated[list[Value], Field(max_length=500)]),
]
"""Of one attribute: a text, or several."""


class ItemIn(Body):
    """A whole item: what is left out is unknown."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "title": "Bamboo Cutting Board",
                    "category": ["Kitchen", "Boards"],
                    "brand": "Aldermoor",
                    "price_micros": 24_990_000,
                    "currency": "USD",
                    "attributes": {"material": "bamboo", "colour": ["green", "natural"]},
                }
            ]
        },
    )
    title: Text = Field(min_length=1, max_length=1000, pattern=r"\S")
    description: Text = Field("", max_length=20_000)
    category: list[Annotated[Text, Field(min_length=1, max_length=200)]] = Field([], max_length=12)
    """Path from the root."""
    brand: Text | None = Field(None, min_length=1, max_length=200)
    price_micros: Micros | None = None
    currency: Text | None = Field(None, min_length=1, max_length=8)
    rating: float | None = Field(None, ge=0, le=5, allow_inf_nan=False)
    rating_count: int | None = Field(None, ge=0, le=2**31 - 1)
    image: Text | None = Field(None, max_length=2000)
    in_stock: bool = True
    created_at: float | None = Field(None, ge=0, le=4_102_444_800, allow_inf_nan=False)
    """Seconds since the epoch; where absent, as it is known, and for a new item the server's time."""
    attributes: dict[Annotated[Text, Field(min_length=1, max_length=100)], Values] = Field({}, max_length=100)
    """Name -> one value, or a list of values: the item is found by each of them."""


class FactsIn(Body):
    """Facts that change often: those that are sent are corrected, the others stay."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"price_micros": 19_990_000}, {"in_stock": False}]}
    )
    price_micros: Micros | None = None
    """null: the item has no price any more."""
    currency: Text | None = Field(None, min_length=1, max_length=8)
    """Needed with the first price of an item."""
    in_stock: bool | None = None


class MadePlainOut(Shape):
    """A text without the tags, entities and invisible signs that it came with."""

    field: str
    """Its place in the body, such as `category.1`."""
    kept: str
    """Empty where nothing was left, and nothing is kept."""


class ItemWrittenOut(Shape):
    """Kept. All replicas show it within seconds."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"item_id": "i00001", "revision": 1, "made_plain": [{"field": "title", "kept": "Salt & pepper mill"}]}
            ]
        },
    )
    item_id: str
    revision: int
    """Number of this change of the catalogue; `/readyz` says which one a replica has."""
    made_plain: list[MadePlainOut]
    """Texts that were not kept as they were sent."""
