"""A release with the catalogue as it is now: items that were put, corrected or deleted while the shop is open.

Everything that is large stays the release's and is shared: an edition costs a copy of the catalogue's columns, a
segment of words and the vectors of what has changed. Rows mean the same in all editions of a release, so that its
stages may be an edition apart for a moment.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsys.changes import NO_CHANGES, Changes
from recsys.features.catalogue import Catalogue
from recsys.release import Release


class Edition:
    """What a release is after changes of its catalogue; the release itself where there is none."""

    def __init__(self, release: Release, changes: Changes = NO_CHANGES) -> None:
        """
        Args:
            changes: all that the store holds.
        """
        self.release = release
        self._changes = changes

    @property
    def key(self) -> str:
        """Of the release."""
        return self.release.key

    @cached_property
    def catalogue(self) -> Catalogue:
        return self.release.catalogue.changed(self._changes)

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """(I, D) text vectors of the items, of unit length."""
        rows, known = self.catalogue.changed_rows, self.release.vectors
        if not len(rows):
            return known
        joined = np.empty((len(self.catalogue), known.shape[1]), np.float32)
        joined[: len(known)] = known
        joined[rows] = self.changed_vectors
        return joined

    @cached_property
    def changed_vectors(self) -> NDArray[np.float32]:
        """(C, D) of the changed rows."""
        rows = self.catalogue.changed_rows.tolist()
        if not rows:
            return np.zeros((0, 0), np.float32)
        return np.stack([self.release.vector_of_text(self.catalogue.text(row)) for row in rows])
