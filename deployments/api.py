"""The shapes of requests and responses, for the doors and their OpenAPI document."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from recsys.stores.records import is_storable


def _storable(text: str) -> str:
    if not is_storable(text):
        raise ValueError("text without NUL or lone surrogates")
    return text


Text = Annotated[str, AfterValidator(_storable)]
"""What every database can keep and every answer can repeat."""
Id = Annotated[Text, Field(min_length=1, max_length=128)]
Micros = Annotated[int, Field(ge=0, le=10**15)]
Kind = Literal["view", "click", "favourite", "cart", "purchase", "review", "return"]


class Shape(BaseModel):
    """Unknown fields are refused, so that a typing mistake is not silently ignored."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class FiltersIn(Shape):
    """Empty fields do not restrict; fields combine with AND, values of one field with OR."""

    categories: list[list[Text]] = Field([], max_length=50)
    """Category paths from the root; everything below is included."""
    brands: list[Text] = Field([], max_length=100)
    price_min_micros: Micros | None = None
    price_max_micros: Micros | None = None
    rating_min: float | None = Field(None, ge=0, le=5)
    attributes: dict[Text, list[Text]] = Field({}, max_length=20)
    """Attribute name -> accepted values."""


class PageIn(Shape):
    """What both kinds of request share."""

    user_id: Id | None = None
    session_id: Id | None = None
    """Ties a visitor's events together; used where there is no user_id."""
    filters: FiltersIn = FiltersIn()
    facets: list[Text] = Field([], max_length=20)
    """Fields to count: category, brand, price, rating, or an attribute."""
    size: int = Field(20, ge=1, le=50)
    cursor: Text | None = Field(None, min_length=1, max_length=40_000)
    """From an earlier answer to the same request: the next page of the same slate."""


class SearchIn(PageIn):
    """A search."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"query": "bamboo cutting bord", "facets": ["category", "brand"], "size": 12}]},
    )
    query: Text = Field(min_length=1, max_length=400)


class RecommendIn(PageIn):
    """A request for recommendations."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"surface": "home", "user_id": "u00001", "size": 12}]}
    )
    surface: Literal["home", "item", "cart"] = "home"
    item_id: Id | None = None
    """The item of the page, for surface `item`."""
    cart_item_ids: list[Id] = Field([], max_length=100)
    """What is in the cart, for surface `cart`."""
    exclude_bought: bool = True


class ReasonOut(Shape):
    code: str
    text: str
    item_id: str | None


class SlateItemOut(Shape):
    item_id: str
    title: str
    description: str
    category: list[str]
    brand: str | None
    price_micros: int | None
    currency: str | None
    rating: float | None
    rating_count: int | None
    image: str | None
    in_stock: bool
    attributes: dict[str, str]
    position: int
    sponsored: bool
    sources: list[str]
    reason: ReasonOut
    score: float | None
    p_ctr: float
    p_cvr: float
    propensity: float
    """Exact probability that this policy shows this item at this position."""
    ad_token: str | None
    """Send it back with the click on a sponsored item."""


class FacetValueOut(Shape):
    value: str
    count: int


class FacetOut(Shape):
    name: str
    counts: list[FacetValueOut]


class SlateOut(Shape):
    """One page of a slate."""

    slate_id: str
    request_id: str
    release: str
    artifacts: dict[str, str]
    """Kind -> key of every artifact behind the answer."""
    policy: str
    items: list[SlateItemOut]
    facets: list[FacetOut]
    num_matches: int
    matches_exact: bool
    cursor: str | None
    stage_ms: dict[str, float]
    degraded: list[str]
    """Stages that were replaced by their fallback."""


class EventIn(Shape):
    """Something a user did. Sending it twice with one event_id counts once."""

    event_id: Id
    user_id: Id
    kind: Kind
    item_id: Id
    session_id: Id | None = None
    slate_id: Id | None = None
    surface: Literal["search", "home", "item", "cart"] | None = None
    query: Text | None = Field(None, max_length=400)
    position: int | None = Field(None, ge=0, le=100_000)
    at: float | None = Field(None, ge=0, le=4_102_444_800, allow_inf_nan=False)
    """Seconds since the epoch; the server's time where absent."""
    platform: Text | None = Field(None, max_length=64)
    price_micros: Micros | None = None
    quantity: int | None = Field(None, ge=1, le=100_000)
    rating: float | None = Field(None, ge=1, le=5)
    ad_token: Text | None = Field(None, max_length=2000)


class EventsIn(Shape):
    """A batch: all of it is kept, or none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"events": [{"event_id": "e1", "user_id": "u00001", "kind": "click", "item_id": "i00001"}]}]
        },
    )
    events: list[EventIn] = Field(min_length=1, max_length=1000)


class EventsOut(Shape):
    accepted: int
    duplicates: int


class Wrong(Shape):
    field: str
    wanted: str
    got: Any = None
    remedy: str
    message: str


class ErrorOut(Shape):
    """Every error has this shape."""

    error: Wrong
