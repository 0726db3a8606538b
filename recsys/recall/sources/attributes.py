"""Items with similar facts: category, brand and attributes as words."""

from __future__ import annotations

from typing import ClassVar, Self

from recsys.recall.sources.facts import Facts
from recsys.recall.sources.neighbours import NeighbourSource
from recsys.recall.sources.source import Evidence
from recsys.recall.sources.tfidf import SIMILAR, fit_tfidf


class AttributesSource(NeighbourSource):
    """Similar attributes."""

    facts: ClassVar[Facts] = Facts(name="attributes", weights={"user": 0.2, "context": 0.3}, telling=30, reason=SIMILAR)

    @classmethod
    def fit(cls, evidence: Evidence) -> Self:
        facts = [evidence.catalogue.facts(row) for row in range(len(evidence.catalogue))]
        return cls(fit_tfidf(facts, evidence.config.attributes))
