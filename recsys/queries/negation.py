"""What an item must not have: `without sleeves`, `not red`, `-board`, `ohne Zucker`, `不含糖`."""

from __future__ import annotations

import re

from recsys.queries.shop_words import LONGEST, ShopWords
from recsys.queries.understood import Parts, Taken
from recsys.queries.words import Word, fold, same, words_of
from recsys.text.negators import DENYING, IN_SEARCHES, INNER, PASSED

_NEGATORS = DENYING | IN_SEARCHES
JOINING = frozenset(fold("or and nor oder und ou et o y e").split())
SMALL = frozenset(fold("with in on of to from by at and or under below over für mit pour avec para con").split())
"""They end what is negated."""
_MINUS = re.compile(r"(?:^|(?<=\s))[-−]([^\W\d_][^\s]*)")
_CJK = re.compile(r"(?:不要|不含|除了|无添加)\s*([\u3040-\u30ff\u3400-\u9fff]{1,4})(?=\s|$|的)")
_WITH_OUT = re.compile(r"\bw/o\b")


def read_negation(parts: Parts, shop: ShopWords) -> None:
    """Take what must not be there out of the text. Something to search for is always left."""
    before = (parts.taken[:], parts.dropped[:], len(parts.excluded))
    _by_sign(parts)
    _by_words(parts, shop)
    if len(parts.excluded) > before[2] and not words_of(fold(parts.rest())) and not parts.filters:
        parts.taken, parts.dropped = before[0], before[1]  # a search for nothing but an absence finds nothing
        del parts.excluded[before[2] :]


def _by_sign(parts: Parts) -> None:
    for pattern in (_MINUS, _CJK):
        for match in pattern.finditer(parts.folded):
            if parts.free(match.start(), match.end()) and not parts.is_refused(match.start(), match.end()):
                value = parts.words(match.start(1), match.end(1)).rstrip(",;.的")
                parts.excluded.append(Taken(parts.take(match.start(), match.end()), value))


def _by_words(parts: Parts, shop: ShopWords) -> None:
    has_sign = "w/o" in parts.folded
    words = words_of(_WITH_OUT.sub("not", parts.folded)) if has_sign else parts.said  # as long, and read alike
    place = 0
    while place < len(words) - 1:
        if not _negates(words, place, shop) or not parts.free(words[place].start, words[place].end):
            place += 1
            continue
        place = _negated(parts, shop, words, place)


def _negates(words: list[Word], place: int, shop: ShopWords) -> bool:
    """Whether a word takes something away. Names of the shop that hold such a word are names."""
    word, after = words[place].text, words[place + 1].text
    if word not in _NEGATORS and not (word in INNER and place > 0):
        return False
    if after[0].isdigit() or after in _NEGATORS:
        return False
    compared = [same(one.text) for one in words]
    return not any(
        " ".join(compared[start:end]) in shop.names
        for start in range(max(0, place - LONGEST + 1), place + 1)
        for end in range(place + 1, start + LONGEST + 1)
    )


def _negated(parts: Parts, shop: ShopWords, words: list[Word], place: int) -> int:
    """Take a negator and all that it negates. Returns the place of the first word behind."""
    start, at = words[place].start, place + 1
    while at < len(words) - 1 and words[at].text in PASSED:
        at += 1
    first = at
    while at < len(words):
        end = at + _width(shop, words[at:])
        begin = start if at == first else words[at - 1].start
        if parts.is_refused(start, words[end - 1].end) or parts.is_refused(begin, words[end - 1].end):
            return end
        _exclude(parts, shop, words[place], words[at:end], begin)
        if end + 1 < len(words) and words[end].text in JOINING and words[end + 1].text not in _NEGATORS | SMALL:
            at = end + 1
            if words[end].text not in ("or", "nor", "oder", "ou", "o"):
                return end
            continue
        return end
    return at


def _width(shop: ShopWords, words: list[Word]) -> int:
    """How many of these words are one thing: a name of the shop, or two that its texts say together."""
    compared = [same(word.text) for word in words]
    for width in range(min(LONGEST, len(words)), 0, -1):
        if " ".join(compared[:width]) in shop.names:
            return width
    if len(words) > 1 and words[1].text not in SMALL | JOINING and shop.beside(compared[0], compared[1]):
        return 2
    return 1


def _exclude(parts: Parts, shop: ShopWords, negator: Word, words: list[Word], begin: int) -> None:
    """A title that denies it in the same words is what is wanted: then they stay in the search."""
    end = words[-1].end
    said_so = shop.beside(same(negator.text), same(words[0].text))
    value = parts.words(words[0].start, end)
    parts.excluded.append(Taken(parts.take(begin, end, drop=not said_so), value))
