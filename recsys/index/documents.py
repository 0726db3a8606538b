"""What the lexical index keeps of an item: terms of its texts, words that may be joined, its ids, and its facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, pairwise
from typing import Any

import regex
import tantivy

from recsys.features.catalogue import Catalogue
from recsys.text import is_number, is_unspaced, normalise, runs, tokens
from recsys.text.stems import stem

WORDS = ("title", "facts", "description")
"""Fields of terms."""
JOINED = "joined"
"""Field of neighbouring words as one: `wi-fi` and `air fryer` are found by wifi and airfryer, `1,000 mg` by 1000mg."""
IDS = "ids"
"""Field of the item's id and codes, and of what stands between their dividers."""
SEPARATOR = "\x1f"
FUNCTION_WORDS = frozenset(
    ("a", "an", "and", "at", "by", "for", "from", "in", "is", "it", "of", "on", "or", "s", "the", "to", "with")
)
LONGEST_JOINED = 24
"""Letters of the longest word that two may make."""
LONGEST_ID = 64
MOST_PARTS = 8
"""Parts of an id that are looked at; the first ones."""
SHORTEST_PART = 4
"""Letters and digits that a part of an id needs."""
_CODE = regex.compile(r"\d[\d -]{6,16}\d")
_OF_ID = regex.compile(r"[\p{L}\p{N}]+")


def schema() -> tantivy.Schema:
    """Of the index."""
    builder = tantivy.SchemaBuilder()
    for name in WORDS:
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="freq")
    for name in (JOINED, IDS):
        builder.add_text_field(name, tokenizer_name="whitespace", index_option="basic")
    for name in ("category", "brand", "attribute"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_boolean_field("showable", indexed=True)
    builder.add_integer_field("price_micros", indexed=True, fast=True)
    builder.add_float_field("rating", indexed=True, fast=True)
    builder.add_integer_field("row", indexed=True, fast=True)  # indexed, so that a changed item can be found
    return builder.build()


def document(catalogue: Catalogue, index: int, language: str) -> tantivy.Document:
    """Of one item.

    Args:
        language: of the catalogue, as `recsys.text.tokens` takes it.
    """
    item = catalogue.describe(index)
    found = tantivy.Document()
    facts = [item["brand"] or "", *item["category"], *chain(*item["attributes"].values())]
    texts = ([item["title"]], facts, [item["description"]])
    for name, parts in zip(WORDS, texts, strict=True):
        found.add_text(name, " ".join(term for part in parts for term in tokens(part, language)))
    found.add_text(JOINED, " ".join(sorted(_joined(item["title"], facts, item["description"], language))))
    found.add_text(IDS, " ".join(sorted(set(_ids(item)))))
    _add_facts(found, item)
    if item["rating"] is not None:
        found.add_float("rating", float(catalogue.rating[index]))
    found.add_boolean("showable", bool(catalogue.showable[index]))
    found.add_integer("row", index)
    return found


@lru_cache(65536)
def joined(left: str, right: str, language: str) -> str | None:
    """The term of two neighbouring runs as one word; None where they cannot be one."""
    if len(left) + len(right) > LONGEST_JOINED or left in FUNCTION_WORDS or right in FUNCTION_WORDS:
        return None
    if is_unspaced(left) or is_unspaced(right) or (is_number(left) and is_number(right)):
        return None
    return stem(left + right, language)


def compact(text: str) -> str:
    """Letters and digits of a text, normalised: how ids are compared."""
    return "".join(_OF_ID.findall(normalise(text)))


def _joined(title: str, facts: Iterable[str], description: str, language: str) -> set[str]:
    """Neighbours in the title and in each fact; in the description only numbers with what they count."""
    found = {joined(*pair, language) for text in (title, *facts) for pair in pairwise(runs(text))}
    said = pairwise(runs(description))
    found |= {joined(left, right, language) for left, right in said if is_number(left) and not is_number(right)}
    return {term for term in found if term is not None}


def _ids(item: dict[str, Any]) -> Iterator[str]:
    yield from id_terms(item["item_id"])
    for value in chain(*item["attributes"].values()):
        if _CODE.fullmatch(value) and len(code := compact(value)) >= 8:
            yield from {code, code.lstrip("0")}  # a barcode of thirteen digits is one of twelve with a nought before


def id_terms(item_id: str) -> Iterator[str]:
    """The id, and neighbouring parts of it that hold a digit, without their dividers."""
    parts = _OF_ID.findall(normalise(item_id))[:MOST_PARTS]
    whole = "".join(parts)
    if 3 <= len(whole) <= LONGEST_ID and not (whole.isdigit() and len(whole) < SHORTEST_PART):
        yield whole
    for first in range(len(parts)):
        for end in range(first + 1, len(parts) + 1):
            part = "".join(parts[first:end])
            if len(part) >= SHORTEST_PART + part.isdigit() and part != whole and any(map(str.isdigit, part)):
                yield part[:LONGEST_ID]


def _add_facts(found: tantivy.Document, item: dict[str, Any]) -> None:
    path = item["category"]
    for depth in range(1, len(path) + 1):
        found.add_text("category", SEPARATOR.join(path[:depth]))
    for name, values in item["attributes"].items():
        for value in values:
            found.add_text("attribute", f"{name}{SEPARATOR}{value}")
    if item["brand"] is not None:
        found.add_text("brand", item["brand"])
    if item["price_micros"] is not None:
        found.add_integer("price_micros", item["price_micros"])
