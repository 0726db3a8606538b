"""Synonyms as a shop writes them: a group a line, `sofa, couch, settee`, or one way, `telly => television, tv`.

An empty line, and what stands behind `#`, says nothing. Any encoding that files of a shop may have.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path

from recsys.datasets.formats.encoding import to_utf8
from recsys.errors import WrongData
from recsys.queries.synonyms import LONGEST, Synonym
from recsys.queries.words import plain

ARROW = "=>"
MOST_OF_A_GROUP = 50
"""Words of one line: with more, a search for one would be a search for everything."""
_FORM = f"`a, b, c` for words that stand for each other, or `a, b {ARROW} c` for one way"


def read_synonym_file(path: Path) -> list[Synonym]:
    """The synonyms of a file. Raises WrongData, which names the line."""
    try:
        text, _ = to_utf8(path.read_bytes(), path.name, None)
    except OSError as error:
        raise WrongData(str(path), "a file of synonyms", error.strerror) from None
    found: list[Synonym] = []
    for number, line in enumerate(text.decode().splitlines(), 1):
        said = line.partition("#")[0].strip()
        if said:
            found += _of_line(said, f"{path.name}, line {number}")
    return list(dict.fromkeys(found))


def _of_line(said: str, where: str) -> Iterator[Synonym]:
    left, arrow, right = said.partition(ARROW)
    if ARROW in right:
        raise WrongData(where, f"one `{ARROW}`", said)
    words = _words(left, where)
    if arrow:
        yield from (Synonym(one, other) for one in words for other in _words(right, where))
    elif len(words) < 2:
        raise WrongData(where, "at least two words that stand for each other", said, f"Write {_FORM}.")
    else:
        yield from (Synonym(one, other) for one, other in permutations(words, 2))


def _words(said: str, where: str) -> list[str]:
    words = [" ".join(one.split()) for one in said.split(",")]
    empty = next((one for one in words if not plain(one)), None)
    if empty is not None:
        raise WrongData(where, "a word before and behind each comma and arrow", said, f"Write {_FORM}.")
    long = next((one for one in words if len(plain(one).split()) > LONGEST), None)
    if long is not None:
        raise WrongData(where, f"at most {LONGEST} words between two commas", long, "Shorten it.")
    if len(words) > MOST_OF_A_GROUP:
        raise WrongData(where, f"at most {MOST_OF_A_GROUP} words a line", len(words), "Divide the line.")
    return words
