"""Only what the shop signed is believed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.ads.tokens import MAX_LENGTH, Claim, sign, verify
from recsys.errors import NotAllowed

KEY = b"k" * 32
CLAIM = Claim("slate", "item", "campaign", 1234)
ids = st.text(max_size=40)


@given(st.builds(Claim, ids, ids, ids, st.integers(0, 2**63 - 1)), st.binary(min_size=16, max_size=32))
def test_a_signed_claim_comes_back(claim: Claim, key: bytes) -> None:
    assert verify(sign(claim, key), key) == claim


@given(st.text(max_size=80))
def test_nothing_else_is_believed(text: str) -> None:
    with pytest.raises(NotAllowed):
        verify(text, KEY)


@given(st.integers(0, len(sign(CLAIM, KEY)) - 1), st.characters())
def test_no_character_can_be_changed(position: int, character: str) -> None:
    token = sign(CLAIM, KEY)
    changed = token[:position] + character + token[position + 1 :]
    if changed != token:
        with pytest.raises(NotAllowed):
            verify(changed, KEY)


def test_a_token_of_another_key_or_with_more_around_it_is_refused() -> None:
    token = sign(CLAIM, KEY)
    for other in (sign(CLAIM, b"x" * 32), token + "=", token + "\n", " " + token, token[:-1], "v2" + token[2:]):
        with pytest.raises(NotAllowed, match="ad_token"):
            verify(other, KEY)


def test_ids_too_long_to_be_taken_back_are_not_signed() -> None:
    with pytest.raises(ValueError, match="characters"):
        sign(Claim("s" * MAX_LENGTH, "i", "c", 1), KEY)
