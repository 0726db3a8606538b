"""Figures on real histories, and what serving must not import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pytest

from recsys.datasets.reader import read_folder
from recsys.features.asked_again import user_queries
from recsys.features.pairs import steps as steps_of
from recsys.features.sequences import Sequences, held_out
from recsys.metrics.ranking import ndcg_at_k, rank_of_target, recall_at_k
from recsys.recall.config import CovisitConfig, PopularConfig
from recsys.recall.sources.covisit import CovisitSource, fit_covisit
from recsys.recall.sources.popular import PopularSource, fit_popular
from recsys.recall.sources.source import Source
from recsys.splits import TEST, TRAIN, leave_one_out


@pytest.mark.data
def test_covisitation_is_as_strong_as_published_generative_models(shared_data: Path) -> None:
    """TIGER has .0648 / .0384 on this split; all items ranked, history excluded, ties half."""
    tables = read_folder(shared_data / "amazon_beauty")
    item_ids = tables.items["item_id"].combine_chunks()
    steps = steps_of(tables.events, item_ids)
    users = steps["user_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    steps = steps.append_column("fold", [leave_one_out(users, steps["at_s"].to_numpy())])
    train = Sequences.from_steps(steps.filter(pc.equal(steps["fold"], TRAIN)), len(item_ids))
    test = held_out(steps, TEST, len(item_ids))
    assert len(test) == len(train) == 22_363
    covisit = CovisitSource(fit_covisit(train, CovisitConfig()))
    popular = PopularSource(fit_popular(train, PopularConfig(), clock="ordinal"))
    everything = np.arange(len(item_ids), dtype=np.int32)
    drawn = test.sample(8000, np.random.default_rng(1))

    def quality(source: Source) -> tuple[float, float]:
        ranks = []
        for query, target in zip(user_queries(drawn), drawn.target.tolist(), strict=True):
            reading = source.read(query)
            scores = reading.score(everything) if reading is not None else np.zeros(len(everything))
            ranks.append(rank_of_target(scores, target, query.draw.exclude))
        return float(recall_at_k(np.array(ranks), 10).mean()), float(ndcg_at_k(np.array(ranks), 10).mean())

    recall, ndcg = quality(covisit)
    assert recall > 0.080
    assert ndcg > 0.048
    assert quality(popular)[0] < 0.02


def test_serving_imports_no_trainer() -> None:
    code = "import sys, recsys.recall.fitted, recsys.recall.fusion; print([m for m in sys.modules if m in NAMES])"
    code = code.replace("NAMES", "{'torch', 'sklearn', 'transformers', 'lightgbm', 'faiss'}")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
