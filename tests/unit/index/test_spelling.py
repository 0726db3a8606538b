"""Corrections: the right distance, and only where a typo is likely."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.index.spelling import Spelling, edit_distance

words = st.text("abc", max_size=6)


def naive_distance(left: str, right: str) -> int:
    """Optimal string alignment by its definition."""
    if not left or not right:
        return len(left) + len(right)
    if left[-1] == right[-1]:
        return naive_distance(left[:-1], right[:-1])
    edits = [(left[:-1], right), (left, right[:-1]), (left[:-1], right[:-1])]
    if len(left) > 1 and left[-2:] == right[-2:][::-1] and len(right) > 1:
        edits.append((left[:-2], right[:-2]))
    return 1 + min(naive_distance(*pair) for pair in edits)


@given(words, st.lists(words.filter(bool), min_size=1, max_size=5))
def test_the_distance_of_many_terms_at_once_is_that_of_each(word: str, terms: list[str]) -> None:
    assert edit_distance(word, terms).tolist() == [naive_distance(word, term) for term in terms]


SPELLING = Spelling({"lamp": 9, "necklac": 5, "bracelet": 4, "camp": 2, "a15": 3, "砧板": 3, "rug": 8})


@pytest.mark.parametrize(
    ("typo", "meant"),
    [("lmap", "lamp"), ("lampp", "lamp"), ("necklce", "necklac"), ("neckalce", "necklac"), ("barcelett", "bracelet")],
)
def test_a_typo_finds_its_word(typo: str, meant: str) -> None:
    assert SPELLING.corrections(typo)[0].term == meant


@pytest.mark.parametrize("word", ["a16", "rgu", "砧扳", "xylophone", "", "lamplighter"])
def test_numbers_short_words_ideograms_and_strangers_are_left_alone(word: str) -> None:
    assert SPELLING.corrections(word) == []


def test_the_first_letter_counts_more_than_frequency() -> None:
    assert [found.term for found in SPELLING.corrections("caamp")] == ["camp"]
    assert [found.term for found in SPELLING.corrections("qamp")] == ["lamp", "camp"]
