"""Many sources, one order: log-probabilities summed with weights that depend on what is known of the request.

Every source proposes its best; every source then scores everything that anybody proposed, exactly, so that the cut
changes almost nothing. Array axes: I items, N proposed items, S sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recsys.errors import WrongArtifact
from recsys.recall.modes import MODES, Mode
from recsys.recall.sources.source import Reading, Source
from recsys.slate import BoolArray, IntArray

NOT_PROPOSED = np.iinfo(np.int32).max


class Fusion:
    """Weights of the sources for each mode."""

    def __init__(self, tuned: Mapping[Mode, Mapping[str, float]] | None = None) -> None:
        """Take weights by mode and source name; in a mode that is absent every source has the weight of its facts."""
        self.tuned: dict[Mode, dict[str, float]] = {mode: dict(named) for mode, named in (tuned or {}).items()}

    def weights(self, mode: Mode, sources: Sequence[Source]) -> NDArray[np.float32]:
        """(S,) weights in the order of the sources, 0 for one that has none."""
        tuned = self.tuned.get(mode)
        if tuned is None:
            return np.array([source.facts.weights.get(mode, 0.0) for source in sources], np.float32)
        return np.array([tuned.get(source.facts.name, 0.0) for source in sources], np.float32)

    def save(self, path: Path) -> None:
        """Write fusion.json."""
        path.write_text(json.dumps(self.tuned, indent=1, sort_keys=True), "utf-8")

    @classmethod
    def load(cls, path: Path) -> Fusion:
        """Read fusion.json. Raises WrongArtifact."""
        try:
            values = json.loads(path.read_text("utf-8"))
            if not set(values) <= set(MODES):
                raise ValueError(f"modes {sorted(values)}")
            return cls({mode: {name: float(w) for name, w in named.items()} for mode, named in values.items()})
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise WrongArtifact(str(path), f"weights for some of {', '.join(MODES)}", error, kind="recall") from None


def propose(readings: Sequence[Reading | None], allowed: BoolArray, k: int) -> tuple[IntArray, IntArray]:
    """Everything that a source has among its best k allowed items.

    Returns:
        (N,) items in catalogue order, and (N, S) the place of each in the proposals of each source, 0 for its best;
        NOT_PROPOSED where the source did not propose it.
    """
    place = np.full((len(allowed), len(readings)), NOT_PROPOSED, np.int32)
    proposed = np.zeros(len(allowed), np.bool_)
    for column, reading in enumerate(readings):
        if reading is not None:
            best = reading.top(allowed, k)
            place[best, column] = np.arange(len(best))
            proposed[best] = True
    index = np.flatnonzero(proposed).astype(np.int32)
    return index, place[index]


def score_all(readings: Sequence[Reading | None], index: IntArray) -> NDArray[np.float32]:
    """(N, S) what each source says of each item; 0, which moves nothing, where it has no reading."""
    scores = np.zeros((len(index), len(readings)), np.float32)
    for column, reading in enumerate(readings):
        if reading is not None:
            scores[:, column] = reading.score(index)
    return scores


def fuse(scores: NDArray[np.float32], weights: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N,) weighted sum over sources of (N, S) scores: a product of experts where they are log-probabilities."""
    return np.asarray(scores @ weights, np.float32)
