"""Whether the ranker's chances of the test fold came true."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.running.job import Report
from pipelines.running.parts import read_parts
from recsys.artifacts import Workspace
from recsys.edition import Edition
from recsys.features.impressions import ImpressionFeatures
from recsys.features.sequences import Sequences
from recsys.metrics.prediction import auc, expected_calibration_error, log_loss, reliability
from recsys.opening.stages import recall_of
from recsys.ranking.columns import as_learned
from recsys.ranking.training import FittedRanking, slate_queries
from recsys.release import Release
from recsys.splits import TEST

Array = NDArray[Any]


def judge_predictions(report: Report, workspace: Path, release: str, split: Path, most: int) -> Mapping[str, Any]:
    """Figures of p_ctr and p_cvr on slates of the test fold, {} where there is no ranker.

    Args:
        most: slates, the first of a random order.
    """
    shelf = Workspace(workspace)
    opened = Release.open(shelf, release)
    fitted = FittedRanking.load(shelf.parent(opened.artifact, "ranker").path)
    slates = drawn_slates(split, TEST, most)
    if fitted.ranker is None or fitted.stats is None or slates.num_rows == 0:
        return {}
    p_ctr, p_cvr, clicked, bought = predict(opened, fitted, slates, read_parts(split / "steps"), report=report)
    return {
        "p_ctr": _quality(p_ctr, clicked),
        "p_cvr (of clicks)": _quality(p_cvr[clicked], bought[clicked]),
    }


def drawn_slates(split: Path, fold: int, most: int, *, clicked: bool = False) -> pa.Table:
    """The rows of at most this many slates of a fold, drawn at random.

    Args:
        clicked: only those with a click on an item that was not advertised.
    """
    slates = read_parts(split / "slates")
    slates = slates.filter(pc.equal(slates["fold"], fold))
    judged = slates.filter(pc.and_(slates["clicked"], pc.is_null(slates["campaign_id"]))) if clicked else slates
    names = judged["slate_id"].unique()
    drawn = names.take(np.random.default_rng(0).permutation(len(names))[:most])
    return slates.filter(pc.is_in(slates["slate_id"], value_set=drawn))


def predict(
    release: Release,
    fitted: FittedRanking,
    slates: pa.Table,
    steps: pa.Table,
    *,
    view: str = "serving",
    report: Report = lambda done, total, note: None,
) -> tuple[Array, Array, Array, Array]:
    """(N,) each: both chances at the position where the item was shown, and what happened.

    Args:
        slates, steps: with rows of the release's catalogue.
        view: of recall, see `recall_of`.
    """
    assert fitted.ranker is not None
    assert fitted.stats is not None
    recall, features = recall_of(Edition(release), view=view), ImpressionFeatures(release.catalogue, fitted.stats)
    sequences = Sequences.from_steps(steps, len(release.catalogue))
    matrices, clicked, bought = [], [], []
    total = len(slates["slate_id"].unique())
    for done, (query, rows) in enumerate(slate_queries(slates, sequences)):
        scores, _ = recall.score(query, rows["index"])
        scores = as_learned(scores, recall.names, fitted.ranker.sources)
        matrices.append(features.matrix(query.asked, query.person.history, rows["index"], scores, rows["position"]))
        clicked.append(rows["clicked"].astype(np.bool_))
        bought.append(rows["bought"].astype(np.bool_))
        if done % 100 == 99:
            report(done + 1, total, "")
    p_ctr, p_cvr = fitted.ranker.predict(np.concatenate(matrices))
    return p_ctr, p_cvr, np.concatenate(clicked), np.concatenate(bought)


def _quality(predicted: Array, happened: Array) -> dict[str, Any]:
    return {
        "auc": auc(score=predicted, happened=happened),
        "log_loss": log_loss(probability=predicted, happened=happened),
        "calibration_error": expected_calibration_error(probability=predicted, happened=happened),
        "mean_predicted": float(predicted.mean()),
        "observed": float(happened.mean()),
        "rows": len(happened),
        "bins": [one._asdict() for one in reliability(probability=predicted, happened=happened)],
    }
