"""The cluster file: what Ray checks offline, and what Ray does not check."""

from __future__ import annotations

import copy
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.autoscaler._private.util import prepare_config, validate_config
from ray.scripts.scripts import start

ROOT = Path(__file__).resolve().parents[2]

PROVIDER_KEYS: dict[str, type | tuple[type, ...]] = {
    "type": str,
    "region": str,
    "availability_zone": str,
    "use_internal_ips": bool,
    "cache_stopped_nodes": bool,
    "security_group": dict,
}
"""Ray takes any key under `provider`, so a typing mistake would pass; these are the AWS ones that we mean."""


@pytest.fixture
def cluster() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "cluster.yaml").read_text("utf-8"))
    return loaded


@pytest.fixture
def prepared(cluster: dict[str, Any]) -> dict[str, Any]:
    """As Ray would use it, defaults filled in."""
    filled: dict[str, Any] = prepare_config(copy.deepcopy(cluster))
    return filled


def starts(config: dict[str, Any]) -> list[str]:
    commands = [*config["head_start_ray_commands"], *config["worker_start_ray_commands"]]
    return [command for command in commands if "ray start" in command]


def every_command(config: dict[str, Any]) -> list[str]:
    lists = [value for key, value in config.items() if key.endswith("_commands")]
    return [command for commands in lists for command in commands]


def test_ray_accepts_it(prepared: dict[str, Any]) -> None:
    validate_config(prepared)


@pytest.mark.parametrize("mistake", [{"head_nod": {}}, {"head_node_type": "none"}, {"max_workers": "many"}])
def test_and_would_refuse_mistakes(cluster: dict[str, Any], mistake: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=next(iter(mistake)) + "|none|many"):
        validate_config(prepare_config({**cluster, **mistake}))


def test_provider_settings_are_known_and_typed(cluster: dict[str, Any]) -> None:
    for key, value in cluster["provider"].items():
        assert key in PROVIDER_KEYS, f"provider.{key} is not a setting of Ray's AWS provider that we know"
        assert isinstance(value, PROVIDER_KEYS[key]), f"provider.{key}"


def test_no_port_is_opened(prepared: dict[str, Any]) -> None:
    assert prepared["provider"]["security_group"]["IpPermissions"] == []
    assert not any("SecurityGroupIds" in kind["node_config"] for kind in prepared["available_node_types"].values())
    for command in starts(prepared):
        assert "0.0.0.0" not in command
        assert "--node-ip-address" not in command
    assert "--dashboard-host=127.0.0.1" in starts(prepared)[0]


def test_every_node_asks_for_the_token_and_reports_nothing(prepared: dict[str, Any]) -> None:
    assert len(starts(prepared)) == 2, "one for the head, one for workers"
    for command in starts(prepared):
        environment = command[: command.index("ray start")]
        assert "RAY_AUTH_MODE=token" in environment
        assert "RAY_AUTH_TOKEN_PATH=$HOME/.ray/auth_token" in environment
        assert "RAY_USAGE_STATS_ENABLED=0" in environment


def test_the_token_reaches_the_nodes_for_its_owner_only(prepared: dict[str, Any], tmp_path: Path) -> None:
    assert prepared["file_mounts"]["~/.ray/auth_token"] == "~/.ray/auth_token"
    (tmp_path / ".ray").mkdir(mode=0o755)
    token = tmp_path / ".ray" / "auth_token"
    token.touch(mode=0o644)
    for command in prepared["initialization_commands"]:
        subprocess.run(["bash", "-ec", command], env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, check=True)
    assert stat.S_IMODE(token.stat().st_mode) == 0o600
    assert stat.S_IMODE(token.parent.stat().st_mode) == 0o700


def test_the_project_is_mounted_and_installed(prepared: dict[str, Any]) -> None:
    mounted = {Path(local).name for local in prepared["file_mounts"].values()}
    needed = {"recsys", "pipelines", "deployments", "pyproject.toml", "constraints.txt", "README.md", "LICENSE"}
    assert needed <= mounted
    assert all((ROOT / name).exists() for name in needed)
    assert not mounted & {"vitrine", ".venv", "var", ""}, "the folder as a whole would carry gigabytes, and secrets"
    install = [command for command in prepared["setup_commands"] if "pip install" in command]
    assert any("-c ~/vitrine/constraints.txt" in command and "$HOME/vitrine[$EXTRA]" in command for command in install)


def test_gpus_are_started_only_when_asked_for(prepared: dict[str, Any]) -> None:
    kinds = prepared["available_node_types"]
    assert prepared["head_node_type"] == "head"
    assert kinds["head"]["resources"]["CPU"] == 0
    assert kinds["gpu"]["min_workers"] == 0
    assert sum(kind["max_workers"] for name, kind in kinds.items() if name != "head") <= prepared["max_workers"]


def test_commands_are_bash_and_their_options_are_rays(prepared: dict[str, Any]) -> None:
    for command in every_command(prepared):
        subprocess.run(["bash", "-n", "-c", command], check=True)
    known = {option for parameter in start.params for option in parameter.opts}
    for command in starts(prepared):
        used = set(re.findall(r"--[a-z-]+", command[command.index("ray start") :]))
        assert used <= known
