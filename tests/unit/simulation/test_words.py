"""The words of the simulated shop: complete in both languages, unambiguous, and pleasant to read."""

from __future__ import annotations

import re
from collections import Counter
from typing import Literal

import pytest

from recsys.schema import conform
from recsys.simulation.grammar import fill
from recsys.simulation.shop import Shop
from recsys.simulation.taxonomy import DEPARTMENTS, FACETS, SECTIONS, TYPE_CODE, TYPES, VALUES
from recsys.simulation.vocabulary import VOCABULARIES


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_every_key_of_the_taxonomy_has_words(locale: Literal["en", "zh"]) -> None:
    words = VOCABULARIES[locale]
    assert set(words.types) == set(TYPE_CODE)
    assert set(words.departments) == set(words.brands) == set(DEPARTMENTS)
    assert set(words.sections) == set(words.uses) == set(SECTIONS)
    assert set(words.facets) == set(FACETS)
    for facet in FACETS:
        assert set(words.values[facet]) == set(VALUES[facet])
    assert set(words.feature_sentences) == set(VALUES["feature"])
    assert set(words.material_sentences) == set(VALUES["material"])
    assert words.plural <= set(TYPE_CODE)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_no_word_means_two_things(locale: Literal["en", "zh"]) -> None:
    words = VOCABULARIES[locale]
    said = [word for names in words.types.values() for word in names]
    said += [word for facet in FACETS for names in words.values[facet].values() for word in names]
    said += words.wider
    counts = Counter(word.casefold() for word in said)
    assert [word for word, count in counts.items() if count > 1] == []


def test_complements_and_types_are_consistent() -> None:
    assert len(TYPE_CODE) == len(TYPES) >= 60
    assert {key for kind in TYPES for key in kind.complements} <= set(TYPE_CODE)


@pytest.mark.parametrize("shop", ["small_shop", "chinese_shop"])
def test_texts_read_well(shop: str, request: pytest.FixtureRequest) -> None:
    items = conform(request.getfixturevalue(shop).tables().items, "items")
    titles, descriptions = items["title"].to_pylist(), items["description"].to_pylist()
    assert len(set(titles)) == len(titles)
    for text in titles + descriptions:
        assert text == text.strip()
        assert not re.search(r"[{}|]|  |,,|, ?$|^[,，。.]|None", text), text
    assert all(len(text) >= 10 for text in descriptions)


def test_english_descriptions_agree_with_their_nouns(small_shop: Shop) -> None:
    plural = {VOCABULARIES["en"].noun(key) for key in VOCABULARIES["en"].plural}
    for item in small_shop.tables().items.to_pylist():
        first = item["description"].split(".")[0]
        assert first.startswith("These " if item["category"][-1] in plural else "This "), first


def test_chinese_items_are_chinese(chinese_shop: Shop) -> None:
    items = chinese_shop.tables().items
    assert all(re.search(r"[\u4e00-\u9fff]{2}", title) for title in items["title"].to_pylist())
    assert set(items["currency"].to_pylist()) == {"CNY"}
    assert "材质" in {name for pairs in items["attributes"].to_pylist() for name, _ in pairs}


def test_fill_leaves_out_what_is_absent() -> None:
    assert fill("{brand}| {material}| {noun}|, {size}", {"brand": "Noma", "noun": "Mug"}) == "Noma Mug"
    assert fill("{brand}| {noun}|, {size}", {"brand": "Noma", "noun": "Mug", "size": "Large"}) == "Noma Mug, Large"
