"""What the stages hand to each other, small enough to cross a process border at every request.

Items are rows of one release's catalogue (int32 `index`), so every hand-over names the release it belongs to.
Array axes: N candidates, S sources, L history, A ads, U contenders: candidates and ads.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from recsys.schema import Surface

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.int32]
BoolArray = NDArray[np.bool_]

Sort = Literal["relevance", "price_asc", "price_desc", "rating", "newest"]
"""What decides the organic order: the models, or one fact about the items."""

Match = Literal["all", "some", "near", "far"]
"""How much of a search an item has: all that was asked for; some of the words; none of them, but a meaning close by;
or nothing, where the shop has nothing nearer."""
MATCHES: tuple[Match, ...] = get_args(Match)
WHOLE = MATCHES.index("all")

Deed = Literal["bought", "liked", "looked at"]
"""What somebody did with an item, as a reason says it."""

NO_ITEMS: IntArray = np.zeros(0, np.int32)
HISTORY = 50
"""Steps of a history that anything reads."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What an item must be to be shown. Empty fields do not restrict; fields combine with AND, values with OR."""

    categories: tuple[tuple[str, ...], ...] = ()
    """Category paths; an item passes if one of them is a prefix of its path."""
    brands: tuple[str, ...] = ()
    price_min_micros: int | None = None
    price_max_micros: int | None = None
    rating_min: float | None = None
    attributes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(attribute name, accepted values)."""
    phrases: tuple[str, ...] = ()
    """Words that title, brand, category or attributes must say just so, each of them."""
    without: tuple[str, ...] = ()
    """Words that these must not say, in any form, unless to deny them."""
    currency: str | None = None
    """In which prices are compared, by these limits, in facets and in orders; without it that of most items."""

    def loosened(self, *names: str) -> Filters:
        """The same without what restricts these fields: category, brand, price, rating or an attribute."""
        return Filters(
            () if "category" in names else self.categories,
            () if "brand" in names else self.brands,
            None if "price" in names else self.price_min_micros,
            None if "price" in names else self.price_max_micros,
            None if "rating" in names else self.rating_min,
            tuple(one for one in self.attributes if one[0] not in names),
            self.phrases,
            self.without,
            self.currency,
        )


@dataclass(frozen=True, slots=True)
class History:
    """What a user said yes to, oldest first."""

    index: IntArray = field(default_factory=lambda: NO_ITEMS)  # (L,)
    at_s: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))  # (L,) seconds since the epoch
    bought: BoolArray = field(default_factory=lambda: np.zeros(0, np.bool_))  # (L,)
    liked: BoolArray = field(default_factory=lambda: np.zeros(0, np.bool_))  # (L,) marked as a favourite; none if empty

    def __post_init__(self) -> None:
        if not len(self.liked):
            object.__setattr__(self, "liked", np.zeros(len(self.index), np.bool_))

    def __len__(self) -> int:
        return len(self.index)

    def then(self, new: History, limit: int = HISTORY) -> History:
        """This one and what came after it, at most the last `limit` steps."""
        return History(
            np.concatenate([self.index, new.index])[-limit:],
            np.concatenate([self.at_s, new.at_s])[-limit:],
            np.concatenate([self.bought, new.bought])[-limit:],
            np.concatenate([self.liked, new.liked])[-limit:],
        )

    def deed(self, item: int) -> Deed:
        """The most that was done with an item of it."""
        steps = self.index == item
        return "bought" if self.bought[steps].any() else "liked" if self.liked[steps].any() else "looked at"

    def among(self, num_items: int) -> History:
        """The part that lies among the first items of a catalogue."""
        known = self.index < num_items
        return self if known.all() else self.rows(known)

    def rows(self, keep: BoolArray) -> History:
        """Some of its steps.

        Args:
            keep: (L,) which.
        """
        return History(self.index[keep], self.at_s[keep], self.bought[keep], self.liked[keep])


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked."""

    surface: Surface
    size: int
    text: str = ""
    context: IntArray = field(default_factory=lambda: NO_ITEMS)
    """The item of an item page; the items in the cart."""
    filters: Filters = field(default_factory=Filters)
    facets: tuple[str, ...] = ()
    sort: Sort = "relevance"
    """Any other order than relevance is nobody's guess: recall cuts by it, ranking and chance leave it alone."""
    at_s: float = 0.0
    """When, in seconds since the epoch."""
    ads: bool = True
    """Whether places may be sold."""
    cheap: bool = False
    """Whether the less expensive of what is relevant come first; nothing is left out for it."""
    synonyms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(words of the text, what else an item may say for them)."""

    @property
    def sells(self) -> bool:
        """Whether places are for sale. Who asks for an order gets that order: there, no place is better than another
        for what an advertiser pays."""
        return self.ads and self.sort == "relevance" and not self.cheap

    def among(self, num_items: int) -> Asked:
        """The part of it that a catalogue of so many items knows."""
        known = self.context < num_items
        return self if known.all() else replace(self, context=self.context[known])


@dataclass(frozen=True, slots=True)
class Person:
    """By whom it is asked."""

    user_id: str | None = None
    history: History = field(default_factory=History)

    def among(self, num_items: int) -> Person:
        """With the part of the history that a catalogue of so many items knows."""
        known = self.history.among(num_items)
        return self if known is self.history else replace(self, history=known)


@dataclass(frozen=True, slots=True)
class Draw:
    """Which page of which slate it is, and what chance has in it."""

    slate_id: str = ""
    seed: int = 0
    """Of the logged randomisation."""
    offset: int = 0
    """Position of the first item: pages of one slate continue."""
    exclude: IntArray = field(default_factory=lambda: NO_ITEMS)
    """Items that stand on no page: shown before, or bought."""
    explore: bool = True
    """Whether the top may be shuffled."""

    def among(self, num_items: int) -> Draw:
        """The part of it that a catalogue of so many items knows."""
        known = self.exclude < num_items
        return self if known.all() else replace(self, exclude=self.exclude[known])


@dataclass(frozen=True, slots=True)
class Query:
    """One request with everything that decides its answer: the same query gives the same slate."""

    asked: Asked
    person: Person = field(default_factory=Person)
    draw: Draw = field(default_factory=Draw)
    release: str = ""
    """Key of the release that must answer, for its rows stand here; empty means the newest that a stage has."""

    def among(self, num_items: int) -> Query:
        """The query without rows that a catalogue of so many items does not have yet: another process was faster."""
        parts = self.asked.among(num_items), self.person.among(num_items), self.draw.among(num_items)
        return Query(*parts, self.release)


@dataclass(frozen=True, slots=True)
class Facet:
    """Values of one field and how many matches have them, most frequent first."""

    name: str
    counts: tuple[tuple[str, int], ...]
    currency: str | None = None
    """Of bands of price."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Answer of recall."""

    release: str
    index: IntArray  # (N,) best fused score first, or in the order that the query sorts by
    fused: NDArray[np.float32]  # (N,) comparable within one answer
    scores: NDArray[np.float32]  # (N, S) of each source, comparable between answers
    proposed: BoolArray  # (N, S) whether that source proposed the item
    told: BoolArray  # (N, S) whether it may also give the reason
    sources: tuple[str, ...]
    anchor: IntArray  # (N,) the history or context item that speaks most for it, or -1
    match: NDArray[np.int8]  # (N,) rows of MATCHES; what is not WHOLE comes after what is
    num_matches: int
    matches_exact: bool
    facets: tuple[Facet, ...] = ()
    revision: int = 0
    """Of the catalogue that was asked."""
    corrected: tuple[tuple[str, str], ...] = ()
    """(word of the query, what it was read as)."""
    unknown: tuple[str, ...] = ()
    """Words of the query that no item has."""
    sort: Sort = "relevance"
    """What the order is; where nothing has what was asked for, what comes close is not sorted."""

    @property
    def whole(self) -> BoolArray:
        """(N,) what has all that was asked for: by this a search counts, sorts and sells."""
        return np.asarray(self.match == WHOLE, np.bool_)

    def only(self, keep: BoolArray, num_items: int) -> Candidates:
        """Some of them, for a catalogue of so many items.

        Args:
            keep: (N,) which.
        """
        anchor = self.anchor[keep]
        return replace(
            self,
            index=self.index[keep],
            fused=self.fused[keep],
            scores=self.scores[keep],
            proposed=self.proposed[keep],
            told=self.told[keep],
            match=self.match[keep],
            anchor=np.where(anchor < num_items, anchor, -1).astype(np.int32),
        )

    def contenders(self) -> Contenders:
        """What ranking is asked where nothing is advertised."""
        return Contenders(self.release, self.index, self.scores, self.fused, self.sources)


