"""A release with the catalogue as it is now: items that were put, corrected or deleted while the shop is open.

Everything that is large stays the release's and is shared: an edition costs a copy of the catalogue's columns, a
segment of words and the vectors of what has changed. Rows mean the same in all editions of a release, so that its
stages may be an edition apart for a moment.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsys.ads.inventory import Inventory
from recsys.features.catalogue import Catalogue
from recsys.features.pictures import Pictures
from recsys.features.sequences import Sequences
from recsys.index.suggestions import ChangedSuggestions, Completer
from recsys.models.text.encoder import TextEncoder
from recsys.opening.recall import RecallModels
from recsys.ranking.training import FittedRanking
from recsys.records import Changes
from recsys.release import Release


class Edition(Release):
    """What a release is after changes of its catalogue. Answers as the release does where there is none."""

    def __init__(self, released: Release, changes: Changes) -> None:
        """
        Args:
            changes: all that the store holds.
        """
        super().__init__(released.workspace, released.artifact)
        self._released = released
        self._changes = changes

    @cached_property
    def catalogue(self) -> Catalogue:
        return self._released.catalogue.changed(self._changes)

    @property
    def pictures(self) -> Pictures:
        return self._released.pictures

    @property
    def histories(self) -> Sequences:
        return self._released.histories

    @property
    def encoder(self) -> TextEncoder:
        return self._released.encoder

    @property
    def fitted_ranking(self) -> FittedRanking:
        return self._released.fitted_ranking

    @property
    def inventory(self) -> Inventory:
        """Ads of items that the release has; what is gone since is filtered as any item is."""
        return self._released.inventory

    @cached_property
    def recall_models(self) -> RecallModels:
        return self._released.recall_models.changed(self.catalogue, self._changed_vectors)

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        rows, known = self.catalogue.changed_rows, self._released.vectors
        if not len(rows):
            return known
        joined = np.empty((len(self.catalogue), known.shape[1]), np.float32)
        joined[: len(known)] = known
        joined[rows] = self._changed_vectors
        return joined

    @cached_property
    def suggestions(self) -> Completer:
        released = self._released.released_suggestions
        return ChangedSuggestions(released, self.catalogue) if len(self.catalogue.changed_rows) else released

    @cached_property
    def _changed_vectors(self) -> NDArray[np.float32]:
        """(C, D) of the changed rows."""
        encode = self._released.vector_of_text
        rows = self.catalogue.changed_rows.tolist()
        if not rows:
            return np.zeros((0, 0), np.float32)
        return np.stack([encode(self.catalogue.text(row)) for row in rows])
