"""Steps that are killed or interrupted leave the old artifact or the new one, and nothing else that matters."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import ray

from pipelines import clean
from pipelines.clean import CleanConfig
from pipelines.running.job import Job
from recsys.artifacts import Workspace
from recsys.changes import NO_CHANGES
from tests.processes import processes_of

pytestmark = pytest.mark.ray


def start(workspace: Path, data: Path, num_parts: int, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "pipelines", "clean", "--workspace", str(workspace), "--data", str(data)]
    return subprocess.Popen(
        [*command, f"num_parts={num_parts}", *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_kill_9_leaves_the_old_artifact_or_the_new_one(eight_files: Path, tmp_path: Path, job: Job) -> None:
    workspace = Workspace(tmp_path)
    old = clean.run(workspace, CleanConfig(data=eight_files, num_parts=1), job).key
    new = clean.recipe({}, CleanConfig(data=eight_files, num_parts=2), NO_CHANGES).key
    address = str(ray.get_runtime_context().gcs_address)
    moments = random.Random(7)  # seconds after the first file of the new artifact, or the end
    for _ in range(3):
        process = start(tmp_path, eight_files, 2, "--address", address)
        while process.poll() is None and not list((tmp_path / "clean").glob(".*/scratch/shards")):
            time.sleep(0.02)
        time.sleep(moments.uniform(0.0, 1.5))
        process.kill()
        process.wait()
        assert workspace.current("clean").key in {old, new}
        assert {path.name for path in (tmp_path / "clean").glob("[!.]*")} <= {old, new, "current"}
    again = clean.run(workspace, CleanConfig(data=eight_files, num_parts=2), job)
    assert again.key == new == workspace.current("clean").key


def test_an_interrupt_ends_everything_it_started(eight_files: Path, tmp_path: Path) -> None:
    process = start(tmp_path, eight_files, 3)
    while process.poll() is None and not list((tmp_path / "clean").glob(".*/scratch/shards")):
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in errors
    assert "Traceback" not in errors
    assert not list((tmp_path / "clean").glob("*"))
    assert not processes_of(process.pid)
    assert not list(Path(tempfile.gettempdir()).glob(f"vitrine-{process.pid}-*"))
