"""The recall sources that learn from behaviour and words, as one thing that can be kept and loaded. Needs no torch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from recsys.errors import WrongArtifact
from recsys.features.catalogue import Catalogue
from recsys.recall.sources import table
from recsys.recall.sources.known import KnownItems
from recsys.recall.sources.popular import PopularSource
from recsys.recall.sources.source import FittedSource, Growing, Source, of_kind
from recsys.recall.sources.unchosen import UnchosenSource

ABOUT = "sources.json"
S = TypeVar("S", bound=FittedSource)


@dataclass(frozen=True)
class FittedRecall:
    """All sources of the table, over one catalogue. Immutable; read by many threads."""

    sources: tuple[FittedSource, ...]
    num_items: int
    """Of that catalogue."""

    def source(self, kind: type[S]) -> S:
        """The source of a class. Raises ValueError where there is none."""
        return of_kind(self.sources, kind)

    def grown(self, catalogue: Catalogue) -> tuple[Source, ...]:
        """The same for a catalogue with new items behind those that they were fitted on.

        While nobody has chosen anything nothing is popular: the newest items stand in.
        """
        return tuple(self._grown(source, catalogue) for source in self.sources)

    def _grown(self, source: FittedSource, catalogue: Catalogue) -> Source:
        if isinstance(source, PopularSource) and source.unknown:
            return UnchosenSource(catalogue.created_s)
        if len(catalogue) == self.num_items:
            return source
        return source.grown(catalogue) if isinstance(source, Growing) else KnownItems(source, self.num_items)

    def save(self, folder: Path) -> None:
        """Write a folder for each source, and which they are."""
        for source in self.sources:
            source.save(folder / source.facts.name)
        about = {"num_items": self.num_items, "sources": [source.facts.name for source in self.sources]}
        (folder / ABOUT).write_text(json.dumps(about), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> FittedRecall:
        """Read what `save` wrote. Raises WrongArtifact, also where the table has other sources than then."""
        path, wanted = folder / ABOUT, ", ".join(kind.facts.name for kind in table.FITTED)
        try:
            about = json.loads(path.read_text("utf-8"))
            num_items, saved = int(about["num_items"]), ", ".join(about["sources"])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WrongArtifact(str(path), f"the sources {wanted}", error, kind="recall") from None
        if saved != wanted:
            raise WrongArtifact(str(path), f"the sources {wanted}", saved, kind="recall")
        return cls(tuple(kind.load(folder / kind.facts.name) for kind in table.FITTED), num_items)
