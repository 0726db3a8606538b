"""Items with similar words: a sparse baseline that needs no behaviour, and the content that the sequence model reads.

Words and pairs of adjacent words, logarithmic counts, inverse document frequencies, cosine. The analysis is that of
`recsys.text`, as in the lexical index, so Chinese works the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from recsys.recall.config import TfidfConfig
from recsys.recall.sources.facts import ANCHOR, Facts, Wording
from recsys.recall.sources.neighbours import Neighbours, NeighbourSource, top_of_product
from recsys.recall.sources.source import Evidence
from recsys.text import tokens

SIMILAR = Wording("similar", f"Similar to “{ANCHOR}”")


class TfidfSource(NeighbourSource):
    """Similar titles."""

    facts: ClassVar[Facts] = Facts(name="tfidf", weights={"user": 0.3, "context": 0.4}, telling=40, reason=SIMILAR)

    @classmethod
    def fit(cls, evidence: Evidence) -> Self:
        return cls(fit_tfidf(evidence.catalogue.titles, evidence.config.tfidf))


def terms(text: str) -> list[str]:
    """Words, and pairs of adjacent ones."""
    words = tokens(text)
    return words + [f"{left} {right}" for left, right in pairwise(words)]


def fit_tfidf(texts: Sequence[str], config: TfidfConfig) -> Neighbours:
    """The items with the largest cosine to each item; none where a text is empty.

    Args:
        texts: of all items, in catalogue order.
    """
    vectors = tfidf_vectors(texts, config)
    return Neighbours(top_of_product([vectors, sparse.csr_array(vectors.T)], config.neighbours), config.history)


def tfidf_vectors(texts: Sequence[str], config: TfidfConfig) -> sparse.csr_array:
    """(I, V) float32 with l2-normalised rows; zero columns where no term is used often enough."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # here, for what serves loads no trainer

    vectorizer = TfidfVectorizer(
        analyzer=terms,
        min_df=config.min_count,
        max_df=max(config.max_share, config.min_count / max(len(texts), 1)),
        sublinear_tf=True,
        dtype=np.float32,
    )
    try:
        return sparse.csr_array(vectorizer.fit_transform(texts))
    except ValueError:  # scikit-learn's word for "no term left"
        return sparse.csr_array((len(texts), 1), dtype=np.float32)


def content_vectors(
    texts: Sequence[str], *, width: int = 256, min_count: int = 2, seed: int = 0
) -> NDArray[np.float32]:
    """(I, C) latent semantic vectors with l2-normalised rows (Deerwester et al., JASIS 1990); C is at most `width`.

    Args:
        texts: everything in words about all items, in catalogue order.
    """
    from sklearn.decomposition import TruncatedSVD  # here, for what serves loads no trainer

    vectors = tfidf_vectors(texts, TfidfConfig(min_count=min_count, max_share=1.0))
    width = min(width, min(vectors.shape) - 1)
    if width < 1:
        return np.zeros((len(texts), 1), np.float32)
    dense = TruncatedSVD(width, random_state=seed).fit_transform(vectors)
    norms = np.linalg.norm(dense, axis=1, keepdims=True)
    return np.asarray(dense / np.maximum(norms, 1e-6), np.float32)
