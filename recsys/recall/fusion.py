"""Many sources, one order: log-probabilities summed with weights that depend on what is known of the request.

Every source proposes its best; every source then scores everything that anybody proposed, exactly, so that the cut
changes almost nothing. Array axes: I items, N proposed items, S sources.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from recsys.errors import WrongArtifact
from recsys.recall.sources.source import Reading
from recsys.slate import BoolArray, IntArray, Query

Mode = Literal["user", "context", "search", "cold"]
MODES: tuple[Mode, ...] = get_args(Mode)

NOT_PROPOSED = np.iinfo(np.int32).max

DEFAULT_WEIGHTS: dict[Mode, dict[str, float]] = {
    "user": {"covisit": 0.2, "two_hop": 0.2, "tfidf": 0.3, "attributes": 0.2, "sequence": 1.0},
    "context": {"covisit": 0.3, "two_hop": 0.2, "tfidf": 0.4, "attributes": 0.3, "sequence": 1.0},
    "search": {"lexical": 1.0, "text": 1.0, "popular": 0.1, "covisit": 0.05, "sequence": 0.05},
    "cold": {"popular": 1.0},
}
"""Where nothing was tuned. A source that is not named proposes, and others order what it proposed."""


def mode_of(query: Query) -> Mode:
    """What a request starts from: words, else the items of the page or cart, else the user's past, else nothing."""
    if query.text:
        return "search"
    if len(query.context):
        return "context"
    return "user" if len(query.history) else "cold"


class Fusion:
    """Weights of the sources for each mode."""

    def __init__(self, weights: Mapping[Mode, Mapping[str, float]] | None = None) -> None:
        """Take weights by mode and source name; a mode that is absent has the default weights."""
        self.by_mode: dict[Mode, dict[str, float]] = {mode: dict(DEFAULT_WEIGHTS[mode]) for mode in MODES}
        self.by_mode |= {mode: dict(named) for mode, named in (weights or {}).items()}

    def weights(self, mode: Mode, names: Sequence[str]) -> NDArray[np.float32]:
        """(S,) weights in the order of the names, 0 for a source that has none."""
        return np.array([self.by_mode[mode].get(name, 0.0) for name in names], np.float32)

    def save(self, path: Path) -> None:
        """Write fusion.json."""
        path.write_text(json.dumps(self.by_mode, indent=1, sort_keys=True), "utf-8")

    @classmethod
    def load(cls, path: Path) -> Fusion:
        """Read fusion.json. Raises WrongArtifact."""
        try:
            values = json.loads(path.read_text("utf-8"))
            if set(values) != set(MODES):
                raise ValueError(f"modes {sorted(values)}")
            return cls({mode: {name: float(w) for name, w in named.items()} for mode, named in values.items()})
        except (OSError, ValueError, AttributeError, TypeError) as error:
            remedy = "Run: python -m pipelines train_recall"
            raise WrongArtifact(str(path), f"weights for each of {', '.join(MODES)}", error, remedy) from None


def propose(readings: Sequence[Reading | None], allowed: BoolArray, k: int) -> tuple[IntArray, IntArray]:
    """Everything that a source has among its best k allowed items.

    Returns:
        (N,) items in catalogue order, and (N, S) the place of each in the proposals of each source, 0 for its best;
        NOT_PROPOSED where the source did not propose it.
    """
    place = np.full((len(allowed), len(readings)), NOT_PROPOSED, np.int32)
    for column, reading in enumerate(readings):
        if reading is not None:
            best = reading.top(allowed, k)
            place[best, column] = np.arange(len(best))
    index = np.flatnonzero((place < NOT_PROPOSED).any(axis=1)).astype(np.int32)
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
