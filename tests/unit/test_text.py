"""One analysis of text for everything lexical."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys import text as analysis
from recsys.text import is_cjk, normalise, tokens


def test_words_are_stemmed_and_accents_fall() -> None:
    assert tokens("Cutting Boards, CAFÉ") == tokens("cutting board cafe")


def test_chinese_becomes_bigrams_and_mixes_with_words() -> None:
    assert tokens("竹制砧板 Noma") == ["竹制", "制砧", "砧板", "noma"]
    assert tokens("红 鞋") == ["红", "鞋"]
    assert is_cjk("砧板") and not is_cjk("board")


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(), st.text())
def test_tokens_of_parts_are_tokens_of_the_whole(left: str, right: str) -> None:
    assert tokens(f"{left} \n {right}") == tokens(left) + tokens(right)


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that take turns a thousand times as often."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_threads_stem_their_own_words(hasty_threads: None) -> None:
    heads, tails = ("fish", "relat", "board", "cut", "gener", "happi"), ("ness", "ional", "ing", "ers", "ization", "ed")
    words = [f"{head}{middle}{tail}" for head, middle, tail in product(heads, "abcdefghij", tails)]
    alone = [tokens(word) for word in words]
    start = Barrier(2)

    def stems(given: list[str]) -> list[list[str]]:
        found = []
        for _ in range(10):
            start.wait(30)
            analysis._stem.cache_clear()  # a remembered stem is not worked out
            found += [tokens(word) for word in given]
        return found

    with ThreadPoolExecutor(2) as pool:
        forth, back = pool.map(stems, (words, words[::-1]))
    assert forth == alone * 10 and back == alone[::-1] * 10
    assert [tokens(word) for word in words] == alone, "and no wrong stem is remembered"
