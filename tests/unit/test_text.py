"""One analysis of text for everything lexical."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

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
