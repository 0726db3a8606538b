"""Why an item is on a slate, in words a shopper understands."""

from __future__ import annotations

from collections.abc import Collection

from recsys.slate import Query, Reason, Sort

SORTED: dict[Sort, str] = {
    "price_asc": "Among the least expensive",
    "price_desc": "Among the most expensive",
    "rating": "Among the best rated",
    "newest": "New in the shop",
}


def reason_for(
    query: Query, sources: Collection[str], *, anchor_id: str | None, anchor_title: str | None, sponsored: bool
) -> Reason:
    """One reason, the most telling first. `anchor` is the history or context item that speaks most for it."""
    if sponsored:
        return Reason("sponsored", "Sponsored")
    if query.text:
        return _search_reason(sources)
    if query.sort != "relevance":
        return Reason("sorted", SORTED[query.sort])
    if anchor_title is not None and {"covisit", "two_hop"} & set(sources):
        words = "Often chosen together with" if len(query.context) else "Because you liked"
        return Reason("chosen_together", f"{words} “{anchor_title}”", anchor_id)
    if anchor_title is not None and {"tfidf", "attributes", "text"} & set(sources):
        return Reason("similar", f"Similar to “{anchor_title}”", anchor_id)
    if "sequence" in sources:
        return Reason("taste", "Picked for your taste")
    if "fresh" in sources and "popular" not in sources:
        return Reason("new", "New in the shop")
    return Reason("popular", "Popular right now")


def _search_reason(sources: Collection[str]) -> Reason:
    if {"lexical", "fallback"} & set(sources):
        return Reason("words", "Matches your words")
    return Reason("meaning", "Close to what you mean")
