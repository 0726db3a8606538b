"""Sources and indexes are shared by threads: many at once get what one after another gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import numpy as np
import pyarrow.compute as pc
import pytest

from recsys.features.sequences import Sequences, held_out
from recsys.index.lexical import LexicalConfig, LexicalIndex
from recsys.index.suggestions import Suggestions
from recsys.index.vectors import VectorIndex
from recsys.models.text.static import StaticEncoder
from recsys.recall.fitting import fit_recall, train_sequence
from recsys.recall.fusion import Fusion
from recsys.recall.sources.lexical import LexicalSource
from recsys.recall.sources.text import TextConfig, TextSource
from recsys.recall.stage import Recall
from recsys.slate import Asked, Draw, Person, Query
from recsys.splits import TRAIN, VALID
from tests.unit.recall.test_fusion import CONFIG, NUM_ITEMS, catalogue, steps

T = TypeVar("T")
THREADS = 8
CATALOGUE = catalogue()


@pytest.fixture(scope="module")
def lexical(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    return LexicalIndex.build(CATALOGUE, tmp_path_factory.mktemp("lexical"), LexicalConfig(enough=3))


@pytest.fixture(scope="module")
def recall(lexical: LexicalIndex) -> Recall:
    """Every source that is served, over one small shop."""
    table = steps()
    train = Sequences.from_steps(table.filter(pc.equal(table["fold"], TRAIN)), NUM_ITEMS)
    trained = train_sequence(CATALOGUE, train, held_out(table, VALID, NUM_ITEMS), CONFIG)
    fitted = fit_recall(CATALOGUE, train, trained.encoder, CONFIG, clock="ordinal")
    texts = CATALOGUE.texts()
    encoder = StaticEncoder.fresh(texts, vocabulary=500, width=16, rng=np.random.default_rng(0))
    text = TextSource(
        VectorIndex.build(encoder.encode(texts)), lambda words: encoder.encode([words])[0], TextConfig(match_z=1.0)
    )
    return Recall("r", CATALOGUE, [LexicalSource(lexical), text, *fitted.sources], Fusion())


def at_once(work: Callable[[int], T], numbers: Sequence[int]) -> list[T]:
    """The answers in order, made by threads that begin together and take turns with the numbers."""
    gate, answers = Barrier(THREADS), dict[int, T]()

    def some(thread: int) -> None:
        gate.wait()
        for number in numbers[thread::THREADS]:
            answers[number] = work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(some, range(THREADS)))
    return [answers[number] for number in numbers]


def same(one: Any, other: Any) -> bool:
    return np.array_equal(np.asarray(one), np.asarray(other))


def test_the_recall_stage_answers_threads_as_it_answers_one(recall: Recall) -> None:
    """Requests of every mode, with misspelt words among them, so that all sources and the spelling work at once."""
    titles, held = CATALOGUE.titles, held_out(steps(), VALID, NUM_ITEMS)

    def query(number: int) -> Query:
        history = held.histories[number]
        word = titles[number % NUM_ITEMS].split()[-1]
        return Query(
            Asked(
                "home",
                20,
                text=(word, word[:-1], "", "")[number % 4],
                context=history.index[-1:] if number % 4 == 3 else history.index[:0],
                at_s=10.0,
            ),
            Person(history=history),
            Draw(seed=number),
        )

    def answer(number: int) -> tuple[Any, ...]:
        found = recall.candidates(query(number))
        return found.index, found.fused, found.scores, found.proposed, found.anchor, found.num_matches

    numbers = range(160)
    for alone, among in zip([answer(number) for number in numbers], at_once(answer, numbers), strict=True):
        assert all(same(one, other) for one, other in zip(alone, among, strict=True))


def test_words_are_found_while_another_edition_of_the_index_is_made(lexical: LexicalIndex) -> None:
    """A change opens a writer over links to the same files; who searches the older one sees nothing of it."""
    words = sorted({word for title in CATALOGUE.titles for word in title.split()})
    alone = [lexical.search(word) for word in words]

    def work(number: int) -> Any:
        if number % THREADS == 0:  # one thread does nothing else
            changed = lexical.changed(CATALOGUE, np.array([number % NUM_ITEMS], np.int32))
            return changed.search(words[number % len(words)])
        return lexical.search(words[number % len(words)])

    for number, found in enumerate(at_once(work, range(400))):
        wanted = alone[number % len(words)]
        assert same(np.sort(found.index), np.sort(wanted.index)) and found.total == wanted.total


def test_a_graph_is_searched_by_threads_under_filters_of_their_own() -> None:
    """`efSearch` and the filter belong to one search: set on the graph itself they would be those of another thread."""
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((4000, 16)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    index = VectorIndex.build(vectors, kind="hnsw")

    def work(number: int) -> Any:
        allowed = np.random.default_rng(number).random(len(vectors)) < (0.15, 0.5, 1.1)[number % 3]
        found, _ = index.top(vectors[number], allowed, (5, 50, 200)[number % 3])
        assert allowed[found].all()
        return found

    numbers = range(600)
    for alone, among in zip([work(number) for number in numbers], at_once(work, numbers), strict=True):
        assert same(alone, among)


def test_suggestions_are_made_for_threads_whose_answers_are_remembered() -> None:
    popularity = np.arange(NUM_ITEMS)
    texts = [title[: 1 + number % 9] for number, title in enumerate(CATALOGUE.titles * 3)]
    one, shared = (Suggestions.of(CATALOGUE, popularity, {}) for _ in range(2))
    alone = [one.complete(text) for text in texts]
    assert at_once(lambda number: shared.complete(texts[number]), range(len(texts))) == alone
