"""`serve deploy`, `serve status` and `serve run`, typed as the README says, on a cluster of their own."""

from __future__ import annotations

import copy
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from tests.deployments.applications import Deployed, put
from tests.deployments.head import BIN, ROOT, Head
from tests.pace import until

STAGES = {"Gateway", "Recall", "Ranking", "AdPlacement"}

pytestmark = pytest.mark.ray


def test_serve_deploy_takes_the_file_and_serve_status_shows_four_deployments(deployed: Deployed) -> None:
    until(lambda: deployed.head.deployments() == dict.fromkeys(STAGES, "HEALTHY"), 90)
    slate = httpx.post(f"{deployed.door}/v1/recommend", json={"size": 5}, timeout=20).json()
    assert len(slate["items"]) == 5 and slate["degraded"] == []


@pytest.mark.long
def test_a_wrong_setting_is_named_and_leaves_the_old_application_answering(deployed: Deployed) -> None:
    right = copy.deepcopy(deployed.config)
    wrong = copy.deepcopy(deployed.config)
    wrong["applications"][0]["args"]["topolgy"] = "split"
    try:
        put(deployed, wrong)
        until(lambda: "topolgy" in deployed.head.run("serve", "status", "--address", deployed.head.dashboard), 60)
        slate = httpx.post(f"{deployed.door}/v1/recommend", json={"size": 5}, timeout=20).json()
        assert len(slate["items"]) == 5
    finally:
        put(deployed, right)
    until(lambda: deployed.head.deployments() == dict.fromkeys(STAGES, "HEALTHY"), 90)


@pytest.mark.ends_serve
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
