"""What a wish does to an order, and what a correction does to a reason."""

from __future__ import annotations

import numpy as np

from recsys.funnel import _cheap_first
from recsys.recall.reasons import reason_for
from recsys.slate import Asked


def test_a_wish_for_cheap_moves_the_dear_back_and_loses_nothing() -> None:
    best = np.array([4, 2, 0, 3, 1], np.int32)
    prices = np.array([90.0, 10.0, 20.0, np.nan, 15.0])
    ordered = _cheap_first(best, prices)
    assert ordered.tolist() == [2, 4, 0, 1, 3] and sorted(ordered.tolist()) == sorted(best.tolist())
    assert _cheap_first(best[:0], prices[:0]).tolist() == []


def test_a_reason_by_words_names_what_was_read_otherwise() -> None:
    asked = Asked("search", 5, text="lether bag")

    def said(source: str, *corrected: tuple[str, str]) -> str:
        reason = reason_for(asked, (source,), anchor_id=None, anchor_title=None, sponsored=False, corrected=corrected)
        return reason.text

    assert said("lexical") == "Matches your words"
    assert said("lexical", ("lether", "leather")) == "Matches your words, with “lether” read as “leather”"
    assert "leather" not in said("text", ("lether", "leather"))
