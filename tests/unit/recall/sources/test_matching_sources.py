"""Recall by words and by meaning: filters before the cut, scores on one scale, match sets for facets."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recsys.index.lexical import LexicalConfig, LexicalIndex
from recsys.index.vectors import VectorIndex
from recsys.recall.sources.lexical import LexicalSource
from recsys.recall.sources.text import TextConfig, TextSource
from recsys.slate import Asked, Filters, History, Person, Query
from tests import shelf

TITLES = ["red lamp", "blue lamp", "red rug", "green mug", "lamp shade", *(f"thing {n}" for n in range(45))]
CATALOGUE = shelf.catalogue_of([shelf.row(title, brand="Acme" if i % 2 else "Bolt") for i, title in enumerate(TITLES)])
EVERYTHING = np.ones(len(TITLES), np.bool_)


def search(text: str, filters: Filters | None = None) -> Query:
    return Query(Asked("search", 10, text=text, filters=filters or Filters()))


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> LexicalSource:
    folder = tmp_path_factory.mktemp("lexical")
    return LexicalSource(LexicalIndex.build(CATALOGUE, folder, LexicalConfig(enough=1)))


def vectors() -> np.ndarray:
    drawn = np.random.default_rng(0).standard_normal((len(TITLES), 8)).astype(np.float32)
    return np.asarray(drawn / np.linalg.norm(drawn, axis=1, keepdims=True))


VECTORS = vectors()


@pytest.fixture(scope="module")
def meaning() -> TextSource:
    """The text `7` has the vector of item 7."""

    def encode(text: str) -> np.ndarray:
        return VECTORS[int(text)] if text.isdigit() else np.zeros(8, np.float32)

    return TextSource(VectorIndex.build(VECTORS), encode, TextConfig(match_z=2.0))


def test_words_are_masked_before_the_cut(words: LexicalSource) -> None:
    reading = words.read(search("lamp"))
    assert reading is not None
    assert set(reading.top(EVERYTHING, 10).tolist()) == {0, 1, 4}
    only = CATALOGUE.mask(Filters(brands=("Acme",)))
    assert reading.top(only, 1).tolist() == [1]
    assert np.flatnonzero(reading.matched(only)).tolist() == [1]
    assert reading.exact


def test_scores_of_words_are_standard_deviations_over_the_catalogue(words: LexicalSource) -> None:
    reading = words.read(search("red lamp"))
    assert reading is not None
    scores = reading.score(np.arange(len(TITLES), dtype=np.int32))
    assert scores.mean() == pytest.approx(0, abs=1e-5)
    assert scores.std() == pytest.approx(1, abs=1e-4)
    assert scores.argmax() == 0


@pytest.mark.parametrize("text", ["", "   "])
def test_words_say_nothing_without_a_text(words: LexicalSource, text: str) -> None:
    assert words.read(search(text)) is None
    assert words.read(Query(Asked("home", 10))) is None


def test_words_that_no_item_has_are_said_and_move_nothing(words: LexicalSource) -> None:
    reading = words.read(search("unheardof thingamajigs"))
    assert reading is not None and reading.unknown == ("unheardof", "thingamajigs")
    assert not reading.matched(EVERYTHING).any() and not reading.whole().any()
    assert not reading.score(np.arange(len(TITLES), dtype=np.int32)).any()


def test_an_item_with_all_words_comes_before_one_that_says_some_often(tmp_path: Path) -> None:
    titles = ["red red red", "red lamp with a long name that takes weight away", "lamp lamp lamp"]
    catalogue = shelf.catalogue_of([shelf.row(title) for title in titles])
    source = LexicalSource(LexicalIndex.build(catalogue, tmp_path))
    reading = source.read(search("red lamp"))
    assert reading is not None and reading.top(np.ones(3, np.bool_), 3)[0] == 1
    assert reading.whole().tolist() == [False, True, False]
    assert reading.matched(np.ones(3, np.bool_)).all()


def test_meaning_ranks_by_similarity_under_the_mask(meaning: TextSource) -> None:
    reading = meaning.read(search("7"))
    assert reading is not None
    order = np.argsort(-(VECTORS @ VECTORS[7]), kind="stable")
    assert reading.top(EVERYTHING, 5).tolist() == order[:5].tolist()
    allowed = EVERYTHING.copy()
    allowed[order[:3]] = False
    assert reading.top(allowed, 5).tolist() == order[3:8].tolist()


def test_scores_of_meaning_are_standard_deviations_over_the_catalogue(meaning: TextSource) -> None:
    reading = meaning.read(search("7"))
    assert reading is not None
    similarity = VECTORS @ VECTORS[7]
    expected = (similarity - similarity.mean()) / similarity.std()
    np.testing.assert_allclose(reading.score(np.arange(len(TITLES), dtype=np.int32)), expected, rtol=1e-4, atol=1e-5)
    assert np.flatnonzero(reading.matched(EVERYTHING)).tolist() == np.flatnonzero(expected >= 2).tolist()
    assert reading.least_similarity == pytest.approx(similarity.mean() + 2 * similarity.std(), rel=1e-5)


def test_without_a_text_the_context_speaks_and_then_the_latest_history(meaning: TextSource) -> None:
    history = History(np.array([3, 5], np.int32), np.array([1.0, 2.0]), np.zeros(2, np.bool_))
    nine = np.array([9], np.int32)
    by_text = meaning.read(Query(Asked("search", 5, text="7", context=nine), Person(history=history)))
    by_context = meaning.read(Query(Asked("item", 5, context=nine), Person(history=history)))
    by_history = meaning.read(Query(Asked("home", 5), Person(history=history)))
    assert by_text is not None and by_context is not None and by_history is not None
    assert by_text.top(EVERYTHING, 1).tolist() == [7]
    assert by_context.top(EVERYTHING, 1).tolist() == [9]
    wanted = VECTORS @ (0.8 * VECTORS[3] + VECTORS[5])  # the later step weighs more
    assert by_history.top(EVERYTHING, len(TITLES)).tolist() == np.argsort(-wanted, kind="stable").tolist()


def test_meaning_says_nothing_of_what_it_does_not_know(meaning: TextSource) -> None:
    assert meaning.read(Query(Asked("home", 5))) is None
    assert meaning.read(search("unheardof")) is None
