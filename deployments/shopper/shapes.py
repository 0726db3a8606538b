"""The shapes of what shoppers, their pages and their shop's servers ask, and of the answers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from deployments.entrance.shapes import Body, Id, IgnoredOut, Micros, Shape, Text
from recsys.index.suggestions import Kind as SuggestionKind
from recsys.slate import Sort

ITEM: dict[str, Any] = {
    "item_id": "i00001",
    "title": "Bamboo Cutting Board",
    "description": "",
    "category": ["Kitchen", "Boards"],
    "brand": "Aldermoor",
    "price_micros": 24_990_000,
    "currency": "USD",
    "rating": 4.5,
    "rating_count": 12,
    "image": None,
    "in_stock": True,
    "attributes": {"material": "bamboo"},
}
SLATE_ITEM: dict[str, Any] = ITEM | {
    "position": 0,
    "sponsored": False,
    "sources": ["lexical", "text"],
    "reason": {"code": "words", "text": "Matches your words", "item_id": None},
    "score": 1.2,
    "p_ctr": 0.11,
    "p_cvr": 0.2,
    "propensity": 0.9517,
    "ad_token": None,
}
SLATE: dict[str, Any] = {
    "slate_id": "0f2d6a1c9b7e4c43a1d5be0c3f8a7e11",
    "request_id": "mine-1",
    "release": "68dbebe2d73624c2",
    "artifacts": {"recall": "107d68997889f5e7"},
    "policy": "mixed:0.05",
    "items": [SLATE_ITEM],
    "facets": [{"name": "brand", "counts": [{"value": "Aldermoor", "count": 1}]}],
    "num_matches": 1,
    "matches_exact": True,
    "cursor": None,
    "stage_ms": {"recall": 4.1, "total": 9.8},
    "degraded": [],
    "ignored": [],
    "person": None,
    "understood": None,
}
SUGGESTION: dict[str, Any] = {"text": "bamboo cutting board", "kind": "query", "item_id": None}


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
    sort: Sort = "relevance"
    """The order of everything that matches, over all pages. Items without a price, rating or date come last. Sponsored
    items keep their places."""
    size: int = Field(20, ge=1, le=50)
    cursor: Text | None = Field(None, min_length=1, max_length=40_000)
    """From an earlier answer to the same request: the next page of the same slate."""


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
                {"surface": "home", "user_id": "u00001", "size": 12, "personal": False},
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


class SessionIn(Body):
    """Whose token is wanted."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{}, {"user_id": "u00001", "session_id": "s1"}, {"fresh": True}]}
    )
    user_id: Id | None = None
    """A user who is signed in, by the word of a shop's server."""
    session_id: Id | None = None
    """The session they are in, by the word of a shop's server; what they did in it before belongs to the user."""
    fresh: bool = False
    """Whether a visitor begins another session, also where there is one."""


class ChosenIn(Body):
    """Whom to look at a simulated shop as."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"user_id": "u00001"}]})
    user_id: Id


class PersonOut(Shape):
    """Somebody, and the token that says so."""

    token: str
    """For the header `x-vitrine-person`, or for `person_token` among events."""
    user_id: str | None
    """None for a visitor."""
    session_id: str | None
    expires_in_s: float
    """How long the token holds."""


class SessionOut(PersonOut):
    """A token that was asked for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"token": "eyJ...", "user_id": None, "session_id": "0f2d6a1c", "expires_in_s": 2592000.0, "ignored": []}
            ]
        },
    )
    ignored: list[IgnoredOut]
    """Parts of the request that were left out, and why."""


class ReasonOut(Shape):
    code: str
    text: str
    item_id: str | None


class ItemOut(Shape):
    """An item of the catalogue; null where unknown."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [ITEM]})
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


class SlateItemOut(ItemOut):
    """An item of a slate, and why it is there."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SLATE_ITEM]})
    position: int
    sponsored: bool
    sources: list[str]
    reason: ReasonOut
    score: float | None
    p_ctr: float
    p_cvr: float
    propensity: float
    """Exact probability that this policy shows this item at this position of this page, given the pages before."""
    ad_token: str | None
    """Send it back with the click on a sponsored item."""


class FacetValueOut(Shape):
    value: str
    count: int


class FacetOut(Shape):
    name: str
    counts: list[FacetValueOut]


class LimitOut(Shape):
    """A filter that was taken from words of the query."""

    field: Literal["price", "category", "brand", "attribute"]
    words: str
    name: str | None
    """Of an attribute."""
    values: list[str]
    """Accepted ones; levels of a category are joined by ` > `."""
    price_min_micros: int | None
    price_max_micros: int | None


class ReadOut(Shape):
    """Words of the query, and what they were read as."""

    words: str
    value: str


class UnreadOut(Shape):
    """Words of the query that could not be followed, and why."""

    words: str
    why: str


class UnderstoodOut(Shape):
    """What the words of a search were taken for. Each part is refused by its `words` in `as_written`."""

    text: str
    """What was searched for besides."""
    filters: list[LimitOut]
    """Items must fit these; what a request filters itself goes before what its words say of the same field."""
    excluded: list[ReadOut]
    """Items must not say these, unless to deny them."""
    phrases: list[ReadOut]
    """Items must say these just so."""
    wishes: list[ReadOut]
    """What orders and leaves nothing out."""
    synonyms: list[ReadOut]
    """What items may say instead of words that are searched for; one of several for each."""
    corrected: list[ReadOut]
    """Words that no item has, and what was looked for instead."""
    ignored: list[UnreadOut]


class SlateOut(Shape):
    """One page of a slate."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SLATE]})
    slate_id: str
    request_id: str
    release: str
    artifacts: dict[str, str]
    """Kind -> key of every artifact behind the answer."""
    policy: str
    items: list[SlateItemOut]
    facets: list[FacetOut]
    num_matches: int
    """Items that the filters and the text leave; what facets count."""
    matches_exact: bool
    """Whether num_matches and the facets are exact, or an estimate."""
    cursor: str | None
    """For the next page; null at the end of the slate, which is after 2000 items at the latest."""
    stage_ms: dict[str, float]
    degraded: list[str]
    """Stages that were replaced by their fallback."""
    ignored: list[IgnoredOut]
    """Parts of the request that were left out, and why."""
    person: PersonOut | None = None
    """The session that the server made for a visitor without a token: send its token with what follows."""
    understood: UnderstoodOut | None = None
    """What the words of a search were taken for; null for recommendations."""


class ShopOut(Shape):
    """What a storefront shows of the shop and may ask it for."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"shop": "Kitchen", "notes": [], "facets": ["category", "brand"], "sorts": ["relevance", "newest"]}
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
