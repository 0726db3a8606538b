"""Vector search under filters: the planner's ways agree with the reference."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import WrongArtifact
from recsys.index.exact import top_exact
from recsys.index.vectors import VectorIndex

NUM = 3000


def unit(rng: np.random.Generator, num: int, width: int = 24) -> np.ndarray:
    vectors = rng.standard_normal((num, width)).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


VECTORS = unit(np.random.default_rng(0), NUM)
QUERIES = unit(np.random.default_rng(1), 30)


@pytest.fixture(scope="module")
def graph() -> VectorIndex:
    return VectorIndex.build(VECTORS, kind="hnsw")


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.01, 0.05, 0.5, 1.0]), st.integers(0, 50))
def test_comparing_everything_is_the_reference(seed: int, share: float, k: int) -> None:
    rng = np.random.default_rng(seed)
    # Whole numbers: no rounding, and plenty of ties to order by index.
    vectors, vector = rng.integers(-2, 3, (200, 4)).astype(np.float32), rng.integers(-2, 3, 4).astype(np.float32)
    allowed = rng.random(200) < share
    found, similarity = VectorIndex.build(vectors).top(vector, allowed, k)
    wanted, true_similarity = top_exact(vectors, vector, allowed, k)
    assert found.tolist() == wanted.tolist()
    assert similarity.tolist() == true_similarity.tolist()


def test_without_a_mask_everything_is_allowed() -> None:
    index = VectorIndex.build(VECTORS)
    assert index.top(QUERIES[0], None, 10)[0].tolist() == top_exact(VECTORS, QUERIES[0], None, 10)[0].tolist()


@pytest.mark.parametrize("share", [0.01, 0.05])
def test_under_a_narrow_filter_the_graph_gives_way_to_an_exact_scan(graph: VectorIndex, share: float) -> None:
    allowed = np.random.default_rng(2).random(NUM) < share
    for query in QUERIES:
        assert graph.top(query, allowed, 10)[0].tolist() == top_exact(VECTORS, query, allowed, 10)[0].tolist()


@pytest.mark.parametrize("share", [0.15, 0.5, 1.0])
def test_the_graph_finds_nearly_all_and_only_what_is_allowed(graph: VectorIndex, share: float) -> None:
    allowed = np.random.default_rng(3).random(NUM) < share
    hits = 0
    for query in QUERIES:
        found, similarity = graph.top(query, allowed, 10)
        assert len(set(found.tolist())) == 10
        assert allowed[found].all()
        assert np.all(np.diff(similarity) <= 0)
        np.testing.assert_allclose(similarity, VECTORS[found] @ query, rtol=1e-6)  # not those of 8 bits
        hits += len(np.intersect1d(found, top_exact(VECTORS, query, allowed, 10)[0]))
    assert hits / (10 * len(QUERIES)) > 0.9


def test_a_filter_never_leaves_places_empty(graph: VectorIndex) -> None:
    rng = np.random.default_rng(4)
    for num_allowed in (0, 1, 7, 299, 301, 900, NUM):
        allowed = np.zeros(NUM, np.bool_)
        allowed[rng.permutation(NUM)[:num_allowed]] = True
        assert len(graph.top(QUERIES[0], allowed, 250)[0]) == min(250, num_allowed)


def test_above_a_similarity_are_all_and_only_those() -> None:
    index, allowed = VectorIndex.build(VECTORS), np.random.default_rng(5).random(NUM) < 0.5
    found, exact = index.above(QUERIES[0], 0.3, allowed)
    assert exact
    assert sorted(found.tolist()) == np.flatnonzero((VECTORS @ QUERIES[0] >= 0.3) & allowed).tolist()


def test_a_graph_finds_most_above_a_similarity_and_does_not_claim_all(graph: VectorIndex) -> None:
    found, exact = graph.above(QUERIES[0], 0.4, None)
    wanted = np.flatnonzero(VECTORS @ QUERIES[0] >= 0.4)
    assert not exact
    assert set(found.tolist()) <= set(wanted.tolist())
    assert len(found) > 0.9 * len(wanted)


@pytest.mark.parametrize("kind", ["exact", "hnsw"])
def test_it_answers_the_same_after_a_night_on_disk(kind: str, tmp_path: Path) -> None:
    index = VectorIndex.build(VECTORS, kind=kind)  # type: ignore[arg-type]
    index.save(tmp_path / "vectors")
    opened = VectorIndex.load(tmp_path / "vectors")
    for query in QUERIES[:5]:
        for mine, its in zip(index.top(query, None, 10), opened.top(query, None, 10), strict=True):
            np.testing.assert_array_equal(mine, its)


def test_a_damaged_index_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(WrongArtifact, match="a vector index"):
        VectorIndex.load(tmp_path)
    VectorIndex.build(VECTORS).save(tmp_path)
    (tmp_path / "vectors.npy").write_bytes(b"nothing")
    with pytest.raises(WrongArtifact, match="a vector index") as damaged:
        VectorIndex.load(tmp_path)
    assert damaged.value.kind == "index", "what must be made again"


def test_without_faiss_a_small_catalogue_works_and_a_large_one_names_the_command() -> None:
    code = """
