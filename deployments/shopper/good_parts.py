"""The parts of a request that this catalogue can answer, and what it says of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from deployments.entrance.ignored import ignored
from deployments.entrance.shapes import IgnoredOut
from deployments.shopper.shapes import FiltersIn, PageIn
from recsys.features.catalogue import Catalogue
from recsys.slate import Asked, IntArray, Sort

Ignored = list[IgnoredOut]
GONE = "the catalogue has no item of this id (any more)"
HOLDS = "the filter still holds, so this value leaves nothing"


def known_items(catalogue: Catalogue, named: Mapping[str, str]) -> tuple[IntArray, Ignored]:
    """Rows of the items that are there, and the others.

    Args:
        named: item ids by the field that they stood in.
    """
    rows = [catalogue.row[item_id] for item_id in named.values() if item_id in catalogue.row]
    gone = [ignored(field, item_id, GONE) for field, item_id in named.items() if item_id not in catalogue.row]
    return np.array(rows, np.int32), gone


def known_facets(catalogue: Catalogue, names: Sequence[str]) -> tuple[tuple[str, ...], Ignored]:
    """Fields that can be counted, and the others."""
    known = frozenset(catalogue.facet_names)
    why = f"no field that can be counted; those are {', '.join(catalogue.facet_names)}"
    others = [ignored(f"facets.{number}", name, why) for number, name in enumerate(names) if name not in known]
    return tuple(name for name in names if name in known), others


def known_sort(catalogue: Catalogue, sort: Sort) -> tuple[Sort, Ignored]:
    """An order that the catalogue has the facts for: relevance in the place of another one."""
    if sort in catalogue.sorts:
        return sort, []
    return "relevance", [ignored("sort", sort, f"no item has this fact; orders are {', '.join(catalogue.sorts)}")]


def unordered(asked: Sort, found: Sort) -> Ignored:
    """An order that a search could not be given: there was nothing that matches."""
    if asked == found:
        return []
    return [ignored("sort", asked, "nothing matches all that was asked for, and what comes close is not sorted")]


def empty_filters(catalogue: Catalogue, page: PageIn) -> Ignored:
    """Values of filters that no item has. A filter is never lifted: what the shopper does not want stays away."""
    return [*_empty_values(catalogue, page.filters), *_empty_range(catalogue, page.filters, page.currency)]


def uncompared(catalogue: Catalogue, asked: Asked) -> Ignored:
    """Prices in other currencies, where something asks for prices to be compared."""
    currency, filters = asked.filters.currency, asked.filters
    limited = filters.price_min_micros is not None or filters.price_max_micros is not None
    if not (limited or asked.cheap or "price" in asked.facets or asked.sort in ("price_asc", "price_desc")):
        return []
    compared = catalogue.prices.of(currency)
    if not compared.elsewhere:
        return []
    told = ", ".join(
        f"{count} in {code or 'a currency that is not said'}" for code, count in compared.elsewhere.items()
    )
    why = f"items have prices that are not compared with it, pass no limit and come last: {told}"
    return [ignored("currency", compared.currency or currency, why)]


def _empty_values(catalogue: Catalogue, filters: FiltersIn) -> Iterator[IgnoredOut]:
    for number, path in enumerate(filters.categories):
        if not catalogue.has_category(tuple(path)):
            yield ignored(f"filters.categories.{number}", " > ".join(path), f"no item is in this category; {HOLDS}")
    for number, brand in enumerate(filters.brands):
        if not catalogue.has_brand(brand):
            yield ignored(f"filters.brands.{number}", brand, f"no item is of this brand; {HOLDS}")
    for name, values in filters.attributes.items():
        if name not in catalogue.attributes:
            yield ignored(f"filters.attributes.{name}", name, f"no item has this attribute; {HOLDS}")
            continue
        for number, value in enumerate(values):
            if not catalogue.attributes[name].has(value):
                why = f"no item has this value; {HOLDS}"
                yield ignored(f"filters.attributes.{name}.{number}", value, why)


def _empty_range(catalogue: Catalogue, filters: FiltersIn, currency: str | None) -> Iterator[IgnoredOut]:
    """A range in which no price can lie."""
    known = catalogue.prices.of(currency).range
    least, most = filters.price_min_micros, filters.price_max_micros
    if least is not None and most is not None and least > most:
        yield ignored("filters.price_min_micros", least, f"above price_max_micros ({most}): no price lies between")
    elif known is None:
        if least is not None or most is not None:
            lacking = f" in {currency}; those are {', '.join(catalogue.prices.currencies)}" if currency else ""
            yield ignored("filters.price_min_micros", least, f"no item has a price{lacking}; {HOLDS}")
    elif most is not None and most < known[0]:
        yield ignored("filters.price_max_micros", most, f"below the cheapest item ({known[0]}); {HOLDS}")
    elif least is not None and least > known[1]:
        yield ignored("filters.price_min_micros", least, f"above the dearest item ({known[1]}); {HOLDS}")
