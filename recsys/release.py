"""A release: the artifacts that answer together. What a stage reads of them is opened by `recsys.opening`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from threading import RLock
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from recsys.artifacts import Artifact, Workspace
from recsys.features.catalogue import Catalogue
from recsys.features.pictures import Pictures
from recsys.features.sequences import Sequences
from recsys.models.text.encoder import TextEncoder
from recsys.models.text.families import load_text_encoder

T = TypeVar("T")

PARTS = ("clean", "features", "encoder", "embeddings", "recall", "index", "ranker")
"""Kinds of artifact that a release holds together, by the names of its parents."""

REMEMBERED = 20_000
"""Vectors of changed items that a process keeps."""


class Release:
    """One version of everything. Parts are read when first asked for; a damaged one is refused by name."""

    def __init__(self, workspace: Workspace, artifact: Artifact) -> None:
        self.workspace, self.artifact = workspace, artifact
        self._opened: dict[str, Any] = {}
        self._opening = RLock()  # what is opened may ask for what it is made of

    @classmethod
    def open(cls, workspace: Workspace, key: str | None = None) -> Self:
        """The live release, or the one with this key. Raises WrongArtifact."""
        from_key = workspace.open("release", key) if key else workspace.current("release")
        return cls(workspace, from_key)

    @property
    def key(self) -> str:
        return self.artifact.key

    def require_whole(self) -> None:
        """Every part is there and undamaged. Raises WrongArtifact naming the first that is not."""
        for kind in PARTS:
            self.part(kind)

    @cached_property
    def about(self) -> dict[str, Any]:
        """What the shop's page says of itself (name, notes on what is simulated)."""
        about: dict[str, Any] = json.loads((self.artifact.path / "release.json").read_text("utf-8"))
        return about

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue.open(self.part("features"))

    @cached_property
    def histories(self) -> Sequences:
        """What users said yes to before this release was made."""
        return Sequences.open(self.artifact.path / "histories.parquet", len(self.catalogue))

    @cached_property
    def learned_until_s(self) -> float:
        """Events of the store before this moment are in the histories; -inf where none are."""
        features = self.workspace.parent(self.artifact, "features")
        return float(features.manifest.metrics.get("served_until_s", -math.inf))

    @cached_property
    def encoder(self) -> TextEncoder:
        return load_text_encoder(self.part("encoder"))

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """(I, D) text vectors of the items, of unit length."""
        return np.asarray(np.load(self.part("embeddings") / "items.npy"), np.float32)

    @cached_property
    def pictures(self) -> Pictures:
        """Pictures of items, by the names that items give them."""
        path = self.part("clean") / "images.parquet"
        return Pictures(path if path.exists() else None)

    @cached_property
    def vector_of_text(self) -> Callable[[str], NDArray[np.float32]]:
        """A text's l2-normalised vector (D,), remembered: a changed item is encoded once, not for each edition."""
        return lru_cache(REMEMBERED)(lambda text: self.encoder.encode([text])[0])

    def opened(self, kind: str, load: Callable[[], T]) -> T:
        """What a stage reads of this release, loaded once for all who ask and kept as long as the release."""
        with self._opening:
            if kind not in self._opened:
                self._opened[kind] = load()
            opened: T = self._opened[kind]
            return opened

    def part(self, kind: str) -> Path:
        """The folder of a part. Raises WrongArtifact."""
        return self.workspace.parent(self.artifact, kind).path
