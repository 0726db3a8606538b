"""The benchmarks run on a small world and write their table as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]


def run(script: str, out: Path, *options: str) -> dict[str, Any]:
    command = [sys.executable, f"benchmarks/{script}", *options, "--out", str(out)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    figures: dict[str, Any] = json.loads(out.read_text())
    return figures


def test_recall_quality(tmp_path: Path) -> None:
    rng, folder = np.random.default_rng(0), tmp_path / "data"
    folder.mkdir()
    starts = rng.integers(0, 60, 150)
    walks = [" ".join(f"{(start + step) % 60 + 1}" for step in range(6)) for start in starts]
    (folder / "walks.txt").write_text("".join(f"u{user} {walk}\n" for user, walk in enumerate(walks)))
    titles = "".join(f"{item}\tthing {item % 7} of {item % 5}\n" for item in range(1, 61))
    (folder / "items.tsv").write_text("item_id\ttitle\n" + titles)
    (tmp_path / "quick.json").write_text(json.dumps({"sequence": {"epochs": 2, "width": 16}}))
    figures = run("recall_quality.py", tmp_path / "out.json", str(folder), "--config", str(tmp_path / "quick.json"))
    assert "covisit" in json.dumps(figures) and "sequence" in json.dumps(figures)


@pytest.mark.long
def test_search_quality(tmp_path: Path) -> None:
    (tmp_path / "quick.json").write_text(json.dumps({"epochs": 1, "finetune_epochs": 1}))
    options = ("--queries", "20", "--config", str(tmp_path / "quick.json"))
    assert "BM25" in json.dumps(run("search_quality.py", tmp_path / "out.json", *options))
