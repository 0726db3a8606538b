"""Synonyms out of a shop's log: words that people search for, and what the items that they choose say instead.

`skillet` is learned to mean `frying pan` where

1. people search for `skillet` alone, too; most of what is chosen after a search with it does not say `skillet`, and
   nearly all of that says `frying pan`, mostly in its title, though the search does not: by LEAST_USERS people and of
   FEWEST_ITEMS items at least;
2. that is more than chance and the other words of those searches explain, at a level that counts all that was tried;
3. whatever else tells what it is, most items that say `frying pan` say too, and these are about as much alike:
   `iphone` is not `apple`, `pot` not `kitchen`;
4. items that say `skillet` rarely say both: such words add to each other.

What is a typing error is left to spelling. A wrong synonym is worse than none: each word has one at most.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recsys.features.catalogue import Catalogue
from recsys.features.popular_queries import LEAST_USERS
from recsys.index.documents import FUNCTION_WORDS
from recsys.index.spelling import is_near
from recsys.queries.choices import Choices, Rows, shares
from recsys.queries.words import fold, same, words_of
from recsys.text import is_unspaced

FEWEST_CHOICES = 5
FEWEST_ITEMS = 3
NEARLY_ALL = 0.8
TELLING = 0.65
"""Share of the choices by which a word tells what they are."""
MOST = 0.5
RARELY = 0.2
ALIKE = 0.7
"""Likeness of the items that say a synonym, against that of what is chosen for the word."""
LEVEL = 1e-3
"""Chance of one wrong synonym among all that are learned, if choices were thrown by dice."""
SHORTEST = 3
"""Letters of a word that may be a synonym."""


def learn_synonyms(catalogue: Catalogue, pairs: pa.Table) -> dict[str, str]:
    """Words of searches, as `plain` writes them -> what the shop calls the same, as its items write it.

    Args:
        pairs: PAIRS of the past: who chose what after which search.
    """
    if not len(pairs):
        return {}
    choices = Choices(catalogue, pairs)
    tried = _worth_trying(choices)
    level = np.log(LEVEL / max(len(tried), 1) ** 2)  # each is tried with some of the others
    found = {unit: other for unit in tried if (other := _synonym(choices, unit, level)) is not None}
    return {
        choices.units[unit]: _as_written(catalogue, choices.saying(other), choices.units[other])
        for unit, other in _whole(choices, found)
    }


def _worth_trying(choices: Choices) -> list[int]:
    """Units of searches after which mostly something is chosen that does not say them."""
    total = np.asarray(choices.asked.sum(axis=0)).ravel()
    said = np.asarray(choices.asked.multiply(choices.chosen).sum(axis=0)).ravel()
    often = np.flatnonzero((total >= FEWEST_CHOICES) & (total - said >= MOST * total))
    return [unit for unit in often.tolist() if _may_be(choices.units[unit]) and _stands_alone(choices, unit)]


def _stands_alone(choices: Choices, unit: int) -> bool:
    """Whether people search for nothing but it: `fish` of `fish slice` means nothing by itself."""
    return len(np.unique(choices.users[choices.asking_alone(unit)])) >= LEAST_USERS


def _synonym(choices: Choices, unit: int, level: float) -> int | None:
    """What stands for a unit: the narrowest of several that agree on the items; none where they do not."""
    rows = choices.asking(unit)
    unsaid = rows[~np.isin(choices.items[rows], choices.saying(unit))]
    chosen = shares(choices.chosen[rows])
    likely = np.flatnonzero(choices.is_titled & (shares(choices.chosen[unsaid]) >= NEARLY_ALL))
    found = [
        other
        for other in likely.tolist()
        if _may_be(choices.units[other])
        and _are_two(choices.units[unit], choices.units[other])
        and not _add(choices, unit, other)
        and _is_as_narrow(choices, other, chosen)
        and _log_chance(choices, unit, unsaid, other) < level
    ]
    best = min(found, key=lambda one: (len(choices.saying(one)), -len(choices.units[one]), one), default=None)
    agree = best is not None and all(
        np.isin(choices.saying(best), choices.saying(other)).mean() >= NEARLY_ALL for other in found
    )
    return best if agree else None


def _may_be(words: str) -> bool:
    """Letters only, no words of every sentence, and none of a script without spaces: where its words end is unknown."""
    return all(
        len(word) >= SHORTEST and word.isalpha() and word not in FUNCTION_WORDS and not is_unspaced(word)
        for word in words.split()
    )


def _are_two(words: str, others: str) -> bool:
    """Whether neither says the other, and no word is a typing error of the other's."""
    several, more = set(words.split()), set(others.split())
    if several <= more or more <= several:
        return False
    return not any(is_near(one, other) for one in several - more for other in more - several)


