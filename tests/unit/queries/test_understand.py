"""What queries mean in shops of several trades: limits, values, absences, phrases, and what is left alone."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from recsys.features.catalogue import Catalogue
from recsys.queries.asking import as_understood, reconciled
from recsys.queries.shop_words import Learned, ShopWords
from recsys.queries.synonyms import Synonym, Synonyms
from recsys.queries.understand import understand
from recsys.queries.understood import Understood
from recsys.slate import Asked, Filters
from tests.shelf import MICROS, catalogue_of, row


def item(
    title: str, price: float | None, path: str, brand: str | None = None, **attributes: str | list[str]
) -> dict[str, Any]:
    return row(
        title,
        category=path.split("/"),
        brand=brand,
        price_micros=None if price is None else round(price * MICROS),
        currency=None if price is None else "EUR",
        attributes=attributes,
    )


GARDEN = catalogue_of(
    [
        item("Oak bench, dark green", 120, "Outdoor/Benches", "Hollin", colour="Dark Green", length="150 cm"),
        item("Oak bench, green", 90, "Outdoor/Benches", "Hollin", colour="Green", length="120 cm"),
        item("Steel bench, red", 45, "Outdoor/Benches", "Not a Garden", colour="Red", length="120 cm"),
        item("Watering can, red", 15, "Outdoor/Cans", "Pell", colour="Red", volume="5 l"),
        item("Seeds no 7, sugar free peas", 3, "Seeds/Peas", "Pell", bag="10 grains"),
        item("Peas with sugar pods", 4, "Seeds/Peas", "Pell", bag="50 grains"),
        item("Fence without gate", 60, "Outdoor/Fences", "Pell"),
        item("Fence with gate", 80, "Outdoor/Fences", "Pell"),
        item("Vitamin tea for women over 50", 9, "Tea", "Pell"),
    ]
)
READING = catalogue_of([item("A no man's land", None, "Books", "Quire"), item("Cheap tricks", None, "Books", "Quire")])


def read(query: str, catalogue: Catalogue = GARDEN, *refused: str) -> Understood:
    return understand(query, ShopWords(catalogue), refused)


def price(understood: Understood) -> tuple[float | None, float | None] | None:
    found = [one for one in understood.filters if one.field == "price"]
    units = [[None if m is None else m / MICROS for m in (one.min_micros, one.max_micros)] for one in found]
    return (units[0][0], units[0][1]) if found else None


@pytest.mark.parametrize(
    ("query", "limits", "rest"),
    [
        ("bench under 50", (None, 50), "bench"),
        ("bench below €50", (None, 50), "bench"),
        ("less than 50 euros bench", (None, 50), "bench"),
        ("bench 20-30 €", (20, 30), "bench"),
        ("bench €20 – €30", (20, 30), "bench"),
        ("bench between 20 and 30", (20, 30), "bench"),
        ("bench over 100", (100, None), "bench"),
        ("bench up to 40", (None, 40), "bench"),
        ("bench max 40 eur", (None, 40), "bench"),
        ("bank unter 50 euro", (None, 50), "bank"),
        ("bank ab 50 €", (50, None), "bank"),
        ("bank zwischen 20 und 49,90", (20, 49.9), "bank"),
        ("banc moins de 50", (None, 50), "banc"),
        ("banc jusqu'à 50€", (None, 50), "banc"),
        ("banco menos de 50", (None, 50), "banco"),
        ("ławka poniżej 50", (None, 50), "ławka"),
        ("椅子 50以下", (None, 50), "椅子"),
        ("скамейка до 50", (None, 50), "скамейка"),
        ("Under 1,299.50 bench", (None, 1299.5), "bench"),
        ("bench under 1.299", (None, 1299), "bench"),
        ("bench under 1.5k", (None, 1500), "bench"),
        ("bench under ５０", (None, 50), "bench"),
        ("bench < 50", (None, 50), "bench"),
        ("bench 50 and under", (None, 50), "bench"),
        ("under 50", (None, 50), ""),
    ],
)
def test_limits_of_a_price(query: str, limits: tuple[float | None, float | None], rest: str) -> None:
    understood = read(query)
    assert (price(understood), understood.text) == (limits, rest)


@pytest.mark.parametrize(
    "query",
    [
        "50 ml lotion",
        "iphone 15",
        "under armour",
        "spf 50",
        "size under 40",
        "bench under 150 cm",
        "bench under 150cm",
        "length under 150",
        "peas under 50 grains",
        "vitamins for women over 50",
        "toys for kids under 3",
        "phone 15 pro max 256",
        "shoes 38-40",
        "size 38-40",
        "boards 12-14 mm",
        "over 50 tea",
        'monitor over 27"',
        "cans under 5 l",
        "100% wool",
        "battery over 3000mah",
    ],
)
def test_what_is_no_price(query: str) -> None:
    assert price(read(query)) is None
    assert read(query).text == query and read(query).ignored == ()


def test_money_that_the_shop_does_not_take_is_said_and_not_compared() -> None:
    understood = read("bench under $50")
    assert (understood.text, price(understood)) == ("bench", None)
    assert [(one.words, one.why) for one in understood.ignored] == [("under $50", "prices here are in EUR")]
    assert read("novel under 5", READING).ignored[0].why == "no item of this shop has a price"


def money(amount: float, currency: str) -> dict[str, Any]:
    return row(f"Vase {amount}", price_micros=round(amount * MICROS), currency=currency)


MIXED = catalogue_of([money(30, "USD"), money(40, "USD"), money(45, "CAD"), money(20, "EUR"), money(3000, "JPY")])


@pytest.mark.parametrize(
    ("query", "asked", "currency"),
    [
        ("vase under 50", None, "USD"),
        ("vase under 50", "EUR", "EUR"),
        ("vase under 50 €", None, "EUR"),
        ("vase under 50 €", "USD", "EUR"),
        ("vase under $50", None, "USD"),
        ("vase under $50", "CAD", "CAD"),
        ("vase under $50", "EUR", "USD"),
        ("vase 4000円以下", None, "JPY"),
    ],
)
def test_an_amount_is_in_the_currency_that_it_names_or_that_is_asked_for(
    query: str, asked: str | None, currency: str
) -> None:
    understood = understand(query, ShopWords(MIXED), currency=asked)
    (limit,) = understood.filters
    filters = as_understood(Asked("search", 5, text=query, filters=Filters(currency=asked)), understood).filters
    assert limit.currency == filters.currency == currency
    assert [MIXED.prices.said[row] for row in np.flatnonzero(MIXED.mask(filters))] == [currency] * (
        2 if currency == "USD" else 1
    )


@pytest.mark.parametrize(
    ("query", "asked", "why"),
    [
        ("vase under £50", None, "prices here are in USD, CAD, EUR, JPY"),
        ("vase under 50", "CHF", "prices here are in USD, CAD, EUR, JPY"),
        ("vase over 20 € under $50", None, "prices are limited in EUR already"),
    ],
)
def test_an_amount_that_cannot_be_compared_is_said(query: str, asked: str | None, why: str) -> None:
    assert [one.why for one in understand(query, ShopWords(MIXED), currency=asked).ignored] == [why]


def test_a_chosen_limit_goes_before_a_written_one_of_another_currency() -> None:
    shop = ShopWords(MIXED)
    understood, chosen = understand("vase under 50 €", shop), Filters(price_max_micros=35 * MICROS)
    left = reconciled(understood, chosen, shop)
    assert left.filters == () and [one.why for one in left.ignored] == ["prices are limited in USD already"]
    assert as_understood(Asked("search", 5, filters=chosen), left).filters == chosen
    for same in (Filters(), Filters(price_max_micros=35 * MICROS, currency="EUR")):
        assert reconciled(understood, same, shop) == understood


@pytest.mark.parametrize(
    ("query", "excluded", "rest"),
    [
        ("bench not red", ["red"], "bench"),
        ("bench -red", ["red"], "bench"),
        ("bench not dark green", ["dark green"], "bench"),
        ("bench without red or green", ["red", "green"], "bench"),
        ("peas, no sugar", ["sugar"], "peas"),
        ("erbsen ohne zucker", ["zucker"], "erbsen"),
        ("banc sans dossier", ["dossier"], "banc"),
        ("banco sin respaldo", ["respaldo"], "banco"),
        ("fence without gate", ["gate"], "fence without gate"),
        ("can w/o handle", ["handle"], "can"),
        ("bench not for kids", ["kids"], "bench"),
        ("not a garden bench", [], "not a garden bench"),
        ("seeds no 7", [], "seeds no 7"),
        ("no. 5", [], "no. 5"),
        ("sin city", [], "sin city"),
        ("e-bike", [], "e-bike"),
        ("wi-fi", [], "wi-fi"),
        ("-red", [], "-red"),
        ("without", [], "without"),
        ("bench -20 degrees", [], "bench -20 degrees"),
    ],
)
def test_what_must_not_be_there(query: str, excluded: list[str], rest: str) -> None:
    understood = read(query)
    assert ([one.value for one in understood.excluded], understood.text) == (excluded, rest)


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("red bench", [("attribute", "Red"), ("category", "Outdoor > Benches")]),
        ("dark green benches", [("attribute", "Dark Green"), ("category", "Outdoor > Benches")]),
        ("pell watering can", [("brand", "Pell"), ("category", "Outdoor > Cans")]),
        ("not a garden bench", [("brand", "Not a Garden"), ("category", "Outdoor > Benches")]),
        ("red fence", [("category", "Outdoor > Fences")]),  # no fence is red
        ("benching", []),
        ("tulip", []),
    ],
)
def test_values_of_the_shop_filter_where_they_are_certain_and_leave_something(
    query: str, values: list[tuple[str, str]]
) -> None:
    understood = read(query)
    assert [(one.field, *one.values) for one in understood.filters] == values
    assert understood.text == query


def test_a_word_that_titles_use_for_other_things_is_no_value() -> None:
    shop = catalogue_of(
        [item("Apple phone", 9, "Phones", "Apple"), *(item(f"Apple juice {n}", 2, "Juice", "Brook") for n in range(9))]
    )
    assert [one.field for one in read("apple phone", shop).filters] == ["category"]


def test_a_value_among_several_of_an_item_filters_as_the_only_one_does() -> None:
    colours = (["Amber", "Teal"], ["Teal"], ["Amber"])
    shop = catalogue_of([item(f"Amber scarf {n}", 9, "Scarf", colour=several) for n, several in enumerate(colours)])
    assert [one.field for one in read("amber scarf", shop).filters] == ["category"], "one amber scarf is teal only"
    shop = catalogue_of([item(f"Scarf {n}", 9, "Scarf", colour=several) for n, several in enumerate(colours)])
    (_, colour) = sorted(read("teal scarf", shop).filters, key=lambda one: one.field, reverse=True)
    asked = as_understood(Asked("search", 5, text="teal scarf"), read("teal scarf", shop))
    assert colour.values == ("Teal",) and shop.mask(asked.filters).tolist() == [True, True, False]


def test_phrases_are_exact_and_one_that_nothing_says_is_ignored_aloud() -> None:
    understood = read('"dark green" bench')
    assert ([one.value for one in understood.phrases], understood.text) == (["dark green"], "dark green bench")
    absent = read("“green dark” bench")
    assert absent.phrases == () and absent.ignored[0].why == "no item says exactly that"
    assert absent.text == "green dark bench"
    assert read('27" screen 12" wide').phrases == ()


@pytest.mark.parametrize("query", ["cheap bench", "bench, inexpensive", "günstige bank", "banc pas cher", "便宜 椅子"])
def test_cheap_is_a_wish_that_excludes_nothing(query: str) -> None:
    understood = read(query)
    assert understood.wishes and all(one.field != "price" for one in understood.filters)
    asked = as_understood(Asked("search", 5, text=query), understood)
    assert asked.cheap and asked.filters.price_max_micros is None


def test_cheap_within_a_title_is_a_word() -> None:
    assert read("cheap tricks", READING).text == "cheap tricks"


@pytest.mark.parametrize(
    "query", ["red bench under 50", "bench not red", "bench -red", '"dark green" bench', "cheap bench"]
)
def test_all_that_is_understood_can_be_refused(query: str) -> None:
    understood = read(query)
    parts: tuple[Any, ...] = (*understood.filters, *understood.excluded, *understood.phrases, *understood.wishes)
    assert parts
    refused = read(query, GARDEN, *(one.words for one in parts))
    assert refused == Understood(query)


def test_what_is_chosen_goes_before_what_is_read() -> None:
    chosen = Filters(brands=("Hollin",), price_min_micros=10 * MICROS, price_max_micros=70 * MICROS)
    asked = as_understood(Asked("search", 5, text="x", filters=chosen), read("pell fence under 100 not red"))
    fences, limits = (("Outdoor", "Fences"),), (10 * MICROS, 70 * MICROS)
    assert asked.filters == Filters(fences, ("Hollin",), *limits, without=("red",), currency="EUR")


@pytest.mark.parametrize(
    ("query", "brands"),
    [("holin bench", ("Hollin",)), ("pel can", ()), ("podz", ()), ("hollin podz", ("Hollin",))],
)
def test_a_mistyped_value_filters_as_it_is_meant(query: str, brands: tuple[str, ...]) -> None:
    assert as_understood(Asked("search", 5, text=query), read(query)).filters.brands == brands


def test_a_word_that_somebody_knows_is_no_typing_error_of_a_value() -> None:
    rows = [row("Bench", brand="Hollin"), row("Bench", description="Of holin, a soft wood.")]
    assert not read("holin bench", catalogue_of(rows)).filters
    shop = ShopWords(catalogue_of(rows[:1]))
    assert understand("holin bench", shop).filters
    known = Learned.of(catalogue_of(rows[:1]), Synonyms([Synonym("holin", "bench")]))
    assert not understand("holin", ShopWords(catalogue_of(rows[:1]), known)).filters


def test_nothing_understood_changes_nothing() -> None:
    asked = Asked("search", 5, text="  Tulips,   yellow ")
    assert as_understood(asked, read(asked.text)) == asked


def test_masks_by_words_know_what_is_denied() -> None:
    titles = np.array(GARDEN.titles)
    sugar = titles[GARDEN.mask(Filters(without=("sugar",)))]
    assert "Seeds no 7, sugar free peas" in sugar and "Peas with sugar pods" not in sugar
    gate = titles[GARDEN.mask(Filters(without=("gates",)))]
    assert "Fence without gate" in gate and "Fence with gate" not in gate
    assert list(titles[GARDEN.mask(Filters(phrases=("dark green",)))]) == ["Oak bench, dark green"]
    assert not GARDEN.mask(Filters(phrases=("green dark",))).any()


@pytest.mark.parametrize(
    ("title", "denies"),
    [
        ("Mug w/o lid", True),
        ("Mug w/ lid", False),
        ("Mug without any lid", True),
        ("Mug free of the lid", True),
        ("Tasse ohne den Lid", True),
        ("Lid-free mug", True),
        ("Powder-free lid", False),
        ("Lid, powder-free", False),
        ("Lid rim free mug", True),
        ("Mug, lid or saucer", False),
        ("Cup zero waste with lid", False),
    ],
)
def test_titles_and_searches_deny_by_the_same_words(title: str, denies: bool) -> None:
    assert bool(catalogue_of([row(title)]).mask(Filters(without=("lid",)))[0]) is denies


def test_what_a_title_denies_counts_more_than_the_name_of_its_category() -> None:
    rows = [row("Syringe without needle", category=["Needles"]), row("Syringe", category=["Needles"])]
    assert catalogue_of(rows).mask(Filters(without=("needle",))).tolist() == [True, False]


def test_an_empty_shop_and_any_signs() -> None:
    shop = ShopWords(catalogue_of([row()]))
    for query in ("", " ", "-", '"', '""', "under", "not", "50", "€", "<", "«»", "🚲 under 5", "- - -", "not not not"):
        understand(query, shop)


def test_reading_a_query_takes_less_than_a_millisecond() -> None:
    shop, queries = ShopWords(GARDEN), ["red bench under 50 not green", "oak bench", '"dark green" bench 20-30 €']
    for query in queries:
        understand(query, shop)
    started = time.process_time()
    for _ in range(50):
        for query in queries:
            understand(query, shop)
    assert (time.process_time() - started) / 150 < 0.001
