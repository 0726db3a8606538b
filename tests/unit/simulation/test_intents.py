"""The truth's reading of search texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.simulation.intents import Intent, Intents, grades, units
from recsys.simulation.shop import Shop
from recsys.simulation.taxonomy import FACETS, TYPE_CODE, TYPES, VALUES
from recsys.simulation.vocabulary import VOCABULARIES

INTENTS = {
    locale: Intents(words, tuple(dict.fromkeys(name for names in words.brands.values() for name in names)))
    for locale, words in VOCABULARIES.items()
}
TYPE_WORDS = [(locale, key, word) for locale, v in VOCABULARIES.items() for key, ws in v.types.items() for word in ws]
VALUE_WORDS = [
    (locale, facet, name, word)
    for locale, v in VOCABULARIES.items()
    for facet in FACETS
    for name, ws in v.values[facet].items()
    for word in ws
]


def test_every_noun_and_synonym_means_its_type() -> None:
    for locale, key, word in TYPE_WORDS:
        for text in (word, word.upper(), f"  {word.lower()}! "):
            assert INTENTS[locale].parse(text).types == (TYPE_CODE[key],), text


def test_every_value_word_means_its_value() -> None:
    for locale, facet, name, word in VALUE_WORDS:
        assert INTENTS[locale].parse(word) == Intent((), ((facet, (VALUES[facet].index(name),)),)), word


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("cuting board", "cutting_board"),
        ("tshirt", "t_shirt"),
        ("yoga maat", "yoga_mat"),
        ("headphnoes", "headphones"),
        ("red mug", "mug"),
        ("skillet 28 cm", "frying_pan"),
        ("scandinavian bookcase", "bookshelf"),
    ],
)
def test_typing_errors_are_forgiven(text: str, key: str) -> None:
    assert TYPE_CODE[key] in INTENTS["en"].parse(text).types


def test_attributes_and_wider_words() -> None:
    intent = INTENTS["en"].parse("wooden chopping board, large")
    wanted = dict(intent.wanted)
    assert {VALUES["material"][code] for code in wanted["material"]} == {"bamboo", "oak", "walnut", "acacia", "beech"}
    assert wanted["size"] == (VALUES["size"].index("large"),)
    chinese = INTENTS["zh"].parse("竹制菜板 大号")
    assert chinese.types == (TYPE_CODE["cutting_board"],)
    assert dict(chinese.wanted).keys() == {"material", "size"}


@given(st.text(max_size=60))
def test_any_text_is_read(text: str) -> None:
    for intents in INTENTS.values():
        intent = intents.parse(text)
        assert all(0 <= code < len(TYPES) for code in intent.types)
    assert all(unit for unit in units(text))


def test_grades_follow_their_definition(small_shop: Shop) -> None:
    assortment = small_shop._assortment
    kind = int(assortment.kind[0])
    colour = int(assortment.values["colour"][assortment.values["colour"] >= 0][0])
    plain = grades(Intent((kind,)), assortment)
    assert np.all((plain == 3) == (assortment.kind == kind))
    coloured = grades(Intent((kind,), (("colour", (colour,)),)), assortment)
    right = assortment.kind == kind
    assert np.all(coloured[right & (assortment.values["colour"] == colour)] == 3)
    assert np.all(coloured[right & (assortment.values["colour"] != colour)] == 2)
    assert np.all(coloured[~right] == (assortment.section == assortment.section[0])[~right])
    assert np.all(grades(Intent(), assortment) == 0)


@pytest.mark.parametrize("shop", ["small_shop", "chinese_shop"])
def test_held_out_queries_have_answers(shop: str, request: pytest.FixtureRequest) -> None:
    world: Shop = request.getfixturevalue(shop)
    queries = world.queries(np.random.default_rng(3), 200)
    assert len({query.text for query in queries}) > 100
    best = [world.relevance(query.text, world.item_ids).max() for query in queries]
    assert np.mean(np.array(best) == 3) > 0.98
    titles = " ".join(world.tables().items["title"].to_pylist()).lower()
    assert np.mean([query.text not in titles for query in queries]) > 0.3  # synonyms, typing errors, other orders