def _add(choices: Choices, unit: int, other: int) -> bool:
    """Whether items say both, not one or the other."""
    saying = choices.saying(unit)
    return len(saying) > 0 and bool(np.isin(saying, choices.saying(other)).mean() > RARELY)


def _is_as_narrow(choices: Choices, other: int, chosen: NDArray[np.float64]) -> bool:
    """Whether most items that say the other say all that tells what was chosen, and have about as much in common.

    Args:
        chosen: (U,) share of the choices that say each unit.
    """
    said = shares(choices.says[choices.saying(other)])
    return bool(np.all(said[chosen >= TELLING] >= MOST) and said @ said >= ALIKE * (chosen @ chosen))


def _log_chance(choices: Choices, unit: int, unsaid: Rows, other: int) -> float:
    """Logarithm of a bound on the chance that so many choices say the other (Hoeffding, JASA 1963, theorem 1).

    Args:
        unsaid: choices after a search for the unit of items that do not say it.
    """
    words = choices.units[other].split()
    rows = unsaid[~np.all([np.isin(unsaid, choices.asking(choices.place[word])) for word in words], axis=0)]
    enough = len(rows) >= FEWEST_CHOICES and len(np.unique(choices.items[rows])) >= FEWEST_ITEMS
    if not enough or len(np.unique(choices.users[rows])) < LEAST_USERS:
        return 0.0
    share, usual = choices.share(rows, other), _explained(choices, unit, rows, other)
    if share < NEARLY_ALL or usual >= share:
        return 0.0
    rest = (1 - share) * np.log((1 - share) / (1 - usual)) if share < 1 else 0.0
    return float(-len(rows) * (share * np.log(share / usual) + rest))


def _explained(choices: Choices, unit: int, rows: Rows, other: int) -> float:
    """Mean share of such choices that would say the other, were the unit not in their searches."""
    own = choices.asking(unit)
    expected = np.full(len(rows), max(choices.share_without(own, other), 1 / len(choices)))
    for place in np.unique(choices.asked[rows].indices).tolist():
        if place == unit or " " in choices.units[place]:
            continue
        asking = choices.asking(place)
        here = np.isin(rows, asking)
        expected[here] = np.maximum(expected[here], choices.share(np.setdiff1d(asking, own), other))
    return float(expected.mean())


def _whole(choices: Choices, found: Mapping[int, int]) -> Iterator[tuple[int, int]]:
    """Of words and two of them that mean the same: the two where the word hardly stands alone, else the word."""
    pairs = [pair for pair in found if " " in choices.units[pair]]
    left_out = set()
    for pair in pairs:
        for word in found.keys() & {choices.place[word] for word in choices.units[pair].split()}:
            is_part = len(choices.asking(pair)) >= NEARLY_ALL * len(choices.asking(word))
            if is_part or found[word] == found[pair]:
                left_out.add(word if is_part else pair)
    return ((unit, other) for unit, other in found.items() if unit not in left_out)


def _as_written(catalogue: Catalogue, rows: Rows, words: str) -> str:
    """Words as most of these items write them, in small letters."""
    wide, written = len(words.split()), Counter[str]()
    for row in rows.tolist():
        text = catalogue.text(row)
        found = words_of(fold(text))
        for start in range(len(found) - wide + 1):
            some = found[start : start + wide]
            if " ".join(same(word.text) for word in some) == words:
                written[text[some[0].start : some[-1].end].lower()] += 1
    return min(written, key=lambda text: (-written[text], text), default=words)
