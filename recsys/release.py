"""A release: the artifacts that answer together, opened by the part that each stage needs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from recsys.ads.inventory import Inventory
from recsys.ads.stage import AdPlacement, AdsConfig
from recsys.artifacts import Artifact, Workspace
from recsys.features.catalogue import Catalogue
from recsys.features.impressions import ImpressionFeatures
from recsys.features.pictures import Pictures
from recsys.features.popular_queries import popular_queries
from recsys.features.sequences import Sequences
from recsys.index.suggestions import Completer, Suggestions
from recsys.models.text.encoder import TextEncoder, load_text_encoder
from recsys.opening.recall import RecallModels, open_recall
from recsys.ranking.stage import Ranking
from recsys.ranking.training import FittedRanking
from recsys.recall.fallback import Fallback
from recsys.recall.stage import Recall, RecallStageConfig
from recsys.schema import CAMPAIGNS, CREATIVES

PARTS = ("clean", "features", "encoder", "embeddings", "recall", "index", "ranker")
"""Kinds of artifact that a release holds together, by the names of its parents."""


REMEMBERED = 20_000
"""Vectors of changed items that a process keeps."""


class Release:
    """One version of everything. Parts are read when first asked for; a damaged one is refused by name."""

    def __init__(self, workspace: Workspace, artifact: Artifact) -> None:
        self.workspace, self.artifact = workspace, artifact

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
            self._part(kind)

    @cached_property
    def about(self) -> dict[str, Any]:
        """What the shop's page says of itself (name, notes on what is simulated)."""
        about: dict[str, Any] = json.loads((self.artifact.path / "release.json").read_text("utf-8"))
        return about

    @cached_property
    def catalogue(self) -> Catalogue:
        return Catalogue.from_table(pq.read_table(self._part("features") / "items.parquet"))

    @cached_property
    def histories(self) -> Sequences:
        """What users said yes to before this release was made."""
        steps = pq.read_table(self.artifact.path / "histories.parquet")
        return Sequences.from_steps(steps, len(self.catalogue))

    @cached_property
    def campaigns(self) -> pa.Table:
        return self._table("campaigns", CAMPAIGNS)

    @cached_property
    def learned_until_s(self) -> float:
        """Events of the store before this moment are in the histories; -inf where none are."""
        features = self.workspace.parent(self.artifact, "features")
        return float(features.manifest.metrics.get("served_until_s", -math.inf))

    @cached_property
    def encoder(self) -> TextEncoder:
        return load_text_encoder(self._part("encoder"))

    @cached_property
    def recall_models(self) -> RecallModels:
        """What the recall stage is made of."""
        return RecallModels.open(self._part("recall") / "serving", self._part("index"), self.encoder)

    @cached_property
    def fitted_ranking(self) -> FittedRanking:
        return FittedRanking.load(self._part("ranker"))

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """(I, D) text vectors of the items, of unit length."""
        return np.asarray(np.load(self._part("embeddings") / "items.npy"), np.float32)

    @cached_property
    def inventory(self) -> Inventory:
        """All ads; for items that the catalogue has."""
        creatives = self._table("creatives", CREATIVES)
        return Inventory.from_tables(self.campaigns, creatives, self.catalogue.row)

    @cached_property
    def pictures(self) -> Pictures:
        """Pictures of items, by the names that items give them."""
        path = self._part("clean") / "images.parquet"
        return Pictures(path if path.exists() else None)

    def recall(self, view: str = "serving", config: RecallStageConfig | None = None) -> Recall:
        """The recall stage. `view`: "serving", or "rank" for the models that saw only the train fold."""
        if view == "serving":
            return self.recall_models.stage(self.key, self.catalogue, config)
        return open_recall(
            self.key, self.catalogue, self._part("recall") / view, self._part("index"), self.encoder, config
        )

    def ranking(self) -> Ranking:
        """The ranking stage; without a ranker it passes the fused score through."""
        fitted = self.fitted_ranking
        stats = None if fitted.stats is None else fitted.stats.grown(len(self.catalogue))
        features = None if stats is None else ImpressionFeatures(self.catalogue, stats)
        return Ranking(self.key, features, fitted.ranker, fitted.blend)

    def ads(
        self, remaining: Callable[[], dict[str, int]] | None = None, config: AdsConfig | None = None
    ) -> AdPlacement:
        """The ad stage. `remaining`: campaign -> micros left; without it every campaign has its whole budget."""
        return AdPlacement(
            config or AdsConfig(),
            self.inventory,
            release=self.key,
            vectors=self.vectors,
            encode=lambda text: self.encoder.encode([text])[0],
            allowed=self.catalogue.mask,
            remaining=remaining or self.budgets,
            revision=self.catalogue.revision,
        )

    def fallback(self) -> Fallback:
        """What answers when recall does not."""
        popularity = self.histories.counts().astype(np.float32)
        return Fallback(self.key, self.catalogue, popularity)

    @cached_property
    def vector_of_text(self) -> Callable[[str], NDArray[np.float32]]:
        """A text's l2-normalised vector (D,), remembered: a changed item is encoded once, not for each edition."""
        return lru_cache(REMEMBERED)(lambda text: self.encoder.encode([text])[0])

    @property
    def suggestions(self) -> Completer:
        """What completes a search while it is being written."""
        return self.released_suggestions

    @cached_property
    def released_suggestions(self) -> Suggestions:
        """The same, as of the release."""
        queries = popular_queries(self._part("features") / "pairs")
        return Suggestions.of(self.catalogue, self.histories.counts(), queries)

    def budgets(self) -> dict[str, int]:
        """Campaign -> whole budget in micros."""
        table = self.campaigns
        return dict(zip(table["campaign_id"].to_pylist(), table["budget_micros"].to_pylist(), strict=True))

    def _table(self, name: str, schema: pa.Schema) -> pa.Table:
        path = self.artifact.path / f"{name}.parquet"
        return pq.read_table(path) if path.exists() else schema.empty_table()

    def _part(self, kind: str) -> Path:
        return self.workspace.parent(self.artifact, kind).path
