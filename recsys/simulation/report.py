"""What is known of a simulated log: how well anybody could predict it, and how uneven it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from recsys.metrics.exposure import gini
from recsys.metrics.prediction import auc
from recsys.schema import SURFACES
from recsys.simulation.config import SimulationConfig
from recsys.simulation.log import Log
from recsys.simulation.truth import Truth

LATER = ("favourite", "review", "return")
"""Kinds of what follows a slate."""


def report_of(config: SimulationConfig, log: Log, later: pa.Table, truth: Truth, num_items: int) -> dict[str, Any]:
    """Figures of the log, as plain values.

    `bayes_auc` is that of the true click probability of each impression, examination of its position included: no
    model can do better but by luck. `gini` is that of the clicks an item gets, over the whole catalogue.
    """
    places, did = log.places, log.behaviour
    clicks = np.bincount(places.item[did.click], minlength=num_items)
    return {
        "truth_hash": config.truth_hash,
        "bayes_auc": bayes_auc(log, truth),
        "gini": gini(clicks.astype(np.float64)),
        "ctr": float(did.click.mean()),
        "ctr_by_surface": {
            SURFACES[code]: float(did.click[places.surface == code].mean()) for code in np.unique(places.surface)
        },
        "view_rate": float(did.view.mean()),
        "cvr": float(did.purchase.sum() / max(1, did.click.sum())),
        "slates": int(places.slate.max()) + 1,
        "sessions": len(np.unique(places.session)),
        "impressions": len(places.item),
        "clicks": int(did.click.sum()),
        "purchases": int(did.purchase.sum()),
        **{f"{kind}s": int(pc.sum(pc.equal(later["kind"], kind)).as_py() or 0) for kind in LATER},
        "queries": len(log.texts),
        "users_with_clicks": len(np.unique(places.user[did.click])),
        "items_without_clicks": int((clicks == 0).sum()),
    }


def bayes_auc(log: Log, truth: Truth) -> float:
    """Area under the curve of the true click probability of every impression."""
    known = truth.examination(log.places.position) * log.places.p_click
    return auc(known, log.behaviour.click)
