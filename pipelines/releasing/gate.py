"""The gate: a new release answers the same held-out requests as the live one before it may take its place.

The requests are the first steps of users in the validation fold. Recall stands here as it was fitted before that fold
(`rank/`), for what serves has counted these steps. A release of another catalogue answers with the items that it knows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.evaluation.prediction import drawn_slates, predict
from pipelines.evaluation.recommendation import SIZE, first_steps
from pipelines.releasing.config import GateConfig
from pipelines.releasing.exposure import Shift, risen
from pipelines.running.job import Report
from pipelines.running.parts import read_parts
from recsys.artifacts import Workspace
from recsys.edition import Edition
from recsys.errors import WrongArtifact
from recsys.features.sequences import HeldOut
from recsys.funnel import Funnel, FunnelConfig, stages_of
from recsys.metrics.prediction import expected_calibration_error
from recsys.metrics.ranking import ndcg_at_k, rank_in_list, recall_at_k
from recsys.opening.stages import fallback_of
from recsys.ranking.training import FittedRanking
from recsys.release import Release
from recsys.slate import Asked, Draw, History, IntArray, Person, Query
from recsys.splits import VALID
from recsys.workers import Workers


@dataclass(frozen=True)
class Figures:
    """What one release showed."""

    recall_at_10: float
    ndcg_at_10: float
    calibration_error: float | None  # None where no ranker or no slate can be checked
    median_ms: float
    recall_error: float = 0.0
    """Standard error of the difference from the live release, on the same requests,"""
    ndcg_error: float = 0.0
    """and that of ndcg@10."""
    risen: dict[str, str] = field(default_factory=dict)
    """Item that is shown far more than by the live release -> where, with from and to."""
    requests: int = 0
    """How many were answered."""


NAMED = 20
"""Items that a complaint names."""
STANDARD_ERRORS = 2.0
"""How much of a difference may be chance: a handful of requests proves nothing against a release."""


def judge(
    workspace: Workspace, new: Release, live: Release, config: GateConfig, report: Report
) -> tuple[Figures, Figures]:
    """The figures of both on the requests of the new release's validation fold; raises nothing about them."""
    split = workspace.parent(new.artifact, "split").path
    held = first_steps(split, VALID, len(new.catalogue)).sample(config.requests, np.random.default_rng(0))
    rows = {release.key: rows_in(release, new.catalogue.item_ids) for release in (new, live)}
    ranks, ms = asyncio.run(_answered([new, live], rows, held, report))
    errors = [_calibration(release, rows[release.key], split, config.slates, workspace) for release in (new, live)]
    known = errors if None not in errors else [None, None]
    new_, live_ = (_figures(*one) for one in zip(ranks, ms, known, strict=True))
    errors_ = [_paired_error(of(ranks[0], 10), of(ranks[1], 10)) for of in (recall_at_k, ndcg_at_k)]
    up = risen(new, live, held, lambda release, history: _moved(history, rows[release.key]), config.exposure)
    return replace(new_, recall_error=errors_[0], ndcg_error=errors_[1], risen=_by_item(up)), live_


def complaints(new: Figures, live: Figures, config: GateConfig) -> list[tuple[str, str, float | str]]:
    """(figure, what was wanted, what came) for each that is not good enough."""
    least = {
        "recall_at_10": config.least_recall_ratio * live.recall_at_10 - STANDARD_ERRORS * new.recall_error,
        "ndcg_at_10": config.least_ndcg_ratio * live.ndcg_at_10 - STANDARD_ERRORS * new.ndcg_error,
    }
    most = {"median_ms": config.most_latency_ratio * live.median_ms}
    if live.calibration_error is not None:
        most["calibration_error"] = live.calibration_error + config.most_calibration_rise
    came = {name: value for name, value in asdict(new).items() if isinstance(value, float)}
    rise = f"no item up by {config.exposure.most_rise:.0%} of pages or {config.exposure.most_places} places"
    return [
        *((name, f"at least {bound:.4f}", came[name]) for name, bound in least.items() if came[name] < bound),
        *((name, f"at most {bound:.4f}", came[name]) for name, bound in most.items() if came.get(name, 0.0) > bound),
        *([("exposure", rise, f"{len(new.risen)} items")] if new.risen else []),
    ]


def verdict(key: str, live: str, figures: tuple[Figures, Figures], config: GateConfig) -> dict[str, Any]:
    """For the manifest: both figures, and what was not good enough. Raises WrongArtifact unless it is forced."""
    found = complaints(*figures, config)
    if found and not config.force:
        name, wanted, came = found[0]
        raise WrongArtifact(
            f"release {key}: {name}",
            f"{wanted}, beside the live {live}",
            round(came, 4) if isinstance(came, float) else came,
            f"The live release stays.{_more(found[1:])}{_named(figures[0].risen)} gate.force=true overrides.",
        )
    said = [f"{name}: wanted {wanted}, got {_plain(came)}" for name, wanted, came in found]
    return {"live": live, "new": asdict(figures[0]), "was": asdict(figures[1]), "overridden": said}


