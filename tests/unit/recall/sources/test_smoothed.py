"""Co-visitation of similar items against its definition, and what it reaches that counts alone do not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.features.catalogue import Catalogue
from recsys.models.sequence.encoder import SequenceConfig, SequenceEncoder
from recsys.recall.config import RecallConfig, SmoothedConfig
from recsys.recall.sources.covisit import CovisitSource
from recsys.recall.sources.smoothed import SmoothedByWordsSource, SmoothedSource, alike_by_encoder, alike_by_words
from recsys.recall.sources.source import Evidence
from recsys.recall.sources.tfidf import TfidfSource
from tests.shelf import catalogue_of, row
from tests.unit.recall.sources.test_neighbours import sequences

TITLES = ["amber lamp", "amber lamp small", "birch chair", "birch chair low", "coral rug", "coral rug round"]
WALKS = [[0, 2], [0, 2], [2, 4], [0, 4], [1, 3]]
SMOOTHED = SmoothedConfig(rows=2, columns=3, own=0.5, neighbours=6)


def evidence(titles: Sequence[str], walked: list[list[int]], *, learned: bool = True) -> Evidence:
    catalogue: Catalogue = catalogue_of([row(title) for title in titles])
    encoder = SequenceEncoder.untrained(len(titles), SequenceConfig(width=8))
    if learned:
        table = np.random.default_rng(0).normal(size=(len(titles), 8)).astype(np.float32)
        weights = {**encoder._weights, "items": table}
        encoder = SequenceEncoder(weights, heads=2, temperature=0.1, content_scale=1.0)
    config = RecallConfig(smoothed=SMOOTHED)
    start = Evidence(catalogue, sequences(walked, len(titles)), "ordinal", encoder, config)
    sources = CovisitSource.fit(start), TfidfSource.fit(start)
    return Evidence(catalogue, start.sequences, "ordinal", encoder, config, sources)


def slow_kernel(alike: Sequence[NDArray[np.float64]], k: int) -> NDArray[np.float64]:
    total = SMOOTHED.own * np.eye(len(alike[0]))
    for one in alike:
        for item, values in enumerate(one):
            best = np.argsort(-values, kind="stable")[:k]
            if values[best].sum():
                total[item, best] += values[best] / values[best].sum() / len(alike)
    return total


@pytest.mark.parametrize("kind", [SmoothedByWordsSource, SmoothedSource])
def test_it_is_counts_between_the_kernels_of_rows_and_columns(kind: type[SmoothedSource]) -> None:
    known = evidence(TITLES, WALKS)
    alike = [alike_by_words(known).toarray()]
    if kind is SmoothedSource:
        alike.append(alike_by_encoder(known).toarray())
    counts = CovisitSource.fit(known).neighbours.matrix.toarray()
    wanted = slow_kernel(alike, SMOOTHED.rows) @ counts @ slow_kernel(alike, SMOOTHED.columns).T
    np.fill_diagonal(wanted, 0.0)
    assert kind.fit(known).neighbours.matrix.toarray() == pytest.approx(wanted, rel=1e-4)


def test_the_encoder_says_which_items_are_alike() -> None:
    known = evidence(TITLES, WALKS)
    table = known.encoder.item_table
    cosine = np.maximum(table @ table.T, 0.0) ** 4
    np.fill_diagonal(cosine, 0.0)
    found = alike_by_encoder(known).toarray()
    for mine, wanted in zip(found, cosine, strict=True):
        near = mine > 0
        assert mine[near] == pytest.approx(wanted[near], rel=1e-4)
        assert near.sum() <= SMOOTHED.columns and wanted[~near].max() <= mine[near].min(initial=np.inf) + 1e-6


def test_an_item_that_nobody_chose_is_reached_by_its_words() -> None:
    known = evidence(TITLES, WALKS)
    assert not CovisitSource.fit(known).neighbours.matrix.toarray()[:, 5].any()
    matrix = SmoothedByWordsSource.fit(known).neighbours.matrix.toarray()
    assert matrix[0, 5] > 0, "like the rug that is chosen after the lamp"
    assert matrix[5].any(), "and has neighbours of its own"


def test_without_words_and_encoder_it_orders_as_counts_do() -> None:
    known = evidence(["", "", "", "", "", ""], WALKS, learned=False)
    counts = CovisitSource.fit(known).neighbours.matrix.toarray()
    for kind in (SmoothedByWordsSource, SmoothedSource):
        assert kind.fit(known).neighbours.matrix.toarray() == pytest.approx(SMOOTHED.own**2 * counts, rel=1e-5)


@pytest.mark.parametrize("size", [1, 2])
def test_a_catalogue_of_one_or_two(size: int) -> None:
    known = evidence(TITLES[:size], [[0]])
    assert SmoothedSource.fit(known).neighbours.matrix.shape == (size, size)
