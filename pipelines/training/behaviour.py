"""What the sequence model learns from, read from the files that a split left."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.running.parts import read_parts
from recsys.features.catalogue import Catalogue
from recsys.features.sequences import HeldOut, Sequences, held_out
from recsys.splits import TRAIN, VALID


class Behaviour(NamedTuple):
    """What the sequence model learns from, and what judges it."""

    catalogue: Catalogue
    train: Sequences
    valid: HeldOut


def read_behaviour(items: Path, split: Path) -> Behaviour:
    """The catalogue, the training fold, and held-out steps to judge by."""
    catalogue = Catalogue.from_table(pq.read_table(items))
    steps = read_parts(split / "steps")
    train = Sequences.from_steps(steps.filter(pc.equal(steps["fold"], TRAIN)), len(catalogue))
    return Behaviour(catalogue, train, held_out(steps, VALID, len(catalogue)))
