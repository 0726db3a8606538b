"""The recall sources that learn from behaviour and words, as one thing that can be kept and loaded. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recsys.models.sequence.encoder import SequenceEncoder
from recsys.recall.sources.fresh import FreshSource
from recsys.recall.sources.known import KnownItems
from recsys.recall.sources.neighbours import Neighbours, NeighbourSource
from recsys.recall.sources.popular import PopularSource, load_popular
from recsys.recall.sources.sequence import SequenceSource
from recsys.recall.sources.source import Source
from recsys.slate import FloatArray

POPULAR = "popular.npy"


@dataclass(frozen=True)
class FittedRecall:
    """Everything that `fitting` makes, over one catalogue. Immutable; read by many threads."""

    covisit: Neighbours
    two_hop: Neighbours
    tfidf: Neighbours
    attributes: Neighbours
    sequence: SequenceEncoder
    popular: NDArray[np.float32]  # (I,) log-probabilities
    fresh: FreshSource

    @property
    def neighbours(self) -> dict[str, Neighbours]:
        """The item-to-item matrices by source name."""
        return {"covisit": self.covisit, "two_hop": self.two_hop, "tfidf": self.tfidf, "attributes": self.attributes}

    def sources(self) -> tuple[Source, ...]:
        """All of them, ready to read queries."""
        similar = [NeighbourSource(name, matrix) for name, matrix in self.neighbours.items()]
        return (*similar, SequenceSource(self.sequence), PopularSource(self.popular), self.fresh)

    def grown(self, created_s: FloatArray) -> tuple[Source, ...]:
        """The same for a catalogue with new items behind those that they were fitted on.

        Args:
            created_s: (I,) of that catalogue, seconds since the epoch; nan where unknown.
        """
        num_known = self.covisit.num_items
        if len(created_s) == num_known:
            return self.sources()
        known = [KnownItems(source, num_known) for source in self.sources() if source is not self.fresh]
        return (*known, self.fresh.grown(created_s))

    def save(self, folder: Path) -> None:
        """Write one folder per source and popular.npy."""
        for name, matrix in self.neighbours.items():
            matrix.save(folder / name)
        self.sequence.save(folder / "sequence")
        self.fresh.save(folder / "fresh")
        np.save(folder / POPULAR, self.popular)

    @classmethod
    def load(cls, folder: Path) -> FittedRecall:
        """Read what `save` wrote. Raises WrongArtifact."""
        return cls(
            covisit=Neighbours.load(folder / "covisit"),
            two_hop=Neighbours.load(folder / "two_hop"),
            tfidf=Neighbours.load(folder / "tfidf"),
            attributes=Neighbours.load(folder / "attributes"),
            sequence=SequenceEncoder.load(folder / "sequence"),
            popular=load_popular(folder / POPULAR),
            fresh=FreshSource.load(folder / "fresh"),
        )
