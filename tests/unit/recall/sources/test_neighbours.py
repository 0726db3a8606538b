"""Item-to-item sources against slow, plain references."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from recsys.errors import WrongArtifact
from recsys.features.sequences import Sequences
from recsys.recall.config import CovisitConfig, NeighboursConfig, TfidfConfig, TwoHopConfig
from recsys.recall.sources.covisit import CovisitSource, fit_covisit
from recsys.recall.sources.neighbours import Neighbours, keep_top
from recsys.recall.sources.tfidf import content_vectors, fit_tfidf
from recsys.recall.sources.two_hop import fit_two_hop
from recsys.slate import Asked, History, Person, Query

NUM_ITEMS = 8
walks = st.lists(st.lists(st.integers(0, NUM_ITEMS - 1), max_size=9), max_size=6)
histories = st.lists(st.integers(0, NUM_ITEMS - 1), min_size=1, max_size=6)


def sequences(walked: list[list[int]], num_items: int = NUM_ITEMS) -> Sequences:
    rows = [(f"u{user}", item, float(place)) for user, items in enumerate(walked) for place, item in enumerate(items)]
    users, index, at_s = zip(*rows, strict=True) if rows else ((), (), ())
    steps = pa.table(
        {
            "user_id": pa.array(users, pa.string()),
            "index": pa.array(index, pa.int32()),
            "at_s": pa.array(at_s, pa.float64()),
            "bought": pa.array([True] * len(rows), pa.bool_()),
        }
    )
    return Sequences.from_steps(steps, num_items)


def slow_covisit(walked: Sequences, config: CovisitConfig) -> np.ndarray:
    """The matrix of the docstring, by loops."""
    counts = np.zeros((NUM_ITEMS, NUM_ITEMS))
    for user in range(len(walked)):
        items = walked.row(user).index
        for here in range(len(items)):
            for there in range(len(items)):
                distance = there - here
                if items[here] != items[there] and 0 < abs(distance) <= config.window:
                    direction = 1.0 if distance > 0 else config.backward
                    counts[items[here], items[there]] += direction * config.step_decay ** (abs(distance) - 1)
    rows = np.maximum(counts.sum(axis=1, keepdims=True), 1e-12) ** config.row_power
    return np.asarray(counts / rows / np.maximum(walked.counts(), 1) ** config.column_power)


def everything() -> np.ndarray:
    return np.arange(NUM_ITEMS, dtype=np.int32)


@given(walks, st.integers(1, 4))
def test_covisitation_is_its_definition(walked: list[list[int]], window: int) -> None:
    config = CovisitConfig(window=window)
    fitted = fit_covisit(sequences(walked), config).matrix.toarray()
    assert fitted == pytest.approx(slow_covisit(sequences(walked), config), rel=1e-5)
    assert not fitted.diagonal().any()


def test_what_follows_speaks_more_than_what_came_before() -> None:
    matrix = fit_covisit(sequences([[0, 1, 2]] * 3), CovisitConfig()).matrix.toarray()
    assert matrix[1, 2] > matrix[1, 0] > 0


def test_old_pairs_count_less_where_they_should() -> None:
    old_and_new = sequences([[0, 1], [0, 2]])
    old_and_new.at_s[2:] += 100 * 86_400.0
    matrix = fit_covisit(old_and_new, CovisitConfig(half_life_days=10)).matrix.toarray()
    assert matrix[0, 2] > 100 * matrix[0, 1] > 0


@given(walks)
def test_two_hops_are_the_square_without_the_way_back(walked: list[list[int]]) -> None:
    one = fit_covisit(sequences(walked), CovisitConfig())
    dense = one.matrix.toarray()
    steps = dense / np.maximum(dense.sum(axis=1, keepdims=True), 1e-12)
    expected = steps @ steps
    np.fill_diagonal(expected, 0.0)
    assert fit_two_hop(one, TwoHopConfig()).matrix.toarray() == pytest.approx(expected, rel=1e-4, abs=1e-6)


@given(walks, histories, st.integers(1, 4))
def test_a_reading_is_the_decayed_sum_of_its_rows(walked: list[list[int]], chosen: list[int], k: int) -> None:
    neighbours = fit_covisit(sequences(walked), CovisitConfig(history=NeighboursConfig(decay=0.5, max_length=4)))
    dense = neighbours.matrix.toarray().astype(float)
    recent = chosen[-4:]
    parts = np.array([0.5 ** (len(recent) - 1 - place) * dense[item] for place, item in enumerate(recent)])
    mass = parts.sum(axis=0)
    reading = neighbours.read(np.array(chosen, np.int32))
    if not mass.any():
        assert reading is None
        return
    assert reading is not None
    smoothing = neighbours.config.smoothing
    share = (1 - smoothing) * mass / mass.sum() + smoothing / NUM_ITEMS
    assert np.exp(reading.score(everything())) == pytest.approx(share, rel=1e-5)
    allowed = np.ones(NUM_ITEMS, bool)
    allowed[chosen[-1]] = False
    top = reading.top(allowed, k)
    assert len(top) == min(k, np.count_nonzero(mass[allowed]))
    assert mass[top] == pytest.approx(np.sort(mass[allowed])[::-1][: len(top)])
    for item, anchor in zip(everything(), reading.anchor(everything()), strict=True):
        if anchor < 0:
            assert mass[item] == 0
        else:
            best = parts[[place for place, one in enumerate(recent) if one == anchor], item].max()
            assert best == pytest.approx(parts[:, item].max())


def test_scores_are_probabilities_of_the_same_size_for_every_query() -> None:
    neighbours = fit_covisit(sequences([[0, 1, 2, 3, 4], [0, 1]]), CovisitConfig())
    for chosen in ([0], [1], [0, 1, 2, 3]):
        reading = neighbours.read(np.array(chosen, np.int32))
        assert reading is not None
        assert np.exp(reading.score(everything())).sum() == pytest.approx(1.0, rel=1e-5)


def test_the_context_goes_before_the_history() -> None:
    source = CovisitSource(fit_covisit(sequences([[0, 1], [2, 3]]), CovisitConfig()))
    history = History(np.array([0], np.int32), np.zeros(1), np.zeros(1, bool))
    allowed = np.ones(NUM_ITEMS, bool)
    home = source.read(Query(Asked("home", 5), Person(history=history)))
    page = source.read(Query(Asked("item", 5, context=np.array([2], np.int32)), Person(history=history)))
    assert home is not None
    assert page is not None
    assert (home.top(allowed, 5).tolist(), page.top(allowed, 5).tolist()) == ([1], [3])
    assert source.read(Query(Asked("home", 5))) is None


@given(st.lists(st.lists(st.integers(0, 9), min_size=5, max_size=5), min_size=1, max_size=6), st.integers(1, 5))
def test_the_largest_entries_of_each_row_are_kept(rows: list[list[int]], k: int) -> None:
    kept = keep_top(sparse.csr_array(np.array(rows, float)), k).toarray()
    for row, left in zip(rows, kept, strict=True):
        positive = sorted((value for value in row if value), reverse=True)[:k]
        assert sorted((value for value in left if value), reverse=True) == positive


def test_similar_words_are_near_and_chinese_too() -> None:
    titles = [
        "red running shoes",
        "blue running shoe",
        "steel kettle",
        "kettle of steel",
        "红色跑步鞋",
        "蓝色跑步鞋",
        "",
    ]
    matrix = fit_tfidf(titles, TfidfConfig(min_count=1, max_share=1.0)).matrix.toarray()
    assert matrix[0].argmax() == 1  # shoe and shoes are one word
    assert matrix[2].argmax() == 3
    assert matrix[4].argmax() == 5
    assert not matrix[6].any()
    assert fit_tfidf(["", ""], TfidfConfig()).matrix.nnz == 0


def test_content_vectors_are_unit_rows_near_for_like_words() -> None:
    vectors = content_vectors(["red shoes", "red shoe", "steel kettle", "steel kettle big", ""], width=3, min_count=1)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1, 1, 0], abs=1e-5)
    assert vectors[0] @ vectors[1] > 0.9 > vectors[0] @ vectors[2]
    assert content_vectors(["", ""]).shape == (2, 1)


def test_saved_and_loaded_a_matrix_says_the_same(tmp_path: Path) -> None:
    made = fit_covisit(sequences([[0, 1, 2]]), CovisitConfig(history=NeighboursConfig(decay=0.3)))
    made.save(tmp_path)
    loaded = Neighbours.load(tmp_path)
    assert loaded.config == made.config
    assert np.array_equal(loaded.matrix.toarray(), made.matrix.toarray())
    (tmp_path / "matrix.npz").write_bytes(b"damaged")
    with pytest.raises(WrongArtifact, match="matrix") as damaged:
        Neighbours.load(tmp_path)
    assert damaged.value.kind == "recall", "what must be made again"