def line(new: Figures, live: Figures) -> str:
    """Both in one line, for a console."""
    calibration = ""
    if new.calibration_error is not None and live.calibration_error is not None:
        calibration = f"  calibration error {new.calibration_error:.4f} ({live.calibration_error:.4f})"
    return (
        f"recall@10 {new.recall_at_10:.4f} (live {live.recall_at_10:.4f})  "
        f"ndcg@10 {new.ndcg_at_10:.4f} ({live.ndcg_at_10:.4f}){calibration}  "
        f"{new.median_ms:.1f} ms ({live.median_ms:.1f} ms)"
    )


def rows_in(release: Release, item_ids: Sequence[str]) -> IntArray:
    """(I,) row of each item in a release's catalogue, -1 where it has none."""
    known = release.catalogue.row
    return np.array([known.get(item_id, -1) for item_id in item_ids], np.int32)


def moved(table: pa.Table, rows: IntArray) -> pa.Table:
    """A table with `index` in another catalogue, without what that one does not have."""
    index = rows[table["index"].to_numpy()]
    place = table.column_names.index("index")
    return table.set_column(place, "index", pa.array(index)).filter(pa.array(index >= 0))


async def _answered(
    releases: Sequence[Release], rows: Mapping[str, IntArray], held: HeldOut, report: Report
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    """Rank of the target and time of each request, a release each. They take turns: a busy machine slows both."""
    funnels = [_funnel(release) for release in releases]
    ranks: list[list[float]] = [[] for _ in releases]
    ms: list[list[float]] = [[] for _ in releases]
    for number, (history, target, at_s) in enumerate(zip(held.histories, held.target, held.at_s, strict=True)):
        for place, release in enumerate(releases):
            row = rows[release.key]
            known = _moved(history, row)
            query = Query(
                Asked("home", SIZE, at_s=float(at_s), ads=False),
                Person(history=known),
                Draw(exclude=known.index, explore=False),
            )
            slate = await funnels[place].answer(query)
            items = [item.index for item in slate.items]
            ranks[place].append(rank_in_list(items, int(row[target])) if row[target] >= 0 else np.inf)
            ms[place].append(slate.stage_ms["total"])
        report(number + 1, len(held), "")
    return [np.array(one) for one in ranks], [np.array(one) for one in ms]


def _funnel(release: Release) -> Funnel:
    edition = Edition(release)
    stages = stages_of(edition, Workers(1), view="rank")
    return Funnel(stages, edition.catalogue, fallback_of(edition), edition.key, FunnelConfig().without_deadlines())


def _moved(history: History, rows: IntArray) -> History:
    index = rows[history.index]
    known = index >= 0
    return replace(history.rows(known), index=index[known])


def _figures(ranks: NDArray[np.float64], ms: NDArray[np.float64], error: float | None) -> Figures:
    if len(ranks) == 0:
        return Figures(0.0, 0.0, error, 0.0)
    recall, ndcg = recall_at_k(ranks, 10), ndcg_at_k(ranks, 10)
    return Figures(float(recall.mean()), float(ndcg.mean()), error, float(np.median(ms)), requests=len(ranks))


def _paired_error(new: NDArray[np.float64], live: NDArray[np.float64]) -> float:
    """Standard error of the mean difference; of fewer than two requests anything may be true."""
    return float((new - live).std(ddof=1) / len(new) ** 0.5) if len(new) > 1 else 1.0


def _calibration(release: Release, rows: IntArray, split: Path, most: int, workspace: Workspace) -> float | None:
    fitted = FittedRanking.load(workspace.parent(release.artifact, "ranker").path)
    slates = moved(drawn_slates(split, VALID, most), rows)
    if fitted.ranker is None or slates.num_rows == 0 or not pc.any(slates["clicked"]).as_py():
        return None
    p_ctr, _, clicked, _ = predict(release, fitted, slates, moved(read_parts(split / "steps"), rows), view="rank")
    return expected_calibration_error(probability=p_ctr, happened=clicked)


def _more(others: Sequence[tuple[str, str, float | str]]) -> str:
    return "".join(f" Also {name}: wanted {wanted}, got {_plain(came)}." for name, wanted, came in others)


def _plain(came: float | str) -> str:
    return came if isinstance(came, str) else f"{came:.4f}"


def _by_item(shifts: Sequence[Shift]) -> dict[str, str]:
    """The first shift of each."""
    found: dict[str, str] = {}
    for shift in shifts:
        found.setdefault(shift.item_id, str(shift))
    return found


def _named(risen: Mapping[str, str]) -> str:
    """The first of the items; the others as a number."""
    more = [f"and {len(risen) - NAMED} more"] if len(risen) > NAMED else []
    return f" Risen: {'; '.join([*list(risen.values())[:NAMED], *more])}." if risen else ""
