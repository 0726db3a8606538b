"""The catalogue in columns: what filters, facets, text models and answers read of an item.

A row of the `items` table is an item's index everywhere else, so the table's order is part of a release.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from recsys.changes import Changes
from recsys.errors import NotFound, WrongData
from recsys.features.attributes import attribute_codes, by_name, shared_pairs
from recsys.features.changes import changed_items
from recsys.features.facets import (
    NONE,
    CategoryCounter,
    Codes,
    Counter,
    Counts,
    RatingCounter,
    ValueCounter,
    category_tree,
)
from recsys.features.item_words import ItemWords
from recsys.features.prices import Prices
from recsys.features.sort_orders import sort_orders
from recsys.schema import conform
from recsys.slate import NO_ITEMS, BoolArray, Facet, Filters, IntArray, Sort

ITEMS_FILE = "items.parquet"
"""Where an artifact that has items keeps them."""


class Catalogue:
    """All items of a release. Made once; read by many threads; a change makes another one.

    A row means the same item in a release's catalogue and in everything that `changed` made of it.
    """

    def __init__(self, items: pa.Table) -> None:
        """Take a canonical `items` table; `from_table` checks one."""
        self._items = items
        self.revision = 0
        """Of the newest change in it; 0 as released."""
        self.changed_rows: IntArray = NO_ITEMS
        """(C,) rows that differ from the release's, new ones included, rising."""
        self.item_ids: list[str] = items["item_id"].to_pylist()
        self.row: dict[str, int] = {item_id: i for i, item_id in enumerate(self.item_ids)}
        self.titles: list[str] = items["title"].to_pylist()
        self.descriptions: list[str] = items["description"].to_pylist()
        self.paths: list[tuple[str, ...]] = [tuple(path) for path in items["category"].to_pylist()]
        self.in_stock: BoolArray = _numbers(items["in_stock"], False).astype(np.bool_)
        self.blocked: BoolArray = _numbers(items["blocked"], False).astype(np.bool_)
        self.showable: BoolArray = self.in_stock & ~self.blocked
        self.rating: NDArray[np.float32] = _numbers(items["rating"], np.nan).astype(np.float32)  # NaN where unrated
        self.rating_count: NDArray[np.float32] = _numbers(items["rating_count"], 0).astype(np.float32)
        self.created_s: NDArray[np.float64] = _seconds(items["created_at"])  # NaN where unknown
        self.prices = Prices(items, self.showable)
        self._image: list[str | None] = items["image"].to_pylist()
        self._brand = Codes.of(items["brand"].to_pylist())
        self.brand_code, self.brands = self._brand.codes, self._brand.values
        self.categories, self.path_categories = category_tree(self.paths)
        self.leaf_category: IntArray = self.path_categories.max(axis=1, initial=NONE)  # deeper paths sort later
        self._node = {path: code for code, path in enumerate(self.categories)}
        self._pairs = shared_pairs(items["attributes"].to_pylist())
        self.attributes: dict[str, Codes] = attribute_codes(self._pairs)
        self._counters = self._make_counters()
        self._sort_orders = self.prices.of().orders | sort_orders(self.rating, self.rating_count, self.created_s)

    @classmethod
    def open(cls, folder: Path) -> Catalogue:
        """The items of an artifact that has some. Raises WrongData."""
        return cls.from_table(pq.read_table(folder / ITEMS_FILE))

    @classmethod
    def from_table(cls, items: pa.Table) -> Catalogue:
        """Check and take an `items` table. Raises WrongData on wrong columns or a repeated item_id."""
        catalogue = cls(conform(items, "items"))
        if len(catalogue.row) < len(catalogue):
            twice = next(item_id for i, item_id in enumerate(catalogue.item_ids) if catalogue.row[item_id] != i)
            raise WrongData("items.item_id", "every item once", twice, "Clean the table first.")
        return catalogue

    def changed(self, changes: Changes) -> Catalogue:
        """This catalogue with all changes since its release in it. Call it on the release's own."""
        items, rows = changed_items(self._items, changes.items)
        catalogue = Catalogue(items) if len(rows) else copy(self)
        catalogue.revision, catalogue.changed_rows = changes.revision, rows
        return catalogue

    def __len__(self) -> int:
        return len(self.item_ids)

    def require_row(self, item_id: str, field: str) -> int:
        """The row of an item. Raises NotFound, which names the field that the item stood in."""
        row = self.row.get(item_id)
        if row is None:
            raise NotFound(field, "an item of the catalogue", item_id)
        return row

    def facts(self, index: int) -> str:
        """Brand, category and attribute values, as words."""
        brand = self.brands[code] if (code := self.brand_code[index]) != NONE else ""
        words = [brand, *self.paths[index], *(value for _, value in self._pairs[index])]
        return " ".join(word for word in words if word)

    def text(self, index: int) -> str:
        """What a text encoder reads of an item: title and facts. Descriptions teach it, but blur an item's vector."""
        return f"{self.titles[index]} {self.facts(index)}".strip()

    def texts(self) -> list[str]:
        """`text` of every item."""
        return [self.text(index) for index in range(len(self))]

    def mask(self, filters: Filters) -> BoolArray:
        """(I,) items in stock and not blocked that pass. An absent rating passes no filter on it, nor does a price that
        is absent or in another currency than the limits."""
        passed = self.showable.copy()
        if filters.categories:
            passed &= self._below(filters.categories)
        if filters.brands:
            passed &= self._brand.among(filters.brands)
        if filters.price_min_micros is not None or filters.price_max_micros is not None:
            passed &= self.prices.of(filters.currency).between(filters.price_min_micros, filters.price_max_micros)
        if filters.rating_min is not None:
            passed &= self.rating >= filters.rating_min
        for name, accepted in filters.attributes:
            codes = self.attributes.get(name)
            passed &= codes.among(accepted) if codes is not None else False
        for phrase in filters.phrases:
            passed &= self.words.having(phrase)
        for phrase in filters.without:
            passed &= self.words.wanting(phrase)
        return passed

    @cached_property
    def words(self) -> ItemWords:
        """What items say, for filters by words."""
        return ItemWords(self.texts())

    def has_category(self, path: tuple[str, ...]) -> bool:
        """Whether an item, in stock or not, is in or below it; the root holds everything."""
        return not path or path in self._node

    def has_brand(self, brand: str) -> bool:
        """Whether an item, in stock or not, is of it."""
        return self._brand.has(brand)

    @property
    def facet_names(self) -> tuple[str, ...]:
        """Facets that can be asked for: four of every catalogue, then the attributes."""
        return tuple(self._counters)

    def facets(self, matched: BoolArray, names: Sequence[str], filters: Filters | None = None) -> tuple[Facet, ...]:
        """Counts of the matches per value, in the order of `names`. Raises WrongData on an unknown name.

        Args:
            matched: (I,) the whole match set; with `filters`, before the filters of the fields in `names`.
            filters: what was chosen. The values of a field are counted without that field's own filter, so that
                another one can be chosen beside it.
        """
        unknown = [name for name in names if name not in self._counters]
        if unknown:
            raise WrongData("facets", f"names among {', '.join(self.facet_names)}", unknown[0])
        chosen, parts = filters or Filters(), dict[Filters, BoolArray]()

        def left(others: Filters) -> BoolArray:
            if others not in parts:  # most fields have no filter of their own, and share one part of the matches
                parts[others] = matched & self.mask(others)
            return parts[others]

        if chosen == Filters():
            return tuple(self._facet(name, self._counter(name, None).count(matched), None) for name in names)
        return tuple(self._facet(name, self._counted(name, left, chosen), chosen.currency) for name in names)

    def _facet(self, name: str, counts: Counts, currency: str | None) -> Facet:
        return Facet(name, counts, (self.prices.of(currency).currency or currency) if name == "price" else None)

    def _counter(self, name: str, currency: str | None) -> Counter:
        return self.prices.of(currency).bands if name == "price" else self._counters[name]

    def _counted(self, name: str, left: Callable[[Filters], BoolArray], chosen: Filters) -> Counts:
        counts = self._counter(name, chosen.currency).count(left(chosen.loosened(name)))
        if name != "category" or not chosen.categories:
            return counts
        known = {value for value, _ in counts}
        inside = self._counters[name].count(left(chosen))  # a tree: what lies below the choice, too
        return counts + tuple((value, count) for value, count in inside if value not in known)

    @property
    def sorts(self) -> tuple[Sort, ...]:
        """Orders that can be asked for: relevance, then those by a fact that some item has."""
        return ("relevance", *self._sort_orders)

    def sorted(self, index: IntArray, sort: Sort, currency: str | None = None) -> IntArray:
        """(N,) these items in that order; as they are for relevance, or where no item has the fact.

        Args:
            currency: in which prices are compared, without it the usual one; others come last.
        """
        of_prices = currency is not None and sort in ("price_asc", "price_desc")
        places = (self.prices.of(currency).orders if of_prices else self._sort_orders).get(sort)
        return index if places is None else index[np.argsort(places[index], kind="stable")]

    def describe(self, index: int) -> dict[str, Any]:
        """The item as an answer shows it: plain JSON values, None where unknown."""
        rating, brand = float(self.rating[index]), self.brand_code[index]
        return {
            "item_id": self.item_ids[index],
            "title": self.titles[index],
            "description": self.descriptions[index],
            "category": list(self.paths[index]),
            "brand": self.brands[brand] if brand != NONE else None,
            "price_micros": int(self.prices.micros[index]) if self.prices.known[index] else None,
            "currency": self.prices.said[index],
            "rating": None if np.isnan(rating) else round(rating, 2),
            "rating_count": int(self.rating_count[index]),
            "image": self._image[index],
            "in_stock": bool(self.in_stock[index]),
            "attributes": by_name(self._pairs[index]),
        }

    def _below(self, categories: Sequence[tuple[str, ...]]) -> BoolArray:
        found = np.zeros(len(self), np.bool_)
        for path in categories:
            if not path:
                return np.ones(len(self), np.bool_)  # the root holds everything
            node = self._node.get(tuple(path))
            if node is not None:
                found |= self.path_categories[:, len(path) - 1] == node
        return found

    def _make_counters(self) -> dict[str, Counter]:
        counters: dict[str, Counter] = {
            "category": CategoryCounter(self.path_categories, self.categories),
            "brand": ValueCounter(self._brand),
            "price": self.prices.of().bands,
            "rating": RatingCounter(self.rating),
        }
        return counters | {name: ValueCounter(codes) for name, codes in self.attributes.items() if name not in counters}


def _numbers(column: pa.ChunkedArray, absent: Any) -> NDArray[Any]:
    return np.asarray(pc.fill_null(column, pa.scalar(absent, column.type)).to_numpy(zero_copy_only=False))


def _seconds(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Seconds since the epoch, NaN where null."""
    micros = _numbers(column.cast(pa.int64()), 0).astype(np.float64)
    return np.where(np.asarray(pc.is_valid(column), np.bool_), micros / 1e6, np.nan)
