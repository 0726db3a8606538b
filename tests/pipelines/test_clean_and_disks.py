"""`clean` on disks and folders that are not as they should be: one line each, and nothing half-written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import ray

from pipelines import clean
from pipelines.clean import CleanConfig
from pipelines.running.job import Job
from pipelines.running.session import Session
from recsys.artifacts import Workspace
from recsys.errors import Unavailable
from tests.disks import fill, make_read_only, mounted

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("ray_session")]
MAPPING = "items: {files: '*.csv', columns: {item_id: sku, title: name}}\n"


def shop(folder: Path, num_items: int) -> Path:
    folder.mkdir()
    rows = "".join(f"A{number},Mug of colour {number}\n" for number in range(num_items))
    (folder / "goods.csv").write_text(f"sku,name\n{rows}")
    (folder / "mapping.yaml").write_text(MAPPING)
    return folder


def typed(data: Path, workspace: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipelines", "clean", "--data", str(data), "--workspace", str(workspace)]
    command += ["--address", ray.get_runtime_context().gcs_address]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


class Meddling(Job):
    """A job beside which somebody writes to the data."""

    def __init__(self, session: Session, meddle: Callable[[], object]) -> None:
        super().__init__(session)
        self._meddle = meddle

    def task(self, label: str, work: Callable[..., Mapping[str, Any]], *args: Any) -> dict[str, Any]:
        done = super().task(label, work, *args)
        self._meddle()
        return done


def test_a_file_that_changes_while_it_is_read_makes_no_artifact(tmp_path: Path, ray_session: Session) -> None:
    data, workspace = shop(tmp_path / "data", 3), Workspace(tmp_path / "shop")
    more = Meddling(ray_session, lambda: (data / "goods.csv").open("a").write("Z,Late\n"))
    with pytest.raises(Unavailable, match=r"files that stay as they are while they are read.*Run it again"):
        clean.run(workspace, CleanConfig(data=data), more)
    another = Meddling(ray_session, lambda: (data / "further.csv").write_text("sku,name\nB,Bow\n"))
    with pytest.raises(Unavailable, match="files that stay as they are"):
        clean.run(workspace, CleanConfig(data=data), another)
    assert not files(workspace.root)
    same = Meddling(ray_session, lambda: os.utime(data / "goods.csv"))
    kept = clean.run(workspace, CleanConfig(data=data), same).manifest.metrics["tables"]["items"]["kept"]
    assert kept == 5


def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path: Path) -> None:
    data = shop(tmp_path / "data", 20_000)
    with mounted(tmp_path / "disk", 16) as disk:
        ballast = fill(disk, 16 * 1024)
        done = typed(data, disk / "shop")
        assert done.returncode == 2 and "No space left on device" in done.stderr
        assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1, done.stderr
        assert files(disk) == ["ballast"]
        ballast.unlink()
        assert typed(data, disk / "shop").returncode == 0


def test_data_may_lie_where_nobody_writes_and_a_workspace_may_not(tmp_path: Path) -> None:
    with mounted(tmp_path / "disk", 4) as disk:
        data = shop(disk / "data", 3)
        make_read_only(disk)
        assert typed(data, tmp_path / "shop").returncode == 0
        done = typed(data, disk / "shop")
        assert done.returncode == 2 and done.stderr.count("\n") == 1, done.stderr
        assert done.stderr.startswith(f"error: --workspace: {disk}: wanted a folder that can be written to")
