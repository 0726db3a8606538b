"""The ranking stage of an edition."""

from __future__ import annotations

from recsys.edition import Edition
from recsys.features.impressions import ImpressionFeatures
from recsys.ranking.stage import Ranking
from recsys.ranking.training import FittedRanking


def ranking_of(edition: Edition) -> Ranking:
    """The ranking stage; without a ranker the order of recall stands. Raises WrongArtifact."""
    release = edition.release
    fitted = release.opened("ranking", lambda: FittedRanking.load(release.part("ranker")))
    stats = None if fitted.stats is None else fitted.stats.grown(len(edition.catalogue))
    features = None if stats is None else ImpressionFeatures(edition.catalogue, stats)
    reorder = None if fitted.next_step is None else fitted.next_step.over(edition.catalogue)
    return Ranking(edition.key, features, fitted.ranker, fitted.blend, reorder)
