"""The shapes of slates and items in answers."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict

from deployments.entrance.shapes import IgnoredOut, Shape
from deployments.shopper.person_shapes import PersonOut
from recsys.slate import Match, Sort

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
    "attributes": {"material": ["bamboo"], "colour": ["green", "natural"]},
}
SLATE_ITEM: dict[str, Any] = ITEM | {
    "position": 0,
    "sponsored": False,
    "sources": ["lexical", "text"],
    "reason": {"code": "words", "text": "Matches your words", "item_id": None},
    "match": "all",
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
    "facets": [{"name": "brand", "counts": [{"value": "Aldermoor", "count": 1}], "currency": None}],
    "sort": "relevance",
    "shuffled": False,
    "num_matches": 1,
    "matches_exact": True,
    "cursor": None,
    "stage_ms": {"recall": 4.1, "total": 9.8},
    "degraded": [],
    "ignored": [],
    "person": None,
    "understood": None,
}


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
    attributes: dict[str, list[str]]
    """Name -> values."""


class SlateItemOut(ItemOut):
    """An item of a slate, and why it is there."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [SLATE_ITEM]})
    position: int
    sponsored: bool
    sources: list[str]
    reason: ReasonOut | None
    """Null where nothing can be said that is true."""
    match: Match | None
    """How much of a search it has. `all`: everything that was asked for, corrected words as `understood` says they were
    read; these come first, and they alone are counted, sorted, in facets and sold. `some`: some of the words. `near`:
    none of the words, but a meaning close by. `far`: nothing, where the shop has nothing nearer. Null where nothing was
    searched for."""
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
    currency: str | None
    """Of bands of price."""


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
    currency: str | None
    """Of a price."""


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
    """Words that an item need not have, if it has what may stand for them."""
    corrected: list[ReadOut]
    """Words that no item has, and what was looked for instead."""
    ignored: list[UnreadOut]
    """Words that could not be followed, those that no item has among them."""


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
    sort: Sort
    """The order of the items: what was asked for, or `relevance` where nothing matches, for what comes close is not
    sorted."""
    shuffled: bool
    """Whether chance moved items of this page, so that the shop learns what it would not have shown."""
    num_matches: int
    """Items that have all that was asked for, in filters and words; what facets count. 0: nothing has, and the items
    are what comes closest."""
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
