"""Hashes of a catalogue's item ids, by which a cursor knows what was shown."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from recsys.cursor import hash_ids

KEPT = 2


class Hashes:
    """Remembers them by release: rows mean the same in all editions of it, so that only new items are hashed anew."""

    def __init__(self) -> None:
        self._known: dict[str, NDArray[np.uint64]] = {}  # key of a release -> (I,), newest last

    def of(self, release: str, item_ids: Sequence[str]) -> NDArray[np.uint64]:
        """(I,) of an edition's items."""
        known = self._known.pop(release, np.zeros(0, np.uint64))[: len(item_ids)]
        hashes = np.concatenate([known, hash_ids(item_ids[len(known) :])])
        self._known = dict([*self._known.items(), (release, hashes)][-KEPT:])
        return hashes
