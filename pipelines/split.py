"""split: a fold for every step, pair and slate, without leakage.

Wall clocks are cut by time, the same three moments for all tables; ordinal clocks leave one out. `learn`
gives two moments: train ends where it did before, the newest steps are the test, and between the two users belong to
rank or valid: cut by time alone, the newest days would be learned from only when they are old. A slate goes by the
time its last outcome was known, so nothing in a fold was learned after the fold's end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import Field, field_validator, model_validator

from pipelines.running.code_version import code_version
from pipelines.running.job import Job
from pipelines.running.lineage import Inputs, keys
from pipelines.running.parts import part_files
from recsys.artifacts import Recipe
from recsys.config import Config
from recsys.errors import WrongConfig
from recsys.features.folds import fold_by_time, fold_by_user_after, leave_last_out
from recsys.schema import LAST_S, clock_of
from recsys.splits import FOLDS, SHARES, sample_times, time_cuts

Folding = Callable[..., dict[str, pa.Table]]
"""(steps, pairs, slates) of a part -> the same with a fold a row."""


class SplitConfig(Config):
    """Settings of `split`."""

    by: Literal["auto", "time", "leave_one_out", "moments"] = "auto"
    """auto: by time for wall clocks, leave one out for ordinal ones. moments: what `learn` uses."""
    shares: tuple[float, float, float] = SHARES
    """Of the steps for train, rank and valid; the rest is test (by time only)."""

    train_until_s: float | None = None
    """Last second of train (moments only)."""
    test_after_s: float | None = None
    """Last second before test (moments only); without it there is no test."""
    valid_share: float = Field(0.25, gt=0, lt=1)
    """Of the users after train, for valid; the others are for rank (moments only)."""

    @model_validator(mode="after")
    def _decides(self) -> SplitConfig:
        """No setting that the way of folding does not read."""
        if self.by != "moments" and (self.train_until_s, self.test_after_s) != (None, None):
            raise ValueError("train_until_s and test_after_s with by=moments alone")
        if self.by in ("moments", "leave_one_out") and self.shares != SHARES:
            raise ValueError(f"no shares with by={self.by}")
        return self

    @field_validator("shares")
    @classmethod
    def _leave_a_rest(cls, shares: tuple[float, float, float]) -> tuple[float, float, float]:
        if min(shares) < 0 or shares[0] == 0 or sum(shares) >= 1:
            raise ValueError("three shares from 0, some for train, that leave a rest for test")
        return shares


def recipe(inputs: Inputs, config: SplitConfig) -> Recipe:
    return Recipe("split", config.decisive(), code_version(__name__), parents=keys(inputs))


def fill(inputs: Inputs, config: SplitConfig, job: Job, folder: Path) -> Mapping[str, Any]:
    features = inputs["features"].path
    files = part_files(features / "steps")
    clock = clock_of(pq.read_schema(files[0]))
    by = config.by if config.by != "auto" else "leave_one_out" if clock == "ordinal" else "time"
    fold, cuts = _folding(files, config, by, job)
    for name in ("steps", "pairs", "slates"):
        (folder / name).mkdir()
    rows = job.files("split", files, partial(_split, features, folder, fold))
    counts = {
        name: dict(zip(FOLDS, np.sum([row[name] for row in rows], axis=0).tolist(), strict=True))
        for name in ("steps", "pairs", "slates")
    }
    return {"by": by, "clock": clock, "cuts_s": cuts, **counts}


def _folding(files: Sequence[Path], config: SplitConfig, by: str, job: Job) -> tuple[Folding, list[float] | None]:
    """The function that folds the tables of a part, and its moments: last seconds of train, of rank and of valid."""
    if by == "leave_one_out":
        return leave_last_out, None
    if by == "moments":
        if config.train_until_s is None:
            raise WrongConfig("train_until_s", "the last second of train, for by=moments")
        train, test = config.train_until_s, LAST_S if config.test_after_s is None else config.test_after_s
        kernel = partial(fold_by_user_after, train_until_s=train, test_after_s=test, valid_share=config.valid_share)
        return kernel, [train, test, test]
    samples = job.files("split: times", files, _sample)
    cuts = time_cuts([row["sample"] for row in samples], [row["count"] for row in samples], config.shares)
    return partial(fold_by_time, cuts=cuts), cuts.tolist() if np.isfinite(cuts).all() else None


def _sample(path: Path, part: int) -> Mapping[str, Any]:
    at_s = pq.read_table(path, columns=["at_s"])["at_s"].to_numpy()
    return {"sample": sample_times(at_s).tolist(), "count": len(at_s)}


def _split(features: Path, folder: Path, fold: Folding, path: Path, part: int) -> Mapping[str, Any]:
    """The three tables of some users."""
    tables = {name: pq.read_table(features / name / path.name) for name in ("steps", "pairs", "slates")}
    counts = {}
    for name, table in fold(**tables).items():
        pq.write_table(table, folder / name / path.name)
        counts[name] = _per_fold(table)
    return counts


def _per_fold(table: pa.Table) -> list[int]:
    return np.bincount(table["fold"].to_numpy(), minlength=len(FOLDS)).tolist()  # type: ignore[no-any-return]
