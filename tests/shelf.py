"""Small catalogues, drawn or written by hand, for the tests of features, index and recall."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from recsys.features.attributes import pairs_of
from recsys.features.catalogue import Catalogue
from recsys.schema import ITEMS
from recsys.slate import Filters

MICROS = 1_000_000
PATHS = [
    (),
    ("Home",),
    ("Home", "Lamps"),
    ("Home", "Lamps", "Desk"),
    ("Home", "Rugs"),
    ("Sports",),
    ("Sports", "Shoes"),
]
BRANDS = ["Acme", "Bolt", "Cove"]
VALUES = ["red", "blue", "L"]
PRICES = [0, 990_000, 10 * MICROS, 24_990_000, 25 * MICROS, 9_007_199_254_740_993]
RATINGS = [1.0, 2.5, 3.0, 4.0, 4.5, 5.0]


def row(title: str = "thing", **known: Any) -> dict[str, Any]:
    """An item with these values, in stock unless told otherwise."""
    return {"title": title, "description": "", "category": [], "in_stock": True, "attributes": {}} | known


def catalogue_of(rows: Sequence[Mapping[str, Any]]) -> Catalogue:
    """Items i0, i1, ... of these rows."""
    full = [
        {name: item.get(name) for name in ITEMS.names}
        | {"item_id": item.get("item_id", f"i{i}"), "attributes": pairs_of(item["attributes"])}
        for i, item in enumerate(rows)
    ]
    return Catalogue.from_table(pa.Table.from_pylist(full, schema=ITEMS))


rows = st.lists(
    st.builds(
        row,
        category=st.sampled_from(PATHS).map(list),
        brand=st.none() | st.sampled_from(BRANDS),
        price_micros=st.none() | st.sampled_from(PRICES),
        rating=st.none() | st.sampled_from(RATINGS),
        in_stock=st.booleans(),
        blocked=st.none() | st.booleans(),
        attributes=st.dictionaries(
            st.sampled_from(["colour", "size"]), st.lists(st.sampled_from(VALUES), min_size=1, unique=True)
        ),
    ),
    min_size=1,
    max_size=25,
)

filters = st.builds(
    Filters,
    categories=st.lists(st.sampled_from([*PATHS, ("Garden",)]), max_size=2).map(tuple),
    brands=st.lists(st.sampled_from([*BRANDS, "Dune"]), max_size=2).map(tuple),
    price_min_micros=st.none() | st.sampled_from(PRICES),
    price_max_micros=st.none() | st.sampled_from(PRICES),
    rating_min=st.none() | st.sampled_from(RATINGS),
    attributes=st.sampled_from([(), (("colour", ("red",)),), (("colour", ("red", "blue")),), (("size", ("L",)),)]),
)


def passes(item: Mapping[str, Any], wanted: Filters) -> bool:
    """What a filter means, one item at a time."""
    path, price, rating = tuple(item["category"]), item.get("price_micros"), item.get("rating")
    checks = [item["in_stock"], not item.get("blocked")]
    if wanted.categories:
        checks.append(any(path[: len(prefix)] == prefix for prefix in wanted.categories))
    if wanted.brands:
        checks.append(item.get("brand") in wanted.brands)
    if wanted.price_min_micros is not None:
        checks.append(price is not None and price >= wanted.price_min_micros)
    if wanted.price_max_micros is not None:
        checks.append(price is not None and price <= wanted.price_max_micros)
    if wanted.rating_min is not None:
        checks.append(rating is not None and rating >= wanted.rating_min)
    checks += [bool(set(item["attributes"].get(name, [])) & set(values)) for name, values in wanted.attributes]
    return all(checks)
