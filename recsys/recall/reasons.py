"""Why an item is on a slate, in words a shopper understands: those of the most telling source that proposed it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from recsys.recall.fallback import Fallback
from recsys.recall.sources import table
from recsys.recall.sources.facts import ANCHOR, Facts, Wording
from recsys.recall.sources.lexical import LexicalSource
from recsys.recall.sources.popular import PopularSource
from recsys.recall.sources.source import FittedSource
from recsys.recall.sources.text import TextSource
from recsys.recall.sources.unchosen import UnchosenSource
from recsys.slate import Asked, Reason, Sort

SORTED: dict[Sort, str] = {
    "price_asc": "Among the least expensive",
    "price_desc": "Among the most expensive",
    "rating": "Among the best rated",
    "newest": "New in the shop",
}


def reason_for(
    asked: Asked,
    sources: Sequence[str],
    *,
    anchor_id: str | None,
    anchor_title: str | None,
    sponsored: bool,
    corrected: Sequence[tuple[str, str]] = (),
) -> Reason:
    """One reason, the most telling first. `anchor` is the history or context item that speaks most for it; `corrected`
    are words of the query and what they were read as."""
    if sponsored:
        return Reason("sponsored", "Sponsored")
    if asked.sort != "relevance" and not asked.text:
        return Reason("sorted", SORTED[asked.sort])
    for facts in _most_telling_first(tuple(sources), table.FITTED):
        wording = facts.search_reason if asked.text else facts.reason
        if wording is not None and not (wording.names_anchor and anchor_title is None):
            reason = _in_words(wording, asked, anchor_id, anchor_title or "")
            return _with_corrections(reason, corrected) if wording is LexicalSource.facts.search_reason else reason
    otherwise = TextSource.facts.search_reason if asked.text else PopularSource.facts.reason
    assert otherwise is not None
    return Reason(otherwise.code, otherwise.text)


def _in_words(wording: Wording, asked: Asked, anchor_id: str | None, anchor_title: str) -> Reason:
    text = wording.on_page if wording.on_page is not None and len(asked.context) else wording.text
    return Reason(wording.code, text.replace(ANCHOR, anchor_title), anchor_id if wording.names_anchor else None)


def _with_corrections(reason: Reason, corrected: Sequence[tuple[str, str]]) -> Reason:
    """Who wrote another word is told which one was looked for."""
    if not corrected:
        return reason
    read = ", ".join(f"“{word}” read as “{meant}”" for word, meant in corrected)
    return Reason(reason.code, f"{reason.text}, with {read}", reason.item_id)


@lru_cache(1024)
def _most_telling_first(names: tuple[str, ...], fitted: tuple[type[FittedSource], ...]) -> list[Facts]:
    """Of the sources that this process knows: while a new version is taken over, another may know more."""
    known = _by_name(fitted)
    return sorted((known[name] for name in names if name in known), key=lambda facts: facts.telling)


@lru_cache
def _by_name(fitted: tuple[type[FittedSource], ...]) -> dict[str, Facts]:
    """The facts of all that proposes: over an index, fitted, and where recall fell back."""
    sheets = (
        LexicalSource.facts,
        TextSource.facts,
        Fallback.facts,
        UnchosenSource.facts,
        *(kind.facts for kind in fitted),
    )
    return {facts.name: facts for facts in sheets}
