"""A release: the artifacts that answer together, opened by the part that each stage needs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from recsys.ads.inventory import Inventory
from recsys.ads.stage import AdPlacement, AdsConfig
from recsys.artifacts import Artifact, Workspace
from recsys.features.impressions import ImpressionFeatures
from recsys.features.items import Catalogue
from recsys.features.popular_queries import popular_queries
from recsys.features.sequences import Sequences
from recsys.index.lexical import LexicalIndex
from recsys.index.suggestions import Suggestions
from recsys.index.vectors import VectorIndex
from recsys.models.text_encoder import TextEncoder, load_text_encoder
from recsys.ranking.stage import Ranking
from recsys.ranking.training import FittedRanking
from recsys.recall.fallback import Fallback
from recsys.recall.fitted import FittedRecall
from recsys.recall.fusion import Fusion
from recsys.recall.lexical import LexicalSource
from recsys.recall.stage import Recall, RecallStageConfig
from recsys.recall.text import TextSource
from recsys.schema import CAMPAIGNS, CREATIVES

PARTS = ("clean", "features", "encoder", "embeddings", "recall", "index", "ranker")
"""Kinds of artifact that a release holds together, by the names of its parents."""


class Release:
    """One version of everything. Parts are read when first asked for; a damaged one is refused by name."""

    def __init__(self, workspace: Workspace, artifact: Artifact) -> None:
        self._workspace, self.artifact = workspace, artifact

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
        features = self._workspace.parent(self.artifact, "features")
        return float(features.manifest.metrics.get("served_until_s", -math.inf))

    @cached_property
    def encoder(self) -> TextEncoder:
        return load_text_encoder(self._part("encoder"))

    def recall(self, view: str = "serving", config: RecallStageConfig | None = None) -> Recall:
        """The recall stage. `view`: "serving", or "rank" for the models that saw only the train fold."""
        return open_recall(
            self.key, self.catalogue, self._part("recall") / view, self._part("index"), self.encoder, config
        )

    def ranking(self) -> Ranking:
        """The ranking stage; without a ranker it passes the fused score through."""
        fitted = FittedRanking.load(self._part("ranker"))
        features = None if fitted.stats is None else ImpressionFeatures(self.catalogue, fitted.stats)
        return Ranking(self.key, features, fitted.ranker, fitted.blend)

    def ads(
        self, remaining: Callable[[], dict[str, int]] | None = None, config: AdsConfig | None = None
    ) -> AdPlacement:
        """The ad stage. `remaining`: campaign -> micros left; without it every campaign has its whole budget."""
        creatives = self._table("creatives", CREATIVES)
        vectors = np.load(self._part("embeddings") / "items.npy")
        return AdPlacement(
            config or AdsConfig(),
            Inventory.from_tables(self.campaigns, creatives, self.catalogue.row),
            release=self.key,
            vectors=vectors,
            encode=lambda text: self.encoder.encode([text])[0],
            allowed=self.catalogue.mask,
            remaining=remaining or self.budgets,
        )

    def fallback(self) -> Fallback:
        """What answers when recall does not."""
        popularity = self.histories.counts().astype(np.float32)
        return Fallback(self.key, self.catalogue, popularity)

    def suggestions(self) -> Suggestions:
        """What completes a search while it is being written."""
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
        return self._workspace.parent(self.artifact, kind).path


def open_recall(
    key: str, catalogue: Catalogue, models: Path, index: Path, encoder: TextEncoder,
    config: RecallStageConfig | None = None,
) -> Recall:  # fmt: skip
    """Recall from the folders of its artifacts; training of the ranker opens it before there is a release."""
    sources, fusion = FittedRecall.load(models).sources(), Fusion.load(models / "fusion.json")
    text = TextSource(VectorIndex.load(index / "vectors"), lambda words: encoder.encode([words])[0])
    lexical = LexicalSource(LexicalIndex.open(index / "lexical"))
    return Recall(key, catalogue, [lexical, text, *sources], fusion, config)
