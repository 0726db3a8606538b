"""The model that re-orders what recall sums, over a shop in which people choose the dearest proposed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from recsys.errors import WrongArtifact
from recsys.features.catalogue import Catalogue
from recsys.models.next_step.config import NextStepConfig
from recsys.ranking.config import RankingConfig
from recsys.ranking.next_steps import FittedNextStep, fit_next_step
from recsys.ranking.stage import Ranking
from recsys.slate import WHOLE, Asked, Candidates, Contenders, History, Person, Query
from recsys.splits import TRAIN, VALID
from tests.shelf import catalogue_of, row

NUM, USERS, SHOWN = 60, 500, 20
CONFIG = RankingConfig(
    depth=15, next_step=NextStepConfig(most_trees=30, min_rows_in_leaf=20, least_lists=100, feature_share=1.0)
)
Finder = Callable[[Query], Candidates]


def shop(order: np.ndarray) -> Catalogue:
    return catalogue_of([row(f"thing {n}", item_id=f"i{n}", price_micros=(n + 1) * 10**6) for n in order])


def proposals(order: np.ndarray) -> Finder:
    """Twenty items for each person, many of their scores equal; the same however the catalogue is numbered."""
    new = np.argsort(order)

    def find(query: Query) -> Candidates:
        drawn = np.random.default_rng(int((query.person.user_id or "")[1:]))
        items = drawn.permutation(NUM)[:SHOWN]
        scores = drawn.integers(0, 3, (SHOWN, 2)).astype(np.float32)
        fused = scores.sum(axis=1) + drawn.random(SHOWN, np.float32) / 10  # equal ones would gain by any order
        index = new[items].astype(np.int32)
        best = np.lexsort((index, -fused))
        return Candidates(
            "r",
            index[best],
            fused[best],
            scores[best],
            np.ones((SHOWN, 2), np.bool_),
            np.ones((SHOWN, 2), np.bool_),
            ("covisit", "popular"),
            np.full(SHOWN, -1, np.int32),
            np.full(SHOWN, WHOLE, np.int8),
            SHOWN,
            True,
        )

    return find


def steps(order: np.ndarray, choose: Callable[[np.ndarray], int], rng: np.random.Generator) -> pa.Table:
    """Two steps a person; the second is one of the ten best that are proposed. Rows in any order."""
    find, rows = proposals(order), []
    new = np.argsort(order)
    for user in range(USERS):
        found = find(Query(Asked("home", 5), Person(user_id=f"u{user}")))
        items = order[found.index[found.fused >= np.sort(found.fused)[-10]]]
        rows.append((f"u{user}", int(new[user % NUM]), 0.0, TRAIN))
        rows.append((f"u{user}", int(new[choose(items)]), 1.0, VALID))
    rows = [rows[number] for number in rng.permutation(len(rows))]
    user_ids, index, at_s, fold = zip(*rows, strict=True)
    return pa.table(
        {
            "user_id": user_ids,
            "index": pa.array(index, pa.int32()),
            "at_s": at_s,
            "bought": [True] * len(rows),
            "fold": pa.array(fold, pa.int8()),
        }
    )


def fitted(
    order: np.ndarray, choose: Callable[[np.ndarray], int], seed: int = 0
) -> tuple[FittedNextStep | None, dict[str, Any]]:
    table = steps(order, choose, np.random.default_rng(seed))
    return fit_next_step(shop(order), table, proposals(order), ["covisit", "popular"], CONFIG)


AS_IS = np.arange(NUM)


@pytest.fixture(scope="module")
def learned() -> FittedNextStep:
    model, about = fitted(AS_IS, max)
    assert model is not None, about
    return model


def test_what_people_choose_of_the_proposed_is_learned() -> None:
    model, about = fitted(AS_IS, max)
    assert model is not None and about["taught_by"] == "valid" and about["trees"] > 0
    assert about["ndcg_at_10"] > 1.3 * about["without_ndcg_at_10"]


def test_items_renumbered_and_rows_reordered_change_no_figure() -> None:
    rng = np.random.default_rng(5)
    figures = [fitted(order, max, seed)[1] for seed, order in enumerate([AS_IS, rng.permutation(NUM), AS_IS[::-1]])]
    assert len({(about["lists"], round(about["without_ndcg_at_10"], 9)) for about in figures}) == 1
    gains = [about["ndcg_at_10"] for about in figures]
    assert max(gains) - min(gains) < 0.05, "but for which users share a fold"


def test_where_chance_chooses_nothing_is_learned() -> None:
    chance = np.random.default_rng(1)
    model, about = fitted(AS_IS, lambda items: int(chance.choice(items)))
    assert model is None and about["trees"] == 0 and "not surely better" in about["none"]


def test_too_few_steps_teach_nothing_and_say_so() -> None:
    table = steps(AS_IS, max, np.random.default_rng(0)).slice(0, 40)
    model, about = fit_next_step(shop(AS_IS), table, proposals(AS_IS), ["covisit", "popular"], CONFIG)
    assert model is None and "fewer than 100 lists" in about["none"]


def contenders(*, sources: tuple[str, ...] = ("covisit", "popular"), num: int = NUM) -> Contenders:
    """The last is advertised, and no candidate of recall."""
    fused = np.linspace(3, 0, num, dtype=np.float32)
    fused[-1] = np.nan
    return Contenders("r", np.arange(num, dtype=np.int32), np.tile(fused[:, None], (1, 2)), fused, sources)


def known(*index: int) -> Person:
    past = np.array(index, np.int32)
    return Person("u1", history=History(past, np.zeros(len(past)), np.zeros(len(past), np.bool_)))


def test_the_best_are_reordered_and_the_others_stay_behind_them(learned: FittedNextStep) -> None:
    ranking = Ranking("r", None, None, {}, learned.over(shop(AS_IS)))
    score = ranking.rank(Asked("home", 5), known(3), contenders()).score
    assert np.isnan(score[-1])
    assert score[:15].min() >= score[15:-1].max()
    assert score[:15].argmax() != 0, "the dearest, not the first"
    assert (score[15:-1] == contenders().fused[15:-1]).all()


@pytest.mark.parametrize(
    ("asked", "person", "sources"),
    [
        (Asked("search", 5, text="thing"), known(3), ("covisit", "popular")),
        (Asked("home", 5), Person(), ("covisit", "popular")),
        (Asked("home", 5), known(3), ("fallback", "popular")),
    ],
)
def test_searches_strangers_and_other_sources_keep_the_order_of_recall(
    learned: FittedNextStep, asked: Asked, person: Person, sources: tuple[str, ...]
) -> None:
    ranking, given = Ranking("r", None, None, {}, learned.over(shop(AS_IS))), contenders(sources=sources)
    np.testing.assert_array_equal(ranking.rank(asked, person, given).score, given.fused)


@pytest.mark.parametrize("size", [1, 2])
def test_a_catalogue_of_one_or_two_is_answered(learned: FittedNextStep, size: int) -> None:
    few = FittedNextStep(learned.model, learned.steps[:size], learned.depth).over(shop(AS_IS[:size]))
    given = Contenders(
        "r",
        np.arange(size, dtype=np.int32),
        np.zeros((size, 2), np.float32),
        np.zeros(size, np.float32),
        ("covisit", "popular"),
    )
    assert len(few.scores(Asked("home", 5), known(0), given)) == size


def test_new_items_have_no_steps_and_a_place(learned: FittedNextStep) -> None:
    grown = learned.over(shop(np.arange(NUM + 3)))
    assert np.isfinite(grown.scores(Asked("home", 5), known(3), contenders(num=NUM + 3))[:-1]).all()


def test_it_is_kept_and_found_again(learned: FittedNextStep, tmp_path: Path) -> None:
    learned.save(tmp_path / "next_step")
    again = FittedNextStep.load(tmp_path / "next_step").over(shop(AS_IS))
    asked = Asked("home", 5), known(3), contenders()
    np.testing.assert_array_equal(again.scores(*asked), learned.over(shop(AS_IS)).scores(*asked))
    (tmp_path / "next_step" / "depth.json").write_text("?")
    with pytest.raises(WrongArtifact, match="steps of items and a depth"):
        FittedNextStep.load(tmp_path / "next_step")
