"""The reason of an item says what its sources can answer for."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.recall.reasons import Anchor, reason_for
from recsys.slate import Asked, Deed, History, Query

HOME, SEARCH = Query(Asked("home", 5)), Query(Asked("search", 5, text="mug"))
PAGE = Query(Asked("item", 5, context=np.array([1], np.int32)))


MUG = Anchor("i1", "Mug", "looked at")


@pytest.mark.parametrize(
    ("query", "sources", "anchor", "code"),
    [
        (SEARCH, ("lexical", "text"), None, "words"),
        (SEARCH, ("text",), None, "meaning"),
        (SEARCH, ("fallback",), None, "words"),
        (SEARCH, (), None, None),
        (HOME, ("covisit", "tfidf"), MUG, "chosen_together"),
        (HOME, ("covisit", "tfidf"), None, None),
        (HOME, ("tfidf",), MUG, "similar"),
        (HOME, ("sequence",), None, "taste"),
        (HOME, ("fresh",), None, "new"),
        (HOME, ("fresh", "popular"), None, "popular"),
        (HOME, ("fallback",), None, None),
        (HOME, (), None, None),
        (Query(Asked("home", 5, sort="newest")), ("covisit",), MUG, "sorted"),
        (Query(Asked("search", 5, text="mug", sort="rating")), ("text",), None, "meaning"),
    ],
)
def test_the_most_telling_source_speaks_or_nobody(
    query: Query, sources: tuple[str, ...], anchor: Anchor | None, code: str | None
) -> None:
    reason = reason_for(query.asked, sources, anchor=anchor, match="all" if query.asked.text else None)
    assert (reason and reason.code) == code
    assert (reason and reason.item_id) == ("i1" if code in ("chosen_together", "similar") else None)


def test_some_words_are_not_your_words() -> None:
    reason = reason_for(SEARCH.asked, ("lexical", "text"), match="some")
    assert reason is not None and (reason.code, reason.text) == ("some_words", "Has some of your words")


@pytest.mark.parametrize("deed", ["bought", "liked", "looked at"])
def test_a_reason_says_what_was_done(deed: Deed) -> None:
    reason = reason_for(HOME.asked, ("covisit",), anchor=Anchor("i1", "Mug", deed))
    assert reason is not None and reason.text == f"Because you {deed} “Mug”"


def test_the_most_that_was_done_with_an_item_is_said() -> None:
    steps = [(1, False, False), (1, False, True), (2, True, False), (2, False, True), (3, False, False)]
    index, bought, liked = (np.array(column) for column in zip(*steps, strict=True))
    history = History(index.astype(np.int32), np.arange(5.0), bought, liked)
    assert [history.deed(item) for item in (1, 2, 3)] == ["liked", "bought", "looked at"]
    assert history.then(History(np.array([3], np.int32), np.zeros(1), np.ones(1, np.bool_))).deed(3) == "bought"
    assert history.among(3).deed(1) == "liked" and len(history.among(3)) == 4


def test_an_ad_says_so_and_a_page_speaks_of_its_item() -> None:
    sponsored = reason_for(SEARCH.asked, ("lexical",), match="all", sponsored=True)
    assert sponsored is not None and sponsored.text == "Sponsored"
    said = [reason_for(PAGE.asked, (name,), anchor=MUG) for name in ("covisit", "two_hop", "sequence", "tfidf")]
    assert [one.text for one in said if one] == [
        "Often chosen together with “Mug”",
        "Chosen with what goes with “Mug”",
        "What others go on to from here",
        "Similar to “Mug”",
    ]
