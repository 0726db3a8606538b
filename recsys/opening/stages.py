"""The recall stage of an edition, what stands in for it, and what completes a search."""

from __future__ import annotations

import numpy as np

from recsys.edition import Edition
from recsys.features.popular_queries import popular_queries
from recsys.index.suggestions import ChangedSuggestions, Completer, Suggestions
from recsys.opening.recall import RecallModels
from recsys.queries.shop_words import Learned, ShopWords
from recsys.recall.fallback import Fallback
from recsys.recall.stage import Recall, RecallStageConfig


def recall_of(edition: Edition, config: RecallStageConfig | None = None, *, view: str = "serving") -> Recall:
    """The recall stage. `view`: "serving", or "rank" for the models that saw only the train fold.

    Raises WrongArtifact.
    """
    models = released_recall(edition, view)
    if len(edition.catalogue.changed_rows):
        models = models.changed(edition.catalogue, edition.changed_vectors)
    return models.stage(edition.key, edition.catalogue, config)


def released_recall(edition: Edition, view: str = "serving") -> RecallModels:
    """What the recall stage is made of, as of the release. Raises WrongArtifact."""
    release = edition.release
    return release.opened(
        f"recall/{view}",
        lambda: RecallModels.open(release.part("recall") / view, release.part("index"), release.encoder),
    )


def fallback_of(edition: Edition) -> Fallback:
    """What answers when recall does not."""
    release = edition.release

    def load() -> Fallback:
        return Fallback(release.key, release.catalogue, release.histories.counts().astype(np.float32))

    return release.opened("fallback", load).changed(edition.catalogue)


def suggestions_of(edition: Edition) -> Completer:
    """What completes a search while it is being written."""
    release = edition.release

    def load() -> Suggestions:
        queries = popular_queries(release.part("features") / "pairs")
        return Suggestions.of(release.catalogue, release.histories.counts(), queries)

    released = release.opened("suggestions", load)
    return ChangedSuggestions(released, edition.catalogue) if len(edition.catalogue.changed_rows) else released


def shop_words_of(edition: Edition) -> ShopWords:
    """What the catalogue says of words: learned from the release's, with the items as they are now.

    Raises WrongArtifact.
    """
    release = edition.release

    def load() -> ShopWords:
        return ShopWords(release.catalogue, Learned.load(release.part("index") / "words"))

    learned = release.opened("shop words", load)
    return learned.changed(edition.catalogue) if len(edition.catalogue.changed_rows) else learned