@dataclass(frozen=True, slots=True)
class AdOffers:
    """Answer of ad placement before ranking: who wants to be on this slate."""

    release: str
    index: IntArray  # (A,)
    campaign_ids: tuple[str, ...]
    bid_cpc_micros: NDArray[np.int64]  # (A,)
    relevance: NDArray[np.float32]  # (A,) similarity to the request
    revision: int = 0
    """Of the catalogue that was asked."""

    def only(self, keep: BoolArray) -> AdOffers:
        """Some of them.

        Args:
            keep: (A,) which.
        """
        campaign_ids = tuple(one for one, kept in zip(self.campaign_ids, keep, strict=True) if kept)
        return replace(
            self,
            index=self.index[keep],
            campaign_ids=campaign_ids,
            bid_cpc_micros=self.bid_cpc_micros[keep],
            relevance=self.relevance[keep],
        )


@dataclass(frozen=True, slots=True)
class Contenders:
    """What ranking is asked to order: candidates, and the advertised items that recall did not propose."""

    release: str
    """Key of the release whose rows these are."""
    index: IntArray  # (U,)
    scores: NDArray[np.float32]  # (U, S) of each source; nan for what recall did not propose
    fused: NDArray[np.float32]  # (U,) likewise
    sources: tuple[str, ...]  # (S,) names of the columns of scores


