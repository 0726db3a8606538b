"""What is in an artifact's name: a copied source tree is changed, and what should keep its key keeps it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

import recsys
from pipelines.__main__ import config_of, verb
from pipelines.plan import PLAN
from recsys.artifacts import Artifact, Manifest
from recsys.config import Config

SOURCES = Path(recsys.__path__[0]).parent
PLAIN = (*(name for name in PLAN if not hasattr(verb(name), "run")), "tune", "evaluate")
"""Verbs whose recipe needs nothing but artifacts and settings."""
PRINT_KEYS = """
import json, sys
from tests.contract.test_keys import PLAIN, key_of
print(json.dumps({name: key_of(name) for name in PLAIN}))
"""


def key_of(name: str, config: Config | None = None) -> str:
    """Key of what a verb makes of artifacts that are always the same."""
    inputs = {kind: Artifact(Path(kind), Manifest(kind, f"a-{kind}", {}, {}, {}, "")) for kind in PLAN[name].needs}
    key: str = verb(name).recipe(inputs, config or config_of(name).parse({})).key
    return key


@cache
def now() -> Mapping[str, str]:
    return {name: key_of(name) for name in PLAIN}


def changed(tmp_path: Path, *files: str) -> set[str]:
    """Verbs whose artifact has another key where something was added to these files."""
    for package in ("recsys", "pipelines", "tests"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(SOURCES / package, tmp_path / package, ignore=ignored, dirs_exist_ok=True)
    for file in files:
        assert (tmp_path / file).is_file(), file
        with (tmp_path / file).open("a") as source:
            source.write("\nADDED = 1\n")
    done = subprocess.run(
        [sys.executable, "-c", PRINT_KEYS],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    return {name for name, key in json.loads(done.stdout).items() if key != now()[name]}


def test_a_table_a_bar_and_an_auction_rule_train_nothing_again(tmp_path: Path) -> None:
    running = [f"pipelines/running/{path.name}" for path in (SOURCES / "pipelines" / "running").glob("*.py")]
    stores = [f"recsys/stores/{path.name}" for path in (SOURCES / "recsys" / "stores").glob("*.py")]
    machinery = ("pipelines/plan.py", "recsys/artifacts.py", "recsys/config.py", "recsys/errors.py")
    assert "pipelines/running/job.py" in running and "recsys/stores/tables.py" in stores
    assert set(PLAIN) > {"pretrain", "finetune", "embed", "build_index", "train_recall", "train_ranker", "tune"}
    of_ads = ("recsys/ads/auction.py", "recsys/ads/stage.py", "recsys/campaigns.py")
    again = changed(tmp_path, *running, *stores, *machinery, *of_ads, "recsys/records.py")
    assert again == {"evaluate"}, "the report alone plays the whole shop, ads and all"


@pytest.mark.parametrize(
    ("file", "again"),
    [
        ("recsys/models/text/encoder.py", {"pretrain", "finetune", "embed", "train_ranker", "evaluate"}),
        ("recsys/recall/fitting.py", {"train_recall", "tune"}),
        ("recsys/models/clicks/ranker.py", {"train_ranker", "evaluate"}),
        ("pipelines/split.py", {"split"}),
    ],
)
def test_what_decides_a_model_is_in_its_key(tmp_path: Path, file: str, again: set[str]) -> None:
    assert changed(tmp_path, file) == again


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("pretrain", "num_threads"),
        ("finetune", "num_threads"),
        ("finetune", "checkpoint_s"),
        ("embed", "num_parts"),
        ("train_recall", "workers"),
        ("train_recall", "sequence.num_threads"),
        ("train_recall", "sequence.checkpoint_s"),
        ("train_ranker", "trees.num_threads"),
        ("tune", "concurrent"),
        ("tune", "base.sequence.num_threads"),
        ("evaluate", "num_parts"),
    ],
)
def test_how_work_is_done_is_in_no_key(name: str, how: str) -> None:
    config = config_of(name).parse({}).updated({how: 7})
    assert key_of(name, config) == now()[name]
    settings = config.decisive()
    for part in how.split("."):
        assert isinstance(settings, dict)
        settings = settings.get(part, {})
    assert settings == {}, "the manifest does not claim it either"


def test_settings_that_decide_are_in_the_key() -> None:
    for name, setting in (("pretrain", "width"), ("finetune", "epochs"), ("train_recall", "sequence.width")):
        assert key_of(name, config_of(name).parse({}).updated({setting: 32})) != now()[name]
