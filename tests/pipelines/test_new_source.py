"""One file and one line: a new source is fitted, saved, loaded, fused, tuned, learned from, explained and served."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc
import pytest

from pipelines.running.parts import read_parts
from recsys.artifacts import Artifact, Recipe, Workspace
from recsys.changes import Changes, ItemChange
from recsys.edition import Edition
from recsys.errors import WrongArtifact
from recsys.features.sequences import Sequences, held_out
from recsys.funnel import FunnelConfig, open_funnel
from recsys.opening.ranking import ranking_of
from recsys.opening.stages import recall_of
from recsys.ranking.config import RankingConfig
from recsys.ranking.training import fit_ranking
from recsys.recall.config import FusionConfig, RecallConfig
from recsys.recall.fitted import FittedRecall
from recsys.recall.fitting import fit_recall, refit_counts, tune_fusion
from recsys.recall.fusion import Fusion
from recsys.recall.sources import table
from recsys.recall.sources.sequence import SequenceSource
from recsys.release import Release
from recsys.slate import Asked, Contenders, Person, Query, Reason, Slate
from recsys.splits import TEST, TRAIN, VALID
from tests.pipelines.same_brand import SameBrandSource
from tests.worlds import linked_shop

pytestmark = pytest.mark.ray


class Shops(NamedTuple):
    """A release as it was, with the new source but the old ranker, and with a ranker that learned from it."""

    before: Release
    unranked: Release
    after: Release
    weights: dict[str, float]


@pytest.fixture(scope="module")
def shops(small_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    shop = linked_shop(small_shop, tmp_path_factory.mktemp("brands"))
    before = Release.open(shop)
    assert recall_of(Edition(before)).names, "opened with the table as it was"
    encoder = FittedRecall.load(shop.current("recall").path / "serving").source(SequenceSource).encoder
    steps = read_parts(shop.current("split").path / "steps")
    catalogue, config = before.catalogue, RecallConfig(fusion=FusionConfig(num_valid=60, candidates=60, rounds=1))
    num, valid = len(catalogue), held_out(steps, VALID, len(catalogue))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(table, "FITTED", (*table.FITTED, SameBrandSource))  # the line
        train, seen = (
            Sequences.from_steps(steps.filter(chosen), num)
            for chosen in (pc.equal(steps["fold"], TRAIN), pc.less(steps["fold"], TEST))
        )
        rank = fit_recall(catalogue, train, encoder, config)
        tuned = tune_fusion(rank.sources, valid, num, config.fusion)
        fusion = Fusion({mode: one.weights for mode, one in tuned.items()})

        def write_recall(folder: Path) -> None:
            for name, view in (("rank", rank), ("serving", refit_counts(rank, catalogue, seen, config))):
                view.save(folder / name)
                fusion.save(folder / name / "fusion.json")

        unranked = _released(shop, before, recall=_made(shop, "recall", write_recall))
        recall = recall_of(Edition(unranked), view="rank")
        fitted = fit_ranking(
            catalogue,
            read_parts(shop.current("split").path / "slates"),
            Sequences.from_steps(steps, num),
            valid,
            recall.score,
            recall.candidates,
            recall.names,
            RankingConfig(most_slates=600, num_valid=20),
        )
        after = _released(shop, unranked, ranker=_made(shop, "ranker", fitted.save))
        yield Shops(before, unranked, after, fusion.tuned["user"])


def _made(shop: Workspace, kind: str, write: Callable[[Path], None]) -> Artifact:
    """An artifact beside the current one, from the same parents."""
    manifest = shop.current(kind).manifest
    return shop.make(Recipe(kind, manifest.config, "with one more source", manifest.parents), write)


def _released(shop: Workspace, release: Release, **parts: Artifact) -> Release:
    """The same release with another artifact of some kinds."""
    manifest = release.artifact.manifest
    parents = {**manifest.parents, **{kind: part.key for kind, part in parts.items()}}

    def copy(folder: Path) -> None:
        shutil.copytree(release.artifact.path, folder, dirs_exist_ok=True)
        (folder / "manifest.json").unlink()

    return Release.open(shop, shop.make(Recipe("release", manifest.config, manifest.code, parents), copy).key)


def served(release: Release, num: int = 40) -> list[Slate]:
    """Home pages of people with a past."""
    funnel = open_funnel(release, config=FunnelConfig(explore_share=0.0).without_deadlines())
    histories = release.histories
    queries = [
        Query(Asked("home", 20, at_s=1e9, ads=False), Person(user_id=user, history=histories.history(user)))
        for user in histories.user_ids[:num]
    ]
    return [asyncio.run(funnel.answer(query)) for query in queries]


def test_its_scores_are_a_column_with_a_tuned_weight_behind_the_others(shops: Shops) -> None:
    before, after = recall_of(Edition(shops.before)).names, recall_of(Edition(shops.after)).names
    assert after == (*before, "same_brand")
    assert shops.weights.keys() == {*before, "same_brand"} - {"lexical", "text", "fresh"}


def test_it_is_served_with_its_reason(shops: Shops) -> None:
    catalogue, found = shops.after.catalogue, 0
    brand = catalogue.brand_code
    for user, slate in zip(shops.after.histories.user_ids, served(shops.after), strict=False):
        last = shops.after.histories.history(user).index[-1]
        last_id = catalogue.item_ids[last]
        for item in slate.items:
            assert ("same_brand" in item.sources) <= (brand[item.index] == brand[last])
            assert (item.reason is not None and item.reason.code == "same_brand") == ("same_brand" in item.sources)
            found += item.reason == Reason("same_brand", f"From the brand of “{catalogue.titles[last]}”", last_id)
        assert not slate.degraded
    assert found > 0


def test_the_ranker_learned_from_it_and_the_one_before_is_not_misled(shops: Shops) -> None:
    """Scores that are not those that a ranker learned from count as not scored, instead of as others' scores."""
    learned = [ranking_of(Edition(one))._ranker for one in (shops.before, shops.after)]
    assert [ranker.sources[-1] for ranker in learned if ranker is not None] == ["fresh", "same_brand"]
    history = shops.before.histories.history(shops.before.histories.user_ids[0])
    query = Query(Asked("home", 20, at_s=1e9), Person(history=history))
    found = recall_of(Edition(shops.unranked)).candidates(query)
    contenders = Contenders(found.release, found.index, found.scores, found.fused, found.sources)
    names = recall_of(Edition(shops.before)).names
    blank = np.full((len(found.index), len(names)), np.nan, np.float32)

    def p_ctr(release: Release, contenders: Contenders) -> np.ndarray:
        return ranking_of(Edition(release)).rank(query.asked, query.person, contenders).p_ctr

    misfit = p_ctr(shops.unranked, contenders)
    unscored = p_ctr(shops.unranked, replace(contenders, scores=blank, sources=names))
    assert np.array_equal(misfit, unscored)
    assert not np.array_equal(misfit, p_ctr(shops.after, contenders))


def test_it_speaks_of_an_item_that_came_in_later(shops: Shops) -> None:
    catalogue, histories = shops.after.catalogue, shops.after.histories
    user = next(user for user in histories.user_ids if catalogue.brand_code[histories.history(user).index[-1]] >= 0)
    history = histories.history(user)
    item = {"title": "A thing of that brand", "brand": catalogue.describe(int(history.index[-1]))["brand"]}
    edition = Edition(shops.after, Changes(1, (ItemChange("new", "put", item, 1, 1),)))
    found = recall_of(edition).candidates(Query(Asked("home", 20, at_s=1e9), Person(history=history)))
    row = np.flatnonzero(found.index == len(catalogue))
    assert found.proposed[row, found.sources.index("same_brand")].tolist() == [True]


def test_without_its_line_what_was_saved_with_it_is_refused(shops: Shops) -> None:
    folder = shops.after.artifact.path.parent.parent / "recall" / shops.after.artifact.manifest.parents["recall"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(table, "FITTED", table.FITTED[:-1])
        with pytest.raises(WrongArtifact, match=r"fresh, got 'covisit.*same_brand'\.") as refused:
            FittedRecall.load(folder / "serving")
        assert refused.value.kind == "recall"
