"""The catalogue: filters and facets mean what a plain loop over the items says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import WrongData
from recsys.slate import Filters
from tests import shelf


@given(shelf.rows, shelf.filters)
def test_a_mask_is_what_a_naive_scan_finds(rows: list[dict[str, Any]], filters: Filters) -> None:
    mask = shelf.catalogue_of(rows).mask(filters)
    assert mask.tolist() == [shelf.passes(item, filters) for item in rows]


@given(shelf.rows, st.sampled_from(["category", "brand", "price", "rating", "colour", "size"]), st.randoms())
def test_the_count_beside_a_value_is_what_choosing_it_leaves(
    rows: list[dict[str, Any]], name: str, random: Any
) -> None:
    catalogue = shelf.catalogue_of(rows)
    if name not in catalogue.facet_names:
        return
    matched = catalogue.mask(Filters()) & np.array([random.random() < 0.7 for _ in rows])
    (facet,) = catalogue.facets(matched, [name])
    assert all(count > 0 for _, count in facet.counts)
    for value, count in facet.counts:
        assert count == np.count_nonzero(matched & catalogue.mask(chosen(name, value)))


def chosen(name: str, value: str) -> Filters:
    """The filter that a facet's value stands for."""
    if name == "category":
        return Filters(categories=(tuple(value.split(" > ")),))
    if name == "brand":
        return Filters(brands=(value,))
    if name == "rating":
        return Filters(rating_min=float(value.rstrip("+")))
    if name == "price":
        least, most = (round(float(end) * 100) * 10_000 for end in value.split("-"))
        return Filters(price_min_micros=least, price_max_micros=most)
    return Filters(attributes=((name, (value,)),))


@given(shelf.rows)
def test_brands_are_counted_and_the_most_frequent_comes_first(rows: list[dict[str, Any]]) -> None:
    catalogue = shelf.catalogue_of(rows)
    counted = Counter(item["brand"] for item in rows if item["brand"] and shelf.passes(item, Filters()))
    (facet,) = catalogue.facets(catalogue.mask(Filters()), ["brand"])
    assert dict(facet.counts) == dict(counted)
    assert [count for _, count in facet.counts] == sorted(counted.values(), reverse=True)


def test_categories_open_one_level_below_what_all_matches_share() -> None:
    lamps = [shelf.row(category=["Home", "Lamps", kind]) for kind in ("Desk", "Desk", "Floor")]
    catalogue = shelf.catalogue_of([*lamps, shelf.row(category=["Sports"])])
    everything = catalogue.mask(Filters())
    assert catalogue.facets(everything, ["category"])[0].counts == (("Home", 3), ("Sports", 1))
    at_home = catalogue.mask(Filters(categories=(("Home",),)))
    below = (("Home > Lamps > Desk", 2), ("Home > Lamps > Floor", 1))
    assert catalogue.facets(at_home, ["category"])[0].counts == below


@given(shelf.rows, shelf.filters)
def test_a_field_is_counted_without_its_own_filter(rows: list[dict[str, Any]], filters: Filters) -> None:
    catalogue = shelf.catalogue_of(rows)
    names = catalogue.facet_names
    loose = catalogue.mask(filters.loosened(*names))
    for facet in catalogue.facets(loose, names, filters):
        others = catalogue.mask(filters.loosened(facet.name))
        for value, count in facet.counts:
            alone = others & catalogue.mask(chosen(facet.name, value))
            assert count in (np.count_nonzero(alone), np.count_nonzero(alone & catalogue.mask(filters)))


def test_a_second_value_can_be_chosen_beside_the_first_and_says_how_much_it_adds() -> None:
    catalogue = shelf.catalogue_of(
        [shelf.row(brand=brand, price_micros=price * shelf.MICROS) for brand, price in [("A", 1), ("A", 2), ("B", 1)]]
    )
    chosen_a = Filters(brands=("A",), price_max_micros=shelf.MICROS)
    loose = catalogue.mask(chosen_a.loosened("brand", "rating"))
    brand, rating = catalogue.facets(loose, ["brand", "rating"], chosen_a)
    assert brand.counts == (("A", 1), ("B", 1)) and rating.counts == ()
    both = catalogue.mask(Filters(brands=("A", "B"), price_max_micros=shelf.MICROS))
    assert np.count_nonzero(both) == 2