import sys
sys.modules["faiss"] = None
import numpy as np
from recsys.errors import WrongConfig
from recsys.index.vectors import VectorIndex
vectors = np.eye(4, dtype=np.float32)
assert VectorIndex.build(vectors).top(vectors[2], None, 1)[0].tolist() == [2]
try:
    VectorIndex.build(vectors, kind="hnsw")
except WrongConfig as error:
    assert "pip install 'vitrine[cpu]'" in str(error)
else:
    raise SystemExit("no error")
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("kind", ["exact", "hnsw"])
@pytest.mark.parametrize("share", [0.05, 0.5, 1.0])
def test_added_changed_and_deleted_vectors_against_the_reference(kind: Literal["exact", "hnsw"], share: float) -> None:
    """Ten of 3,000 times of writing: a few are added, a few get other vectors, a few are gone."""
    rng = np.random.default_rng(5)
    released, changes = VectorIndex.build(VECTORS, kind=kind), dict[int, np.ndarray]()
    hits = total = 0
    for step in range(10):
        rows = [*rng.integers(0, NUM, 15).tolist(), *range(NUM + 20 * step, NUM + 20 * step + 20)]
        changes |= dict(zip(rows, unit(rng, len(rows)), strict=True))
        order = np.array(sorted(changes), np.int32)
        index = released.changed(order, np.stack([changes[row] for row in order.tolist()]))
        truth = np.concatenate([VECTORS, np.zeros((20 * step + 20, 24), np.float32)])
        truth[order] = np.stack([changes[row] for row in order.tolist()])
        allowed = rng.random(len(truth)) < share
        allowed[rng.integers(0, len(truth), 50)] = False  # deleted
        for query in QUERIES[:10]:
            found, wanted = index.top(query, allowed, 10)[0], top_exact(truth, query, allowed, 10)[0]
            assert allowed[found].all() and len(set(found.tolist())) == 10
            hits, total = hits + len(np.intersect1d(found, wanted)), total + 10
        newest = np.array(sorted(changes), np.int32)[-1]
        anything = np.ones(len(truth), np.bool_)
        assert index.top(changes[int(newest)], anything, 1)[0].tolist() == [newest], "what was just added is found"
    recall = hits / total
    assert recall == 1.0 if kind == "exact" or share < 0.1 else recall >= 0.97, recall
    assert len(released) == NUM and released.top(QUERIES[0], None, 3)[0].max() < NUM, "the release stays as it was"


def test_no_change_is_the_same_index(graph: VectorIndex) -> None:
    assert graph.changed(np.zeros(0, np.int32), np.zeros((0, 24), np.float32)) is graph
