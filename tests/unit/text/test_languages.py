"""Endings of the shop's own language."""

from __future__ import annotations

from itertools import product

import pytest

from recsys.errors import WrongConfig
from recsys.text import tokens
from recsys.text.languages import language_of

TITLES = {
    "german": (
        "Bunte Sommerkleider für Damen mit {}",
        ("Blumen", "Streifen", "kurzen Ärmeln", "langem Band"),
    ),
    "french": ("Robes longues pour femmes avec {}", ("des fleurs", "une ceinture en cuir", "des manches courtes")),
    "polish": ("Buty skórzane dla dzieci z {}", ("ciepłą podszewką", "gumową podeszwą", "miękkiej skóry")),
    "turkish": ("Kadınlar için yazlık {}", ("elbise ve şapka", "ayakkabılar ve çantalar", "gömlek modelleri")),
    "english": ("Summer dresses for women with {}", ("flowers", "a leather belt", "short sleeves and pockets")),
}


@pytest.mark.parametrize("language", TITLES)
def test_the_language_is_what_most_titles_are_written_in(language: str) -> None:
    pattern, ends = TITLES[language]
    assert language_of([pattern.format(f"{end} {number}") for end, number in product(ends, range(10))]) == language


def test_of_a_few_titles_nothing_is_guessed_and_a_setting_is_taken_as_it_is() -> None:
    assert language_of(["Robe rouge"]) == language_of([]) == "english"
    assert language_of(["Red dress"], "french") == "french"
    with pytest.raises(WrongConfig, match=r"language.*klingon"):
        language_of([], "klingon")


@pytest.mark.parametrize(
    ("language", "one", "many"),
    [
        ("german", "Lampe", "Lampen"),
        ("french", "cheval", "chevaux"),
        ("turkish", "ayakkabı", "ayakkabılar"),
        ("english", "dress", "dresses"),
        ("german", "красная", "красные"),  # a script of its own
        ("french", "किताब", "किताबें"),
    ],
)
def test_one_and_many_are_one_term(language: str, one: str, many: str) -> None:
    assert tokens(one, language) == tokens(many, language)
