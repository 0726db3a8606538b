"""The wheel has the page in it and answers without the repository."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import sys, pathlib
import deployments, pipelines, recsys
from fastapi.testclient import TestClient
from deployments.config import AppConfig
from deployments.front import http_api
from deployments.gateway import Gateway

here = pathlib.Path(sys.argv[1])
assert all(here in pathlib.Path(one.__file__).parents for one in (deployments, pipelines, recsys))
gateway = Gateway(AppConfig(workspace=sys.argv[2], topology="fused", store_url="sqlite:///" + sys.argv[3]))
shop = TestClient(http_api(lambda: gateway))
for path in ("/", "/docs", "/web/app.js", "/web/style.css"):
    assert shop.get(path).status_code == 200, path
assert len(shop.post("/v1/recommend", json={"size": 4}).json()["items"]) == 4
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q", "-w", str(folder)]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    (wheel,) = folder.glob("vitrine-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_it_holds_the_packages_the_page_and_nothing_else(unpacked: Path) -> None:
    assert {path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")} == {
        "recsys",
        "pipelines",
        "deployments",
    }
    page = {path.name for path in (ROOT / "deployments" / "web").iterdir()}
    assert {path.name for path in (unpacked / "deployments" / "web").iterdir()} == page
    assert (unpacked / "deployments" / "serve.yaml").is_file()
    presets = {path.name for path in (ROOT / "recsys/datasets/presets").glob("*.yaml")}
    assert {path.name for path in (unpacked / "recsys/datasets/presets").glob("*.yaml")} == presets != set()
    assert not list(unpacked.rglob("__pycache__"))


@pytest.mark.ray
def test_it_answers_where_the_repository_is_not(unpacked: Path, small_shop: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(unpacked)}  # before the editable install of the repository
    command = [sys.executable, "-c", SCRIPT, str(unpacked), str(small_shop), str(tmp_path / "store.sqlite")]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    command = [sys.executable, "-m", "pipelines", "build", "--help"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "simulate.num_items" in done.stdout
