"""build_index: the lexical index and the vector index of the catalogue, and what the shop's words mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow.compute as pc

from pipelines.running.code_version import code_version
from pipelines.running.job import Job, Report
from pipelines.running.lineage import Inputs, keys
from pipelines.running.parts import read_parts
from recsys.artifacts import Recipe
from recsys.config import Config
from recsys.features.catalogue import Catalogue
from recsys.queries.synonym_file import read_synonym_file
from recsys.queries.synonyms import Synonym
from recsys.splits import TEST


class BuildIndexConfig(Config):
    """Settings of `build_index`."""

    vectors: Literal["auto", "exact", "hnsw"] = "auto"
    """auto: exact for small catalogues, HNSW above."""
    language: str = "auto"
    """Whose endings fall off words: english, german, french ... (`recsys.text.stems`); auto: that of most titles."""
    synonyms: Path | None = None
    """A file of words that stand for each other, a group a line: `sofa, couch`, or one way: `telly => tv`."""
    learn_synonyms: bool = True
    """Whether words that stand for each other are learned, too: of what people chose after their searches, and of words
    that the catalogue writes in two ways."""


def recipe(inputs: Inputs, config: BuildIndexConfig) -> Recipe:
    """A file of synonyms is known by what it says. Raises WrongData."""
    code = code_version("recsys.index.lexical", "recsys.index.vectors", __name__)
    return Recipe("index", config.decisive() | {"synonyms": _given(config)}, code, parents=keys(inputs))


def fill(inputs: Inputs, config: BuildIndexConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    features, split, vectors = (inputs[name].path for name in ("features", "split", "embeddings"))
    return job.task("build_index", build_index, config, _given(config), features, split, vectors, folder)


def _given(config: BuildIndexConfig) -> list[Synonym]:
    return read_synonym_file(config.synonyms) if config.synonyms else []


def build_index(
    report: Report,
    config: BuildIndexConfig,
    given: Sequence[Synonym],
    features: Path,
    split: Path,
    vectors: Path,
    folder: Path,
) -> Mapping[str, Any]:
    """Both indexes, and the shop's words; `given` synonyms go before those that are learned of the same word."""
    from recsys.index.lexical import LexicalConfig, LexicalIndex
    from recsys.index.vectors import VectorIndex
    from recsys.queries.shop_words import Learned
    from recsys.queries.synonyms import Synonyms, joined
    from recsys.queries.variants import learn_variants

    catalogue = Catalogue.open(features)
    lexical = LexicalIndex.build(catalogue, folder / "lexical", LexicalConfig(language=config.language))
    report(1, 3, "lexical")
    VectorIndex.build(np.load(vectors / "items.npy"), kind=config.vectors).save(folder / "vectors")
    report(2, 3, "vectors")
    learned = _learned(catalogue, split) if config.learn_synonyms else {}
    variants = learn_variants(catalogue) if config.learn_synonyms else {}
    Learned.of(catalogue, joined(Synonyms(given), learned, variants)).save(folder / "words")
    report(3, 3, "words")
    counts = {"given": len(given), "learned": len(learned), "variants": len(variants)}
    return {"items": len(catalogue), "language": lexical.config.language, "synonyms": counts}


def _learned(catalogue: Catalogue, split: Path) -> dict[str, str]:
    """Of all that was known before the test fold."""
    from recsys.queries.learned_synonyms import learn_synonyms

    pairs = read_parts(split / "pairs")
    return learn_synonyms(catalogue, pairs.filter(pc.less(pairs["fold"], TEST)))
