"""The one interface of everything that proposes items, and what some of them can do besides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, Self, TypeGuard, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from recsys.features.catalogue import Catalogue
from recsys.features.sequences import Sequences
from recsys.models.sequence.encoder import SequenceEncoder
from recsys.recall.config import RecallConfig
from recsys.recall.sources.facts import Facts
from recsys.schema import Clock
from recsys.slate import BoolArray, IntArray, Query

T = TypeVar("T")


class Reading(Protocol):
    """What one source says of one query."""

    def top(self, allowed: BoolArray, k: int) -> IntArray:
        """The best k of the allowed items, best first; fewer where it has nothing more to say.

        Args:
            allowed: (I,) whether an item may be shown; applied before the cut.
        """
        ...

    def score(self, index: IntArray) -> NDArray[np.float32]:
        """(N,) scores of any items, on one scale for all queries (log-probability-like, or a z-score)."""
        ...


@runtime_checkable
class Matching(Reading, Protocol):
    """A reading that decides what matches a searched text; all others only order it."""

    @property
    def exact(self) -> bool:
        """Whether `matched` finds every match."""
        ...

    def matched(self, allowed: BoolArray) -> BoolArray:
        """(I,) allowed matches."""
        ...


@runtime_checkable
class Explaining(Reading, Protocol):
    """A reading that can say which item of the history or context it comes from."""

    def anchor(self, index: IntArray) -> IntArray:
        """(N,) the item that speaks most for each; -1 where none does."""
        ...


@runtime_checkable
class Correcting(Reading, Protocol):
    """A reading that takes words which no item has for others."""

    @property
    def corrected(self) -> tuple[tuple[str, str], ...]:
        """(word of the query, the one it was taken for)."""
        ...


_KNOWN: dict[tuple[type, type], bool] = {}
"""Whether readings of a class are of a kind. Python looks at a protocol's members anew each time it is asked."""


def is_matching(reading: Reading | None) -> TypeGuard[Matching]:
    """Whether it decides what matches a text."""
    return _is(reading, Matching)


def is_explaining(reading: Reading | None) -> TypeGuard[Explaining]:
    """Whether it says where a proposal comes from."""
    return _is(reading, Explaining)


def is_correcting(reading: Reading | None) -> TypeGuard[Correcting]:
    """Whether it may read words otherwise than they are written."""
    return _is(reading, Correcting)


def _is(reading: Reading | None, kind: type) -> bool:
    known = _KNOWN.get((type(reading), kind))
    if known is None:
        known = _KNOWN[type(reading), kind] = isinstance(reading, kind)
    return known


class Source(Protocol):
    """Proposes items. Loaded once, read by many threads, changed by nobody."""

    @property
    def facts(self) -> Facts: ...

    def read(self, query: Query) -> Reading | None:
        """None where the source has nothing to say of this query (no text, no history)."""
        ...


@dataclass(frozen=True)
class Evidence:
    """What sources are fitted on: a catalogue, the steps that were made in it, and what was learned of both before."""

    catalogue: Catalogue
    sequences: Sequences
    clock: Clock
    encoder: SequenceEncoder
    """Trained beforehand, for it takes minutes and the rest seconds."""
    config: RecallConfig
    fitted: Sequence[Source] = ()
    """Sources that stand earlier in the table."""


class FittedSource(Source, Protocol):
    """A source that `train_recall` fits and keeps, in a folder of its own."""

    facts: ClassVar[Facts]

    @classmethod
    def fit(cls, evidence: Evidence) -> Self:
        """Over the whole catalogue; sources that stand before it in the table are fitted already."""
        ...

    def save(self, folder: Path) -> None:
        """Write its files; the folder may not be there yet."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote. Raises WrongArtifact."""
        ...


@runtime_checkable
class Growing(Protocol):
    """A fitted source that has something to say of items behind those that it was fitted on; others pass them over."""

    def grown(self, catalogue: Catalogue) -> Source:
        """The same over a catalogue whose first items it knows."""
        ...


def of_kind(sources: Iterable[Source], kind: type[T]) -> T:
    """The one source of a class. Raises ValueError where there is none."""
    for source in sources:
        if isinstance(source, kind):
            return source
    raise ValueError(f"no {kind.__name__} among the sources")