@dataclass(frozen=True, slots=True)
class Ranked:
    """Answer of ranking for the union of candidates and ads, in the order that was asked."""

    release: str
    score: NDArray[np.float32]  # (U,) organic order, higher first
    p_ctr: NDArray[np.float32]  # (U,) calibrated, at the top position
    p_cvr: NDArray[np.float32]  # (U,) calibrated, given a click


@dataclass(frozen=True, slots=True)
class Placement:
    """One sponsored slot that was sold."""

    index: int
    campaign_id: str
    price_cpc_micros: int
    ecpm_micros: int


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is on the slate: a code for machines, words for people."""

    code: str
    text: str
    item_id: str | None = None


@dataclass(frozen=True, slots=True)
class SlateItem:
    index: int
    item_id: str
    position: int
    score: float | None  # of the organic order; None for an advertised item that recall did not propose
    p_ctr: float
    p_cvr: float
    propensity: float
    sources: tuple[str, ...]
    reason: Reason | None
    """None where nothing can be said that is true."""
    match: Match | None = None
    """How much of a search it has; None where nothing was searched for."""
    campaign_id: str | None = None
    price_cpc_micros: int | None = None

    @property
    def sponsored(self) -> bool:
        return self.campaign_id is not None


@dataclass(frozen=True, slots=True)
class Slate:
    """The ordered list shown; `slate_id` joins everything that happens to it later."""

    slate_id: str
    release: str
    policy: str
    items: tuple[SlateItem, ...]
    num_matches: int
    matches_exact: bool
    has_more: bool
    facets: tuple[Facet, ...] = ()
    degraded: tuple[str, ...] = ()
    corrected: tuple[tuple[str, str], ...] = ()
    """(word of the query, what it was read as)."""
    stage_ms: dict[str, float] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    """Words of the query that no item has."""
    sort: Sort = "relevance"
    """What the order is."""
    shuffled: bool = False
    """Whether chance moved items of this page."""
