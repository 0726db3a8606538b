"""Words that are values of the shop, also mistyped: a category, a brand. They filter only where that is certain."""

from __future__ import annotations

from recsys.queries.shop_words import LONGEST, ShopWords, Value
from recsys.queries.understood import Filter, Parts
from recsys.queries.words import Word
from recsys.slate import BoolArray


def read_values(parts: Parts, shop: ShopWords) -> None:
    """Read the longest names first met; their words are still searched for. Never leaves nothing to be found."""
    words = [word for word in parts.said if parts.free(word.start, word.end)]
    found: list[tuple[Value, Word, Word]] = []
    place = 0
    while place < len(words):
        width, value = _longest(shop, words[place:])
        first, last = words[place], words[place + width - 1]
        if value is not None and not parts.is_refused(first.start, last.end):
            found.append((value, first, last))
        place += width
    for value, first, last in _together(shop, found):
        path = " > ".join(value.value)
        kind = value.field if value.field in ("category", "brand") else "attribute"
        name = value.field if kind == "attribute" else ""
        read = parts.take(first.start, last.end, drop=False)
        parts.filters.append(Filter(kind, read, name, (path,)))  # type: ignore[arg-type]


def _longest(shop: ShopWords, words: list[Word]) -> tuple[int, Value | None]:
    """Words of the longest name of the shop at the beginning, and what it surely means."""
    if shop.spelled(words[0].text) not in shop.beginnings:
        return 1, None
    compared = [shop.spelled(word.text) for word in words[:LONGEST]]
    for width in range(len(compared), 0, -1):
        name = " ".join(compared[:width])
        if name in shop.names:
            return width, shop.certain.get(name)
    return 1, None


def _together(shop: ShopWords, found: list[tuple[Value, Word, Word]]) -> list[tuple[Value, Word, Word]]:
    """Those that some item on show has all at once: categories first, for they say what it is."""
    kept: list[tuple[Value, Word, Word]] = []
    passed: BoolArray | None = None
    for one in sorted(found, key=lambda each: (each[0].field != "category", each[1].start)):
        if any(one[0].field == other[0].field for other in kept):
            continue  # red and blue: either may be meant, or both; words decide
        both = shop.passing(one[0]) if passed is None else passed & shop.passing(one[0])
        if both.any():
            kept.append(one)
            passed = both
    return sorted(kept, key=lambda each: each[1].start)
