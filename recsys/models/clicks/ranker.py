"""The click and purchase model: gradient-boosted trees, calibrated."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from recsys.errors import WrongArtifact
from recsys.models.clicks.calibration import Calibration
from recsys.models.clicks.config import RankerConfig

Array = NDArray[Any]


@dataclass(frozen=True)
class Rows:
    """Labelled impressions."""

    features: NDArray[np.float32]  # (N, F)
    clicked: NDArray[np.bool_]  # (N,)
    bought: NDArray[np.bool_]  # (N,) of the clicked ones

    def __len__(self) -> int:
        return len(self.clicked)


@dataclass(frozen=True)
class Head:
    """One probability: trees and their calibration, or a constant where there was too little to learn from."""

    booster: lgb.Booster | None
    calibration: Calibration

    def predict(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.booster is None or len(features) == 0:
            logit: Array = np.zeros(len(features))
        else:
            logit = self.booster.predict(features, raw_score=True, num_threads=1)
        probability: NDArray[np.float32] = self.calibration.apply(logit).astype(np.float32)
        return probability


@dataclass(frozen=True)
class Ranker:
    """Calibrated p_ctr and p_cvr (given a click)."""

    ctr: Head
    cvr: Head
    names: tuple[str, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """(S,) recall sources whose scores it learned from, in the order of their columns."""
        return tuple(name.removeprefix("source_") for name in self.names if name.startswith("source_"))

    def predict(self, features: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(N,) p_ctr and (N,) p_cvr of (N, F) features."""
        return self.ctr.predict(features), self.cvr.predict(features)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        about: dict[str, Any] = {"names": self.names}
        for name, head in (("ctr", self.ctr), ("cvr", self.cvr)):
            about[name] = [head.calibration.slope, head.calibration.offset]
            if head.booster is not None:
                (folder / f"{name}.txt").write_text(head.booster.model_to_string(), "utf-8")
        (folder / "ranker.json").write_text(json.dumps(about), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Raises WrongArtifact."""
        try:
            about = json.loads((folder / "ranker.json").read_text("utf-8"))
            ctr, cvr = (Head(_booster(folder / f"{name}.txt"), Calibration(*about[name])) for name in ("ctr", "cvr"))
        except (OSError, ValueError, KeyError, lgb.basic.LightGBMError) as error:
            raise WrongArtifact(str(folder), "a saved ranker", error) from None
        return cls(ctr, cvr, tuple(about["names"]))


def train_ranker(train: Rows, valid: Rows, names: Sequence[str], config: RankerConfig) -> Ranker:
    """Fit both heads on `train`; stop early and calibrate on `valid`.

    Columns called `source_*` are blanked in the repeated rows (see `unscored_share`).
    """
    rng = np.random.default_rng(config.seed)
    source = np.array([name.startswith("source_") for name in names])
    ctr = _fit(_with_unscored(train, source, config.unscored_share, rng), valid, "clicked", names, config)
    cvr = _fit(_clicked(train), _clicked(valid), "bought", names, config)
    return Ranker(ctr, cvr, tuple(names))


def _fit(train: Rows, valid: Rows, label: str, names: Sequence[str], config: RankerConfig) -> Head:
    target, check = getattr(train, label), getattr(valid, label)
    if min(target.sum(), (~target).sum()) < 50 or min(check.sum(), (~check).sum()) < 10:
        return Head(None, Calibration(1.0, _logit((target.sum() + 1) / (len(target) + 20))))
    settings = {"objective": "binary", **config.parameters()}
    data = lgb.Dataset(train.features, target.astype(np.int8), feature_name=list(names))
    held = data.create_valid(valid.features, check.astype(np.int8))
    stop = lgb.early_stopping(config.patience, verbose=False)
    booster = lgb.train(settings, data, config.num_trees, valid_sets=[held], callbacks=[stop])
    logit = booster.predict(valid.features, raw_score=True, num_threads=config.num_threads)
    return Head(booster, Calibration.fit(logit, check))


def _with_unscored(rows: Rows, source: Array, share: float, rng: np.random.Generator) -> Rows:
    again = rng.permutation(len(rows))[: int(share * len(rows))]
    blank = rows.features[again]
    blank[:, source] = np.nan
    return Rows(
        np.concatenate([rows.features, blank]),
        np.concatenate([rows.clicked, rows.clicked[again]]),
        np.concatenate([rows.bought, rows.bought[again]]),
    )


def _clicked(rows: Rows) -> Rows:
    keep = rows.clicked
    return Rows(rows.features[keep], rows.clicked[keep], rows.bought[keep])


def _booster(path: Path) -> lgb.Booster | None:
    return lgb.Booster(model_str=path.read_text("utf-8")) if path.exists() else None


def _logit(p: float) -> float:
    return float(np.log(p / (1 - p)))
