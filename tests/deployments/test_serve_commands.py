"""`serve deploy`, `serve status` and `serve run`, typed as the README says, on a cluster of their own."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import yaml

from tests.deployments.head import BIN, ROOT, Head, answers, free_port, start_head, until

STAGES = {"Gateway", "Recall", "Ranking", "AdPlacement"}

pytestmark = pytest.mark.ray


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Head]:
    with start_head(tmp_path_factory.mktemp("r")) as started:
        yield started


def test_serve_deploy_takes_the_file_and_serve_status_shows_four_deployments(
    head: Head, small_shop: Path, tmp_path: Path
) -> None:
    config = yaml.safe_load((ROOT / "deployments" / "serve.yaml").read_text())
    config["http_options"]["port"] = port = free_port()
    config["applications"][0]["args"] |= {
        "workspace": str(small_shop),
        "store_url": f"sqlite:///{tmp_path / 'store.sqlite'}",
    }
    (tmp_path / "serve.yaml").write_text(yaml.safe_dump(config))
    head.run("serve", "deploy", str(tmp_path / "serve.yaml"), "--address", head.dashboard)
    until(lambda: head.deployments() == dict.fromkeys(STAGES, "HEALTHY"), 90)
    address = f"http://127.0.0.1:{port}"
    until(lambda: answers(f"{address}/readyz"), 30)
    slate = httpx.post(f"{address}/v1/recommend", json={"size": 5}, timeout=20).json()
    assert len(slate["items"]) == 5 and slate["degraded"] == []


@pytest.mark.long
def test_a_wrong_setting_is_named_and_leaves_the_old_application_answering(
    head: Head, small_shop: Path, tmp_path: Path
) -> None:
    config = yaml.safe_load((ROOT / "deployments" / "serve.yaml").read_text())
    config["http_options"]["port"] = port = free_port()
    store = f"sqlite:///{tmp_path / 'store.sqlite'}"
    config["applications"][0]["args"] |= {"workspace": str(small_shop), "store_url": store}
    (tmp_path / "serve.yaml").write_text(yaml.safe_dump(config))
    head.run("serve", "deploy", str(tmp_path / "serve.yaml"), "--address", head.dashboard)
    until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), 90)
    config["applications"][0]["args"] = {"workspace": str(small_shop), "topolgy": "split"}
    (tmp_path / "serve.yaml").write_text(yaml.safe_dump(config))
    head.run("serve", "deploy", str(tmp_path / "serve.yaml"), "--address", head.dashboard)
    until(lambda: "topolgy" in head.run("serve", "status", "--address", head.dashboard), 60)
    slate = httpx.post(f"http://127.0.0.1:{port}/v1/recommend", json={"size": 5}, timeout=20).json()
    assert len(slate["items"]) == 5


def test_serve_run_takes_settings_as_key_value(head: Head, small_shop: Path, tmp_path: Path) -> None:
    command = [
        str(BIN / "serve"),
        "run",
        "deployments.app:build_app",
        f"workspace={small_shop}",
        "topology=fused",
        f"store_url=sqlite:///{tmp_path / 'store.sqlite'}",
        "--name",
        "typed",
        "--route-prefix",
        "/typed",
        "--address",
        head.gcs,
    ]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=dict(head.environment), stdout=log, stderr=log)
        try:
            until(lambda: "Application 'typed' is ready" in (tmp_path / "log").read_text(), 60)
            assert head.deployments()["Gateway"] == "HEALTHY"
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 0
