"""What a wish does to an order, and what a correction does to a reason."""

from __future__ import annotations

import numpy as np

from recsys.page import _cheap_first
from recsys.recall.reasons import reason_for
from recsys.slate import Asked, Match


def test_a_wish_for_cheap_moves_the_dear_back_and_loses_nothing() -> None:
    best = np.array([4, 2, 0, 3, 1], np.int32)
    prices = np.array([90.0, 10.0, 20.0, np.nan, 15.0])
    ordered = _cheap_first(best, prices)
    assert ordered.tolist() == [2, 4, 0, 1, 3] and sorted(ordered.tolist()) == sorted(best.tolist())
    assert _cheap_first(best[:0], prices[:0]).tolist() == []


def test_a_reason_by_words_names_what_was_read_otherwise() -> None:
    asked = Asked("search", 5, text="lether bag")

    def said(source: str, match: Match, *corrected: tuple[str, str]) -> str:
        reason = reason_for(asked, (source,), match=match, corrected=corrected)
        assert reason is not None
        return reason.text

    assert said("lexical", "all") == "Matches your words"
    assert said("lexical", "all", ("lether", "leather")) == "Matches your words, with “lether” read as “leather”"
    assert said("lexical", "some", ("lether", "leather")) == "Has some of your words"
    assert "leather" not in said("text", "near", ("lether", "leather"))
