"""What the shapes of all rooms are made of: texts and ids that every store keeps, and how a refusal looks."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from deployments.entrance.segments import with_slashes
from recsys.records import is_storable


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("text without NUL or lone surrogates")
    return text


Text = Annotated[str, AfterValidator(_storable)]
"""What every database can keep and every answer can repeat."""
Id = Annotated[Text, Field(min_length=1, max_length=128)]
Micros = Annotated[int, Field(ge=0, le=10**15)]
ItemId = Annotated[Id, BeforeValidator(with_slashes), Path(examples=["i00001"])]
"""An item in the path of a door; it may hold a slash, in percent encoding or as it is."""

WRONG: dict[str, Any] = {
    "field": "size",
    "wanted": "Input should be less than or equal to 50",
    "got": "51",
    "remedy": "",
    "message": "size: wanted Input should be less than or equal to 50, got 51.",
}


class Shape(BaseModel):
    """Unknown fields are refused, so that a typing mistake is not silently ignored."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Body(Shape):
    """What a client sends: of the documented types, for nothing is converted (no "3" for 3, no 0 for false)."""

    model_config = ConfigDict(strict=True)


class IgnoredOut(Shape):
    """A part of a request that was left out of the answer."""

    field: str
    """Its place in the request, such as `cart_item_ids.1`."""
    value: str
    why: str


class Wrong(Shape):
    field: str
    wanted: str
    got: Any = None
    remedy: str
    message: str


class ErrorOut(Shape):
    """Every error has this shape."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"error": WRONG}]})
    error: Wrong
