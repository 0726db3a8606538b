"""The reason of an item says what its sources can answer for."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.recall.reasons import reason_for
from recsys.slate import Asked, Query

HOME, SEARCH = Query(Asked("home", 5)), Query(Asked("search", 5, text="mug"))
PAGE = Query(Asked("item", 5, context=np.array([1], np.int32)))


@pytest.mark.parametrize(
    ("query", "sources", "anchor", "code"),
    [
        (SEARCH, ("lexical", "text"), None, "words"),
        (SEARCH, ("text",), None, "meaning"),
        (SEARCH, ("fallback",), None, "words"),
        (HOME, ("covisit", "tfidf"), "Mug", "chosen_together"),
        (HOME, ("tfidf",), "Mug", "similar"),
        (HOME, ("sequence",), None, "taste"),
        (HOME, ("fresh",), None, "new"),
        (HOME, ("fresh", "popular"), None, "popular"),
        (HOME, ("fallback",), None, "popular"),
        (HOME, (), None, "popular"),
        (Query(Asked("home", 5, sort="newest")), ("covisit",), "Mug", "sorted"),
        (Query(Asked("search", 5, text="mug", sort="rating")), ("text",), None, "meaning"),
    ],
)
def test_the_most_telling_source_speaks(query: Query, sources: tuple[str, ...], anchor: str | None, code: str) -> None:
    reason = reason_for(query.asked, sources, anchor_id="i1" if anchor else None, anchor_title=anchor, sponsored=False)
    assert reason.code == code
    assert reason.item_id == ("i1" if code in ("chosen_together", "similar") else None)


def test_an_ad_says_so_and_a_page_speaks_of_its_item() -> None:
    assert (
        reason_for(SEARCH.asked, ("ads", "lexical"), anchor_id=None, anchor_title=None, sponsored=True).code
        == "sponsored"
    )
    words = [
        reason_for(query.asked, ("covisit",), anchor_id="i1", anchor_title="Mug", sponsored=False).text
        for query in (HOME, PAGE)
    ]
    assert words == ["Because you looked at “Mug”", "Often chosen together with “Mug”"]
