"""From logged slates to a calibrated ranker and the mix that orders each surface."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.errors import WrongArtifact
from recsys.features.catalogue import Catalogue
from recsys.features.impressions import ImpressionFeatures, ItemStats, feature_names
from recsys.features.sequences import HeldOut, Sequences
from recsys.metrics.prediction import auc, expected_calibration_error, log_loss
from recsys.metrics.ranking import ndcg_at_k
from recsys.models.clicks.ranker import Ranker, Rows, train_ranker
from recsys.ranking.columns import as_learned
from recsys.ranking.config import RankingConfig
from recsys.ranking.next_steps import Finder, FittedNextStep
from recsys.ranking.reorder import Reorder
from recsys.ranking.stage import mix
from recsys.schema import Surface
from recsys.slate import Asked, Draw, IntArray, Person, Query
from recsys.splits import FOLDS, RANK, TEST, TRAIN, VALID

Scorer = Callable[[Query, IntArray], tuple[NDArray[np.float32], NDArray[np.float32]]]
"""Recall's (N, S) scores and (N,) fused score of items for a request."""
NEXT_STEP = "next_step"
BROWSING: tuple[Surface, ...] = ("home", "item", "cart")
MIXES = tuple(np.round(np.linspace(0.0, 1.0, 11), 1).tolist())


