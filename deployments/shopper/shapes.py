"""The shapes of what shoppers, their pages and their shop's servers ask, and of the answers that are no slates."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from deployments.entrance.shapes import Body, Id, Micros, Shape, Text
from recsys.index.suggestions import Kind as SuggestionKind
from recsys.slate import Sort

SUGGESTION: dict[str, Any] = {"text": "bamboo cutting board", "kind": "query", "item_id": None}


Currency = Annotated[Text, Field(min_length=1, max_length=8), AfterValidator(str.upper)]
"""Such as EUR."""


class FiltersIn(Body):
    """Empty fields do not restrict; fields combine with AND, values of one field with OR."""

    categories: list[list[Text]] = Field([], max_length=50)
    """Category paths from the root; everything below is included."""
    brands: list[Text] = Field([], max_length=100)
    price_min_micros: Micros | None = None
    price_max_micros: Micros | None = None
    rating_min: float | None = Field(None, ge=0, le=5)
    attributes: dict[Text, list[Text]] = Field({}, max_length=20)
    """Attribute name -> accepted values."""


class PageIn(Body):
    """What both kinds of request share."""

    user_id: Id | None = None
    """Believed from a shop's server; anybody else is who their token says."""
    session_id: Id | None = None
    """Ties a visitor's events together; used where there is no user_id."""
    filters: FiltersIn = FiltersIn()
    facets: list[Text] = Field([], max_length=20)
    """Fields to count: category, brand, price, rating, or an attribute."""
    currency: Currency | None = None
    """In which prices are compared, by limits, orders and bands; those in another pass no limit, are in no band and
    come last. Without it, that which the words of a search name, else that of most items."""
    sort: Sort = "relevance"
    """The order of everything that matches, over all pages. Items without a price, rating or date come last. No place
    is sold in it, and what only comes close to a search is not in it."""
    size: int = Field(20, ge=1, le=50)
    cursor: Text | None = Field(None, min_length=1, max_length=40_000)
    """From an earlier answer to the same request: the next page of the same slate."""
    ads: bool = True
    """Whether places may be sold: not where the page gives a reason of its own for all that it shows."""


class SearchIn(PageIn):
    """A search."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"query": "bamboo cutting bord", "facets": ["category", "brand"], "size": 12},
                {"query": "竹 砧板", "user_id": "u00001", "filters": {"price_max_micros": 30_000_000, "rating_min": 4}},
                {"query": "bamboo", "sort": "price_asc"},
                {"query": "red mug under 20 not glass"},
                {"query": "red mug under 20", "as_written": ["red"]},
                {"query": "mug of unobtainium"},
            ]
        },
    )
    query: Text = Field(min_length=1, max_length=400)
    as_written: list[Text] = Field([], max_length=50)
    """Words that were understood in an earlier answer and are no more than words this time, each as `words` of
    `understood` has them."""


class RecommendIn(PageIn):
    """A request for recommendations."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"surface": "home", "user_id": "u00001", "size": 12},
                {"surface": "home", "user_id": "u00001", "size": 12, "personal": False, "ads": False},
                {"surface": "home", "user_id": "u00001", "size": 12, "sort": "newest"},
                {"surface": "item", "item_id": "i00001", "session_id": "s1"},
                {"surface": "cart", "cart_item_ids": ["i00001", "i00002"], "user_id": "u00001"},
            ]
        },
    )
    surface: Literal["home", "item", "cart"] = "home"
    item_id: Id | None = None
    """The item of the page, for surface `item`."""
    cart_item_ids: list[Id] = Field([], max_length=100)
    """What is in the cart, for surface `cart`."""
    exclude_bought: bool = True
    personal: bool = True
    """Whether the user's past takes part. Without it: what everybody likes, on surface `home`."""


class ShopOut(Shape):
    """What a storefront shows of the shop and may ask it for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"shop": "Kitchen", "notes": [], "facets": ["brand"], "sorts": ["relevance"], "currencies": ["USD"]}
            ]
        },
    )
    shop: str
    notes: list[str]
    """What people should know of it, such as that it is simulated."""
    facets: list[str]
    """What a request may ask to be counted."""
    sorts: list[Sort]
    """Orders that this catalogue has facts for."""
    currencies: list[str]
    """Of prices, that of most items first."""


class DemoOut(Shape):
    """People to look at a simulated shop with."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"users": ["u00001"]}]})
    users: list[str]


class SuggestionOut(Shape):
    """A finished text."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SUGGESTION]})
    text: str
    kind: SuggestionKind
    """What it is: searched for by others, the name of a category or a brand, or the title of an item."""
    item_id: str | None
    """The item, for kind `item`."""


class SuggestOut(Shape):
    """What the shopper may be about to write, likeliest first."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"suggestions": [SUGGESTION]}]})
    suggestions: list[SuggestionOut]
