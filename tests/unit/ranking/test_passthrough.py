"""Where a log cannot teach a click model, none is trained, and the reason is said."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from recsys.features.sequences import HeldOut, Sequences
from recsys.features.slates import SLATES
from recsys.ranking.config import RankingConfig
from recsys.ranking.training import fit_ranking
from recsys.splits import RANK, TEST, TRAIN, VALID
from tests.shelf import catalogue_of, row

SHOP = catalogue_of([row(), row()])


def slates(*rows: tuple[int, bool]) -> pa.Table:
    """One impression a row: its fold, and whether it was clicked."""
    known: dict[str, Any] = {"user_id": "u", "surface": "home", "index": 0, "position": 0, "propensity": 1.0}
    table = pa.Table.from_pylist(
        [
            {**known, "slate_id": f"s{n}", "at_s": float(n), "known_s": float(n), "clicked": clicked, "bought": False}
            for n, (_, clicked) in enumerate(rows)
        ],
        schema=SLATES,
    )
    return table.append_column("fold", pa.array([fold for fold, _ in rows], pa.int8()))


@pytest.mark.parametrize(
    ("log", "why"),
    [
        ((), "no impressions"),
        (((TRAIN, False), (RANK, False), (VALID, False)), "no impression of the log was clicked"),
        (((TRAIN, True), (TEST, True)), "fold rank and valid"),
        (((TRAIN, True), (RANK, True), (VALID, False)), "fold valid"),
        (((TRAIN, True), (VALID, True)), "fold rank was"),
    ],
)
def test_the_fused_score_passes_through_and_says_why(log: tuple[tuple[int, bool], ...], why: str) -> None:
    nobody = Sequences.from_steps(
        pa.table(
            {
                "user_id": pa.array([], pa.string()),
                "index": pa.array([], pa.int32()),
                "at_s": pa.array([], pa.float64()),
                "bought": pa.array([], pa.bool_()),
            }
        ),
        2,
    )
    held = HeldOut((), (), np.zeros(0, np.int32), np.zeros(0))
    fitted = fit_ranking(SHOP, slates(*log), nobody, held, _never, _never, ["popular"], RankingConfig())
    assert fitted.ranker is None
    assert why in fitted.metrics["passthrough"]


def _never(*_: Any) -> Any:
    raise AssertionError("nothing is scored")
