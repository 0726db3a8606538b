"""Fusion of real sources over a small world in which items come in families of like titles that follow each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from recsys.errors import WrongArtifact
from recsys.features.asked_again import user_queries
from recsys.features.catalogue import Catalogue
from recsys.features.sequences import HeldOut, Sequences, held_out
from recsys.metrics.ranking import ndcg_at_k, rank_of_target
from recsys.models.sequence.encoder import SequenceConfig
from recsys.recall.config import FusionConfig, RecallConfig
from recsys.recall.fitted import FittedRecall
from recsys.recall.fitting import fit_recall, refit_counts, train_sequence, tune_fusion
from recsys.recall.fusion import Fusion, fuse, propose, score_all
from recsys.recall.modes import mode_of
from recsys.recall.sources.covisit import CovisitSource
from recsys.recall.sources.popular import PopularSource
from recsys.recall.sources.sequence import SequenceSource
from recsys.recall.sources.source import Source
from recsys.recall.sources.tfidf import TfidfSource
from recsys.slate import Asked, History, Person, Query
from recsys.splits import TEST, TRAIN, VALID

FAMILIES, SIZE = 40, 8
NUM_ITEMS = FAMILIES * SIZE
CONFIG = RecallConfig(
    sequence=SequenceConfig(width=16, epochs=3, batch_steps=512, learning_rate=5e-3),
    fusion=FusionConfig(num_valid=150, candidates=60, rounds=2),
)


def catalogue() -> Catalogue:
    words = ["amber", "birch", "coral", "delta", "ember", "fjord", "grove", "heath"]
    titles = [f"{words[f % 8]}{f // 8} kit {words[i]}" for f in range(FAMILIES) for i in range(SIZE)]
    return Catalogue.from_table(
        pa.table(
            {
                "item_id": [f"i{row}" for row in range(NUM_ITEMS)],
                "title": titles,
                "description": titles,
                "category": pa.array([["shop", title.split()[0]] for title in titles], pa.list_(pa.string())),
                "in_stock": [True] * NUM_ITEMS,
                "attributes": pa.array([[]] * NUM_ITEMS, pa.map_(pa.string(), pa.string())),
            }
        )
    )


def steps(num_users: int = 400, length: int = 6) -> pa.Table:
    """Users stay in a family with probability .8 a step."""
    rng = np.random.default_rng(0)
    users, index = [], []
    for user in range(num_users):
        family, seen = int(rng.integers(FAMILIES)), set[int]()
        while len(seen) < length:
            family = family if rng.random() < 0.8 else int(rng.integers(FAMILIES))
            item = family * SIZE + int(rng.integers(SIZE))
            if item not in seen:
                seen.add(item)
                users.append(f"u{user}")
                index.append(item)
    folds = np.tile([TRAIN] * (length - 2) + [VALID, TEST], num_users)
    at_s = np.tile(np.arange(length, dtype=float), num_users)
    return pa.table(
        {
            "user_id": users,
            "index": np.array(index, np.int32),
            "at_s": at_s,
            "bought": [True] * len(users),
            "fold": folds.astype(np.int8),
        }
    )


@pytest.fixture(scope="module")
def fitted() -> FittedRecall:
    table = steps()
    train = Sequences.from_steps(table.filter(pc.equal(table["fold"], TRAIN)), NUM_ITEMS)
    shop = catalogue()
    trained = train_sequence(shop, train, held_out(table, VALID, NUM_ITEMS), CONFIG)
    return fit_recall(shop, train, trained.encoder, CONFIG, clock="ordinal")


@pytest.fixture(scope="module")
def valid() -> HeldOut:
    return held_out(steps(), VALID, NUM_ITEMS)


def test_the_cut_changes_almost_nothing(fitted: FittedRecall, valid: HeldOut) -> None:
    sources = fitted.sources
    weights = Fusion().weights("user", sources)
    everything, agree = np.arange(NUM_ITEMS, dtype=np.int32), 0.0
    for query in user_queries(valid)[:100]:
        readings = [source.read(query) for source in sources]
        allowed = np.ones(NUM_ITEMS, bool)
        allowed[query.draw.exclude] = False
        index, place = propose(readings, allowed, 40)
        assert (place.min(axis=1) < 40).all()
        assert not np.isin(query.draw.exclude, index).any()
        dense = fuse(score_all(readings, everything), weights)
        cut = fuse(score_all(readings, index), weights)
        assert cut == pytest.approx(dense[index], abs=1e-5)
        dense[query.draw.exclude] = -np.inf
        best = index[np.argsort(-cut)[:10]]
        agree += len(np.intersect1d(best, np.argsort(-dense)[:10])) / 10
    assert agree / 100 > 0.99


def test_tuned_weights_are_no_worse_and_better_than_any_source_alone(fitted: FittedRecall, valid: HeldOut) -> None:
    sources = fitted.sources
    tuned = tune_fusion(sources, valid, NUM_ITEMS, CONFIG.fusion)
    assert tuned.keys() == {"user", "context"}
    assert tuned["user"].ndcg_at_10 >= tuned["user"].start_ndcg_at_10
    drawn = valid.sample(CONFIG.fusion.num_valid, np.random.default_rng(CONFIG.fusion.seed))
    alone = [_ndcg(source, drawn) for source in sources]
    assert tuned["user"].ndcg_at_10 >= max(alone) - 1e-6


def test_no_weights_without_held_out_steps(fitted: FittedRecall, valid: HeldOut) -> None:
    assert tune_fusion(fitted.sources, valid.rows([]), NUM_ITEMS, CONFIG.fusion) == {}


def test_later_steps_change_counts_and_nothing_else(fitted: FittedRecall) -> None:
    everything = Sequences.from_steps(steps(), NUM_ITEMS)
    serving = refit_counts(fitted, catalogue(), everything, CONFIG, clock="ordinal")
    assert serving.source(CovisitSource).neighbours.matrix.nnz > fitted.source(CovisitSource).neighbours.matrix.nnz
    assert serving.source(SequenceSource).encoder is fitted.source(SequenceSource).encoder
    assert serving.source(TfidfSource) is fitted.source(TfidfSource)


def test_fitted_sources_survive_their_folder(fitted: FittedRecall, valid: HeldOut, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    loaded = FittedRecall.load(tmp_path)
    query = user_queries(valid)[0]
    before, after = (
        score_all([source.read(query) for source in view.sources], np.arange(NUM_ITEMS, dtype=np.int32))
        for view in (fitted, loaded)
    )
    assert np.array_equal(before, after)


def test_a_source_without_a_reading_moves_nothing() -> None:
    index = np.array([3, 5], np.int32)
    scores = score_all([None, None], index)
    assert fuse(scores, np.array([1.0, 2.0], np.float32)).tolist() == [0.0, 0.0]
    found, place = propose([None], np.ones(4, bool), 10)
    assert len(found) == 0
    assert place.shape == (0, 1)


def test_the_mode_is_what_the_request_starts_from() -> None:
    history = History(np.array([1], np.int32), np.zeros(1), np.zeros(1, bool))
    context = np.array([2], np.int32)
    assert mode_of(Query(Asked("search", 5, text="kettle"), Person(history=history))) == "search"
    assert mode_of(Query(Asked("item", 5, context=context), Person(history=history))) == "context"
    assert mode_of(Query(Asked("home", 5), Person(history=history))) == "user"
    assert mode_of(Query(Asked("home", 5))) == "cold"


def test_weights_survive_their_file_and_a_wrong_file_is_named(fitted: FittedRecall, tmp_path: Path) -> None:
    sources = [fitted.source(kind) for kind in (SequenceSource, CovisitSource, PopularSource)]
    Fusion({"user": {"covisit": 0.5}}).save(tmp_path / "fusion.json")
    loaded = Fusion.load(tmp_path / "fusion.json")
    assert loaded.weights("user", sources).tolist() == [0.0, 0.5, 0.0]
    assert loaded.weights("cold", sources).tolist() == [0.0, 0.0, 1.0], "what a source says of itself"
    (tmp_path / "fusion.json").write_text('{"usr": {}}')
    with pytest.raises(WrongArtifact, match="context"):
        Fusion.load(tmp_path / "fusion.json")


def _ndcg(source: Source, held: HeldOut) -> float:
    everything = np.arange(NUM_ITEMS, dtype=np.int32)
    ranks = [
        rank_of_target(score_all([source.read(query)], everything)[:, 0], target, query.draw.exclude)
        for query, target in zip(user_queries(held), held.target.tolist(), strict=True)
    ]
    return float(ndcg_at_k(np.array(ranks), 10).mean())