def test_below_a_chosen_category_its_parts_are_counted_beside_the_others() -> None:
    paths = [["Home", "Lamps"], ["Home", "Rugs"], ["Home", "Rugs"], ["Sports"]]
    catalogue = shelf.catalogue_of([shelf.row(category=path) for path in paths])
    home = Filters(categories=(("Home",),))
    (facet,) = catalogue.facets(catalogue.mask(Filters()), ["category"], home)
    assert facet.counts == (("Home", 3), ("Sports", 1), ("Home > Rugs", 2), ("Home > Lamps", 1))


def test_money_stays_exact_beyond_what_a_float_holds() -> None:
    price = 9_007_199_254_740_993  # 2^53 + 1
    catalogue = shelf.catalogue_of([shelf.row(price_micros=price)])
    assert catalogue.describe(0)["price_micros"] == price
    assert catalogue.mask(Filters(price_max_micros=price - 1)).tolist() == [False]
    assert catalogue.mask(Filters(price_min_micros=price)).tolist() == [True]


def test_what_is_unknown_is_none_in_an_answer_and_nan_for_a_model() -> None:
    catalogue = shelf.catalogue_of([shelf.row("Lamp")])
    shown = catalogue.describe(0)
    assert all(shown[name] is None for name in ("brand", "price_micros", "currency", "rating", "image"))
    assert np.isnan([catalogue.prices.of().values[0], catalogue.rating[0], catalogue.created_s[0]]).all()
    assert catalogue.brand_code[0] == catalogue.leaf_category[0] == -1


def test_a_text_is_title_brand_category_and_attributes() -> None:
    catalogue = shelf.catalogue_of(
        [shelf.row("Oak lamp", brand="Acme", category=["Home", "Lamps"], attributes={"colour": "red"}, description="x")]
    )
    assert catalogue.text(0) == "Oak lamp Acme Home Lamps red"
    assert catalogue.categories[catalogue.leaf_category[0]] == ("Home", "Lamps")


def test_an_item_of_several_values_is_found_and_counted_by_each_and_shown_with_all() -> None:
    rows = [{"colour": ["red", "blue"], "fit": "slim"}, {"colour": "blue"}, {"colour": ["red", "red"]}, {}]
    catalogue = shelf.catalogue_of([shelf.row(attributes=attributes) for attributes in rows])
    assert catalogue.describe(0)["attributes"] == {"colour": ["red", "blue"], "fit": ["slim"]}
    assert catalogue.describe(2)["attributes"] == {"colour": ["red"]}
    assert catalogue.text(0) == "thing red blue slim"
    assert catalogue.mask(chosen("colour", "blue")).tolist() == [True, True, False, False]
    assert catalogue.mask(Filters(attributes=(("colour", ("red", "blue")),))).tolist() == [True, True, True, False]
    colour, fit = catalogue.facets(catalogue.mask(Filters()), ["colour", "fit"])
    assert (colour.counts, fit.counts) == ((("blue", 2), ("red", 2)), (("slim", 1),))
    assert catalogue.facet_names[4:] == ("colour", "fit"), "the attribute of most items first"


def test_a_repeated_item_is_refused_by_name() -> None:
    with pytest.raises(WrongData, match=r"items\.item_id.*'same'"):
        shelf.catalogue_of([shelf.row(item_id="same"), shelf.row(), shelf.row(item_id="same")])


def test_an_unknown_facet_is_refused_with_the_known_ones() -> None:
    catalogue = shelf.catalogue_of([shelf.row(attributes={"colour": "red"})])
    with pytest.raises(WrongData, match="category, brand, price, rating, colour"):
        catalogue.facets(catalogue.in_stock, ["size"])


def test_an_empty_category_path_is_the_root() -> None:
    catalogue = shelf.catalogue_of([shelf.row(category=["Home"]), shelf.row()])
    root = replace(Filters(), categories=((),))
    assert catalogue.mask(root).all()
