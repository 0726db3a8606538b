"""Words in quotation marks, which an item must have just so."""

from __future__ import annotations

import re

from recsys.queries.shop_words import ShopWords
from recsys.queries.understood import Ignored, Parts, Taken
from recsys.queries.words import words_of

_SIGNS = frozenset('"“„«「『')
_QUOTED = re.compile(r"(?<!\w)(?:\"([^\"]+)\"|“([^”“]+)”|„([^“”„]+)[“”]|«([^»]+)»|「([^」]+)」|『([^』]+)』)(?!\w)")


def read_phrases(parts: Parts, shop: ShopWords) -> None:
    """Take what is quoted; its words are still searched for, its signs are not."""
    if not _SIGNS.intersection(parts.text):
        return
    for match in _QUOTED.finditer(parts.text):
        inner = next(number for number in range(1, 7) if match[number] is not None)
        start, end = match.span(inner)
        if not words_of(parts.folded[start:end]) or parts.is_refused(*match.span()):
            continue
        words, value = parts.take(*match.span(), drop=False), parts.words(start, end)
        for place in (*range(match.start(), start), *range(end, match.end())):
            parts.dropped[place] = True
        if shop.says(value):
            parts.phrases.append(Taken(words, value))
        else:
            parts.ignored.append(Ignored(words, "no item says exactly that"))
