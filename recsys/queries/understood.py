"""What was understood of a query: what each part does, from which words, and what is left to search for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from recsys.queries.words import Word

Field = Literal["price", "category", "brand", "attribute"]


@dataclass(frozen=True, slots=True)
class Filter:
    """A limit that was taken from words."""

    field: Field
    words: str
    """From which it was read, as they are written; who refuses these words takes it away."""
    name: str = ""
    """Of an attribute."""
    values: tuple[str, ...] = ()
    """Accepted ones; levels of a category are joined by ` > `."""
    min_micros: int | None = None
    max_micros: int | None = None
    currency: str | None = None
    """Of a price; None where the shop's prices say none."""


@dataclass(frozen=True, slots=True)
class Taken:
    """Words of a query, and what they were taken for."""

    words: str
    value: str


@dataclass(frozen=True, slots=True)
class Ignored:
    """Words that were read and could not be followed, and why."""

    words: str
    why: str


@dataclass(frozen=True, slots=True)
class Understood:
    """A query in parts. `text` is what is searched for; with nothing understood it is the query as it was written."""

    text: str
    filters: tuple[Filter, ...] = ()
    excluded: tuple[Taken, ...] = ()
    phrases: tuple[Taken, ...] = ()
    wishes: tuple[Taken, ...] = ()
    synonyms: tuple[Taken, ...] = ()
    """Words that are searched for, and what else is taken for them; one of several for each."""
    ignored: tuple[Ignored, ...] = ()


@dataclass(slots=True)
class Parts:
    """What the readers find, one after the other; each takes the words that it has read away from the next."""

    text: str
    folded: str
    said: list[Word]
    """The words of `folded`."""
    refused: frozenset[str]
    taken: list[bool]
    """Of each character: whether it was read."""
    dropped: list[bool]
    """Of each character: whether it is no longer searched for."""
    currency: str | None = None
    """Of amounts that say none; without it the shop's usual one."""
    filters: list[Filter] = field(default_factory=list)
    excluded: list[Taken] = field(default_factory=list)
    phrases: list[Taken] = field(default_factory=list)
    wishes: list[Taken] = field(default_factory=list)
    synonyms: list[Taken] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)

    def free(self, start: int, end: int) -> bool:
        """Whether nobody read these characters."""
        return not any(self.taken[start:end])

    def is_refused(self, start: int, end: int) -> bool:
        """Whether the shopper wants these words as they are written; then nobody else reads them either."""
        if not self.refused or self.words(start, end).casefold() not in self.refused:
            return False
        self.take(start, end, drop=False)
        return True

    def words(self, start: int, end: int) -> str:
        """As they are written, white space single."""
        return " ".join(self.text[start:end].split())

    def take(self, start: int, end: int, *, drop: bool = True) -> str:
        """Read these characters; `drop` them from what is searched for. Returns them as they are written."""
        self.taken[start:end] = [True] * (end - start)
        if drop:
            self.dropped[start:end] = [True] * (end - start)
        return self.words(start, end)

    def rest(self) -> str:
        """What is still searched for."""
        kept = "".join(" " if gone else char for char, gone in zip(self.text, self.dropped, strict=True))
        return " ".join(kept.split()).strip(" ,;") if any(self.dropped) else self.text