@dataclass(frozen=True)
class FittedRanking:
    """What `train_ranker` leaves behind. Without impressions in the log there is no ranker, and its metrics say so."""

    ranker: Ranker | None = None
    stats: ItemStats | None = None
    blend: dict[str, float] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    next_step: FittedNextStep | None = None

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if self.ranker is not None and self.stats is not None:
            self.ranker.save(folder)
            self.stats.save(folder / "stats.parquet")
        if self.next_step is not None:
            self.next_step.save(folder / NEXT_STEP)
        about = {"ranker": self.ranker is not None, "next_step": self.next_step is not None, "blend": self.blend}
        (folder / "ranking.json").write_text(json.dumps(about), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises WrongArtifact."""
        try:
            about = json.loads((folder / "ranking.json").read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise WrongArtifact(str(folder), "a saved ranking", error) from None
        next_step = FittedNextStep.load(folder / NEXT_STEP) if about["next_step"] else None
        if not about["ranker"]:
            return cls(next_step=next_step)
        ranker, stats = Ranker.load(folder), ItemStats.load(folder / "stats.parquet")
        return cls(ranker, stats, about["blend"], next_step=next_step)


@dataclass(frozen=True)
class _Scored:
    """Slates of one fold, scored by recall."""

    rows: Rows
    fused: NDArray[np.float32]  # (N,)
    slate: NDArray[np.int64]  # (N,) number of the slate
    surface: NDArray[np.str_]  # (N,)


def fit_ranking(
    catalogue: Catalogue,
    slates: pa.Table,
    sequences: Sequences,
    held: HeldOut,
    score: Scorer,
    find: Finder,
    sources: Sequence[str],
    config: RankingConfig,
    *,
    next_step: FittedNextStep | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> FittedRanking:
    """Learn p_ctr and p_cvr on the rank fold with recall models that saw only the train fold; choose on valid.

    Args:
        slates: one row an impression (features.slates) with its fold.
        sequences: the steps of all folds; each slate sees only those before it.
        held: steps of the valid fold, by which the mixes are chosen (searches: by the clicks of their slates).
        score, find: of recall models fitted on the train fold.
        sources: (S,) names of its columns.
        next_step: what orders recall's best, and is kept with the rest.
    """
    missing = _missing(slates)
    if missing:
        return FittedRanking(metrics={"passthrough": f"{missing}: recall orders"}, next_step=next_step)
    names = feature_names(sources)
    early = ImpressionFeatures(catalogue, ItemStats.fit(_fold(slates, TRAIN), len(catalogue)))
    rng = np.random.default_rng(config.seed)
    parts = {RANK: config.most_slates, VALID: max(config.most_slates // 3, 1)}
    drawn = {fold: _draw(_fold(slates, fold), most, rng) for fold, most in parts.items()}
    total, done = sum(len(part) for part in drawn.values()), 0

    def tick() -> None:
        nonlocal done
        done += 1
        if on_progress is not None and (done % 100 == 0 or done == total):
            on_progress(done, total)

    train, valid = (_score(part, early, sequences, score, tick) for part in drawn.values())
    ranker = train_ranker(train.rows, valid.rows, names, config.trees)
    blend, gains = _choose_search_mix(ranker, valid, config.most_search_mix)
    reorder = None if next_step is None else next_step.over(catalogue)
    for surface in BROWSING:
        drawn_steps = held.sample(config.num_valid, rng)
        blend[surface], gains[surface] = choose_mix(ranker, early, drawn_steps, find, surface, reorder)
    late = ItemStats.fit(slates.filter(pc.less(slates["fold"], TEST)), len(catalogue))
    metrics = {
        "valid": _quality(ranker, valid.rows),
        "blend": blend,
        "valid_ndcg_at_10": gains,
        "rows": len(train.rows),
    }
    return FittedRanking(ranker, late, blend, metrics, next_step)


def _missing(slates: pa.Table) -> str:
    """What keeps a click model from being learned, in words; empty where nothing does."""
    if slates.num_rows == 0:
        return "the log has no impressions"
    if not pc.any(slates["clicked"]).as_py():
        return "no impression of the log was clicked"
    without = [FOLDS[fold] for fold in (RANK, VALID) if not pc.any(_fold(slates, fold)["clicked"]).as_py()]
    return f"no impression of fold {' and '.join(without)} was clicked" if without else ""


def slate_queries(slates: pa.Table, sequences: Sequences) -> Iterator[tuple[Query, dict[str, NDArray[Any]]]]:
    """Each logged slate as the request it answered, with its rows; histories end before it.

    On an item page the last step of the history is the item that was looked at.
    """
    starts = _starts(slates)
    columns = {name: slates[name].to_numpy(zero_copy_only=False) for name in slates.column_names}
    for start, end in zip(starts, [*starts[1:], slates.num_rows], strict=True):
        rows = {name: values[start:end] for name, values in columns.items()}
        at_s = float(rows["at_s"].min())
        surface: Surface = rows["surface"][0] or "home"
        history = sequences.history(rows["user_id"][0], before_s=at_s)
        query = Query(
            Asked(
                surface,
                len(rows["index"]),
                text=rows["query"][0] or "",
                context=history.index[-1:] if surface == "item" else history.index[:0],
                at_s=at_s,
            ),
            Person(user_id=rows["user_id"][0], history=history),
        )
        yield query, rows


def _score(
    slates: list[pa.Table],
    features: ImpressionFeatures,
    sequences: Sequences,
    score: Scorer,
    tick: Callable[[], None],
) -> _Scored:
    matrices, fused, clicked, bought, surface, lengths = [], [], [], [], [], []
    for query, rows in slate_queries(pa.concat_tables(slates), sequences):
        scores, mixed = score(query, rows["index"])
        matrices.append(features.matrix(query.asked, query.person.history, rows["index"], scores, rows["position"]))
        fused.append(mixed)
        clicked.append(rows["clicked"].astype(np.bool_))
        bought.append(rows["bought"].astype(np.bool_))
        surface.append(np.full(len(rows["index"]), query.asked.surface))
        lengths.append(len(rows["index"]))
        tick()
    rows_ = Rows(np.concatenate(matrices), np.concatenate(clicked), np.concatenate(bought))
    number = np.repeat(np.arange(len(lengths)), lengths)
    return _Scored(rows_, np.concatenate(fused).astype(np.float32), number, np.concatenate(surface))


def _choose_search_mix(ranker: Ranker, valid: _Scored, most: float) -> tuple[dict[str, float], dict[str, float]]:
    """The share of p_ctr that puts the clicks of logged searches highest, position aside."""
    features = valid.rows.features.copy()
    features[:, 0] = 0  # as when serving: everything asks for the top
    p_ctr, _ = ranker.predict(features)
    chosen = np.flatnonzero(valid.surface == "search")
    if len(chosen) == 0:
        return {"search": 0.0}, {}
    groups = np.split(chosen, np.flatnonzero(np.diff(valid.slate[chosen])) + 1)
    gains = {share: _mean_ndcg(groups, p_ctr, valid, share) for share in MIXES if share <= most}
    best = max(gains, key=gains.__getitem__)
    return {"search": best}, {"search": gains[best]}


def choose_mix(
    ranker: Ranker,
    features: ImpressionFeatures,
    held: HeldOut,
    find: Finder,
    surface: Surface,
    reorder: Reorder | None = None,
) -> tuple[float, float]:
    """The largest share of p_ctr whose held-out ndcg@10 lies within one standard error of the best share's.

    The one-standard-error rule (Breiman et al., Classification and Regression Trees, 1984): the next step of a log is
    half the older policy's choice, so where held-out steps cannot tell two shares apart, what shoppers would click
    decides. Clicks inside logged slates would not do: they compare only what an older policy chose to show.
    """
    gains = np.zeros((len(held), len(MIXES)))
    for row, (history, target, at_s) in enumerate(zip(held.histories, held.target, held.at_s, strict=True)):
        context = history.index[:0] if surface == "home" else history.index[-1:]
        query = Query(
            Asked(surface, 10, context=context, at_s=float(at_s)), Person(history=history), Draw(exclude=history.index)
        )
        found = find(query)
        place = np.flatnonzero(found.index == target)
        if len(place) == 0:
            continue
        scores = as_learned(found.scores, found.sources, ranker.sources)
        p_ctr, _ = ranker.predict(features.matrix(query.asked, history, found.index, scores))
        fused = found.fused if reorder is None else reorder.scores(query.asked, query.person, found.contenders())
        for column, share in enumerate(MIXES):
            score = mix(p_ctr, fused, share)
            rank = 1.0 + float((score > score[place[0]]).sum())
            gains[row, column] = ndcg_at_k(np.array([rank]), 10)[0]
    if not len(held):
        return 1.0, 0.0
    mean = gains.mean(axis=0)
    least = mean.max() - gains[:, mean.argmax()].std() / len(held) ** 0.5
    chosen = int(np.flatnonzero(mean >= least).max())
    return MIXES[chosen], float(mean[chosen])


def _mean_ndcg(groups: list[NDArray[np.int64]], p_ctr: NDArray[np.float32], valid: _Scored, share: float) -> float:
    total, count = 0.0, 0
    for rows in groups:
        clicked = valid.rows.clicked[rows]
        if clicked.any() and not clicked.all():
            score = mix(p_ctr[rows], valid.fused[rows], share)
            rank = np.argsort(np.argsort(-score, kind="stable"), kind="stable")
            ideal = (1 / np.log2(np.arange(clicked.sum()) + 2)).sum()
            total += float((1 / np.log2(rank[clicked] + 2)).sum() / ideal)
            count += 1
    return total / max(count, 1)


def _quality(ranker: Ranker, rows: Rows) -> dict[str, float]:
    p_ctr, _ = ranker.predict(rows.features)
    return {
        "ctr_auc": float(auc(p_ctr, rows.clicked)),
        "ctr_log_loss": float(log_loss(p_ctr, rows.clicked)),
        "ctr_calibration_error": float(expected_calibration_error(p_ctr, rows.clicked)),
        "mean_p_ctr": float(p_ctr.mean()),
        "ctr": float(rows.clicked.mean()),
    }


def _fold(slates: pa.Table, fold: int) -> pa.Table:
    return slates.filter(pc.equal(slates["fold"], fold))


def _draw(slates: pa.Table, most: int, rng: np.random.Generator) -> list[pa.Table]:
    """At most so many whole slates, in their order."""
    starts = _starts(slates)
    ends = [*starts[1:], slates.num_rows]
    chosen = np.sort(rng.choice(len(starts), min(most, len(starts)), replace=False))
    return [slates.slice(starts[number], ends[number] - starts[number]) for number in chosen]


def _starts(slates: pa.Table) -> list[int]:
    ids = slates["slate_id"].to_numpy(zero_copy_only=False)
    return [] if len(ids) == 0 else [0, *(np.flatnonzero(ids[1:] != ids[:-1]) + 1).tolist()]
