"""Words that a catalogue writes in two ways: `grey` and `gray`, `colour` and `color`, `theatre` and `theater`.

That a word may be written so is a rule of the language; that two words of a shop are one is learned: items rarely say
both, what tells the items of one is said by those of the other, and they stand beside the same words. Two writings of
which the shop has one alone are a matter of spelling, and those of one stem are one word anyway.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from recsys.features.catalogue import Catalogue
from recsys.index.documents import FUNCTION_WORDS
from recsys.queries.words import plain

_RULES = tuple(
    (re.compile(british), american)
    for british, american in (
        (r"our", "or"),
        (r"(?<=[bcdfgkptv])re$", "er"),
        (r"is(?=(?:e|ed|er|ing|ation)$)", "iz"),
        (r"ll(?=(?:ed|er|ing|ery)$)", "l"),
        (r"(?<=l)ler(?=y$)", "r"),
        (r"ae|oe", "e"),
        (r"(?<=gr)ey", "ay"),
        (r"ium$", "um"),
        (r"ogue$", "og"),
        (r"ence$", "ense"),
        (r"yre$", "ire"),
        (r"ould", "old"),
        (r"ph(?=ur)", "f"),
    )
)
SHORTEST = 4
FEWEST_ITEMS = 3
"""Items that must say each of the two."""
RARELY = 0.2
"""Most items that may say both, of those that say the rarer."""
TELLING = 0.65
MOST = 0.5
BESIDE = 0.3
"""Share of the texts with the rarer word that must have it where the other stands, too."""


def learn_variants(catalogue: Catalogue) -> dict[str, str]:
    """Words, as `plain` writes them -> the other way in which the catalogue writes them."""
    texts = [plain(f"{catalogue.titles[row]} {catalogue.facts(row)}").split() for row in range(len(catalogue))]
    rows: defaultdict[str, list[int]] = defaultdict(list)
    for row, words in enumerate(texts):
        for word in set(words):
            rows[word].append(row)
    found: dict[str, str] = {}
    for word in sorted(rows):
        for other in _otherwise(word):
            if other in rows and _are_one(
                [texts[row] for row in rows[word]], [texts[row] for row in rows[other]], word, other
            ):
                found |= {word: other, other: word}
    return found


def _otherwise(word: str) -> Iterator[str]:
    if len(word) >= SHORTEST:
        yield from (written for rule, other in _RULES if (written := rule.sub(other, word, count=1)) != word)


def _are_one(some: Sequence[Sequence[str]], others: Sequence[Sequence[str]], word: str, other: str) -> bool:
    """Whether texts that say a word and texts that say another are of the same things."""
    if min(len(some), len(others)) < FEWEST_ITEMS:
        return False
    if sum(other in words for words in some) > RARELY * min(len(some), len(others)):
        return False
    return (
        _tell(some, others, {word, other})
        and _tell(others, some, {word, other})
        and _stand_alike(some, others, word, other)
    )


def _tell(some: Sequence[Sequence[str]], others: Sequence[Sequence[str]], besides: set[str]) -> bool:
    """Whether most of the others say each word that nearly all of these say."""
    said, again = (Counter(one for words in texts for one in set(words)) for texts in (some, others))
    telling = [one for one, count in said.items() if count >= TELLING * len(some) and one not in besides]
    return all(again[one] >= MOST * len(others) for one in telling)


def _stand_alike(some: Sequence[Sequence[str]], others: Sequence[Sequence[str]], word: str, other: str) -> bool:
    """Whether enough texts with the rarer word have it beside a word that the other stands beside, too."""
    if len(some) > len(others):
        some, others, word, other = others, some, other, word
    known = set().union(*(_beside(words, other) for words in others))
    return sum(bool(_beside(words, word) & known) for words in some) >= BESIDE * len(some)


def _beside(words: Sequence[str], word: str) -> set[tuple[str, bool]]:
    """Neighbours of a word, and whether they stand before it."""
    before = {(left, True) for left, right in pairwise(words) if right == word and left not in FUNCTION_WORDS}
    return before | {(right, False) for left, right in pairwise(words) if left == word and right not in FUNCTION_WORDS}
