"""Why an item is on a slate, in words a shopper understands: those of the most telling source that proposed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from recsys.recall.fallback import Fallback
from recsys.recall.sources import table
from recsys.recall.sources.facts import ANCHOR, DEED, Facts, Wording
from recsys.recall.sources.lexical import SOME_WORDS, WORDS, LexicalSource
from recsys.recall.sources.source import FittedSource
from recsys.recall.sources.text import TextSource
from recsys.recall.sources.unchosen import UnchosenSource
from recsys.slate import Asked, Deed, Match, Reason, Sort

SORTED: dict[Sort, str] = {
    "price_asc": "By price, lowest first",
    "price_desc": "By price, highest first",
    "rating": "By rating, best first",
    "newest": "By age, newest first",
}


@dataclass(frozen=True, slots=True)
class Anchor:
    """The history or context item that speaks most for another one."""

    item_id: str
    title: str
    deed: Deed


def reason_for(
    asked: Asked,
    sources: Sequence[str],
    *,
    anchor: Anchor | None = None,
    match: Match | None = None,
    sponsored: bool = False,
    corrected: Sequence[tuple[str, str]] = (),
) -> Reason | None:
    """One reason, the most telling first; None where nothing can be said that is true.

    Args:
        sources: that proposed the item.
        match: how much of a search it has.
        corrected: words of the query and what they were read as.
    """
    if sponsored:
        return Reason("sponsored", "Sponsored")
    if asked.sort != "relevance" and not asked.text:
        return Reason("sorted", SORTED[asked.sort])
    for facts in _most_telling_first(tuple(sources), table.FITTED):
        wording = facts.search_reason if asked.text else facts.reason
        if wording is WORDS and asked.text:
            return _by_words(match, corrected)
        if wording is not None and not (wording.names_anchor and anchor is None):
            return _in_words(wording, asked, anchor)
    return None


def _in_words(wording: Wording, asked: Asked, anchor: Anchor | None) -> Reason:
    text = wording.on_page if wording.on_page is not None and len(asked.context) else wording.text
    if anchor is None or not wording.names_anchor:
        return Reason(wording.code, text)
    text = text.replace(DEED, anchor.deed).replace(ANCHOR, anchor.title)
    return Reason(wording.code, text, anchor.item_id)


def _by_words(match: Match | None, corrected: Sequence[tuple[str, str]]) -> Reason:
    """Who wrote another word is told which one was looked for."""
    if match != "all":
        return Reason(SOME_WORDS.code, SOME_WORDS.text)
    read = ", ".join(f"“{word}” read as “{meant}”" for word, meant in corrected)
    return Reason(WORDS.code, f"{WORDS.text}, with {read}" if read else WORDS.text)


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
