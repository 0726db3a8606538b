"""The click model learns, is calibrated, and survives being kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recsys.errors import WrongArtifact
from recsys.metrics.prediction import auc
from recsys.models.clicks.calibration import Calibration
from recsys.models.clicks.config import RankerConfig
from recsys.models.clicks.ranker import Ranker, Rows, train_ranker

NAMES = ("position", "price", "source_text")


def rows(seed: int, num: int = 20_000) -> tuple[Rows, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = np.column_stack([rng.integers(0, 10, num), rng.normal(size=(num, 2))]).astype(np.float32)
    truth = 1 / (1 + np.exp(2.0 + 0.2 * features[:, 0] - features[:, 2] + features[:, 1] ** 2 / 2))
    clicked = rng.random(num) < truth
    return Rows(features, clicked, clicked & (rng.random(num) < 0.3)), truth


@pytest.fixture(scope="module")
def ranker() -> Ranker:
    return train_ranker(rows(1)[0], rows(2)[0], NAMES, RankerConfig(num_trees=300))


def test_it_comes_close_to_the_truth(ranker: Ranker) -> None:
    test, truth = rows(3)
    p_ctr, p_cvr = ranker.predict(test.features)
    assert auc(p_ctr, test.clicked) > auc(truth, test.clicked) - 0.02
    assert abs(p_ctr.mean() - truth.mean()) < 0.01
    assert abs(p_cvr.mean() - 0.3) < 0.05


def test_without_recall_scores_it_is_still_calibrated(ranker: Ranker) -> None:
    test, truth = rows(4)
    blank = test.features.copy()
    blank[:, 2] = np.nan
    assert abs(ranker.predict(blank)[0].mean() - truth.mean()) < 0.02


def test_a_lower_place_means_a_lower_probability(ranker: Ranker) -> None:
    features = rows(5, 500)[0].features
    top, bottom = features.copy(), features.copy()
    top[:, 0], bottom[:, 0] = 0, 9
    assert ranker.predict(top)[0].mean() > 1.5 * ranker.predict(bottom)[0].mean()


def test_kept_and_loaded_it_predicts_the_same(ranker: Ranker, tmp_path: Path) -> None:
    ranker.save(tmp_path)
    features = rows(6, 50)[0].features
    loaded = Ranker.load(tmp_path)
    assert np.array_equal(loaded.predict(features)[0], ranker.predict(features)[0])
    (tmp_path / "ranker.json").write_text("{")
    with pytest.raises(WrongArtifact, match="a saved ranker"):
        Ranker.load(tmp_path)


def test_calibration_repairs_a_skewed_logit() -> None:
    rng = np.random.default_rng(0)
    logit = rng.normal(size=20_000)
    label = rng.random(20_000) < 1 / (1 + np.exp(-(logit - 1)))
    fitted = Calibration.fit(3.0 * logit + 2.0, label)
    assert abs(fitted.slope - 1 / 3) < 0.03 and abs(fitted.offset - (-1 - 2 / 3)) < 0.1
