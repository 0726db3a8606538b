"""Cursors survive the trip and refuse everything else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.cursor import Cursor, digest, hash_ids
from recsys.errors import WrongData

ASKED = digest("red shoes")
KEY = b"k" * 32


@given(st.lists(st.text(min_size=1), max_size=60), st.integers(0, 2**63 - 1), st.integers(0, 2000))
def test_a_cursor_comes_back_as_it_went(shown: list[str], seed: int, offset: int) -> None:
    cursor = Cursor("0" * 31 + "a", seed, 12.5, ASKED, offset, hash_ids(shown))
    back = Cursor.decode(cursor.encode(KEY), ASKED, KEY)
    assert (back.slate_id, back.seed, back.at_s, back.offset) == (cursor.slate_id, seed, 12.5, offset)
    assert np.array_equal(back.shown, cursor.shown)


@given(st.text(max_size=100))
def test_any_other_text_is_wrong_data(text: str) -> None:
    with pytest.raises(WrongData, match="cursor"):
        Cursor.decode(text, ASKED, KEY)


@given(st.integers(0, 40), st.sampled_from("ABCxyz019-_"))
def test_a_changed_cursor_is_refused(place: int, letter: str) -> None:
    text = Cursor("ab" * 16, 1, 2.0, ASKED, 3, hash_ids(["i1"])).encode(KEY)
    changed = text[:place] + letter + text[place + 1 :]
    if changed != text:
        with pytest.raises(WrongData, match="cursor"):
            Cursor.decode(changed, ASKED, KEY)


def test_a_cursor_belongs_to_its_request() -> None:
    text = Cursor("ab" * 16, 1, 2.0, ASKED, 3, hash_ids([])).encode(KEY)
    with pytest.raises(WrongData, match="the request it came from"):
        Cursor.decode(text, digest("blue shoes"), KEY)


def test_a_cursor_of_another_shop_or_of_ones_own_making_is_refused() -> None:
    text = Cursor("ab" * 16, 7, float("nan"), ASKED, 2**32 - 1, hash_ids([])).encode(b"guessed")
    with pytest.raises(WrongData, match="unchanged"):
        Cursor.decode(text, ASKED, KEY)
