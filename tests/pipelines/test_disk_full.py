"""A disk that is full while a release is made: the old one stays, nothing half-made does, and the error says why."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from pipelines.releasing.history import live_key
from recsys.artifacts import Workspace
from recsys.release import Release
from tests.disks import fill, mounted
from tests.serving import serving

pytestmark = pytest.mark.ray
LEFT_BYTES = 24 * 1024


@pytest.fixture
def small_disk(small_shop: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of the shop on a file system of its own with room for little more."""
    with mounted(tmp_path / "disk", 256) as disk:
        shutil.copytree(small_shop, disk / "shop")
        yield disk


def release(workspace: Path, *settings: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipelines", "release", "--workspace", str(workspace), *settings]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_the_old_release_stays_and_answers_and_the_next_try_succeeds(small_disk: Path, tmp_path: Path) -> None:
    shop = small_disk / "shop"
    live, before = live_key(Workspace(shop)), files(shop)
    ballast = fill(small_disk, LEFT_BYTES)
    answered: Counter[tuple[int, str]] = Counter()
    with serving(shop, tmp_path / "store.sqlite") as served, ThreadPoolExecutor(1) as pool:
        releasing = pool.submit(release, shop, "name=Another shop")
        while not releasing.done():
            answer = httpx.post(f"{served.url}/v1/recommend", json={"size": 5}, timeout=20)
            answered[answer.status_code, answer.json()["release"]] += 1
            time.sleep(0.05)
        failed = releasing.result()
    assert set(answered) == {(200, live)} and answered.total() >= 10, dict(answered)
    assert failed.returncode == 2, failed.stderr
    assert "error: " in failed.stderr and "No space left on device" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert files(shop) == before and live_key(Workspace(shop)) == live
    assert len(Release.open(Workspace(shop)).catalogue) > 0
    ballast.unlink()
    done = release(shop, "name=Another shop")
    assert done.returncode == 0, done.stderr
    assert live_key(Workspace(shop)) not in (None, live)
