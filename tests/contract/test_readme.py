"""Every command of the README is known here, and run on a small world by the test that is named beside it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.__main__ import VERBS, main

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
README = (ROOT / "README.md").read_text("utf-8")

ELSEWHERE = {
    "make demo": "tests/e2e/test_demo.py",
    "make test": "what runs this",
    "make evaluate": "test_make_evaluate_is_the_build_with_a_folder_for_the_report",
    "make bench-recall": "tests/e2e/test_benchmarks.py",
    "make bench-search": "tests/e2e/test_benchmarks.py",
    "make bench-serving": "tests/e2e/test_benchmarks.py",
    "serve run": "tests/deployments/test_serve_commands.py",
    "serve deploy": "tests/deployments/test_serve_commands.py",
    "serve status": "tests/deployments/test_serve_commands.py",
    "ray up": "tests/contract/test_cluster.py",
    "ray get-auth-token": "test_ray_knows_the_command_that_makes_a_token",
    "python -m pipelines": "test_pipelines_commands",
}
"""First words of a command -> where it is run."""
COMMAND = re.compile(r"^(make|serve|ray|python|curl|pip|git|export|\(umask)\b")


def commands() -> list[str]:
    """Lines of code blocks and inline code that are commands, comments cut off."""
    blocks = re.findall(r"```(?:sh|bash)?\n(.*?)```", README, re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", README, flags=re.DOTALL))
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()] + inline
    return [line for line in lines if COMMAND.match(line)]


def test_there_is_no_command_that_no_test_runs() -> None:
    found = commands()
    assert len(found) > 8
    for command in found:
        assert any(words in command for words in ELSEWHERE) or command.startswith("export RAY_AUTH_MODE"), command
    for place in ELSEWHERE.values():
        if place.endswith(".py"):
            assert (ROOT / place).is_file(), place


@pytest.mark.parametrize("command", [one for one in commands() if one.startswith("python -m pipelines")])
def test_pipelines_commands(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = shlex.split(command)[3:]
    for verb in VERBS if "VERB" in arguments else [arguments[0]]:
        with pytest.raises(SystemExit) as ended:
            main([verb, "--help"])
        assert ended.value.code == 0
        known = capsys.readouterr().out
        for option in arguments[1:]:
            if option.startswith("--"):
                assert option in known, f"{verb} has no {option}"


@pytest.mark.parametrize("target", sorted({one.split()[1] for one in commands() if one.startswith("make ")}))
def test_make_targets_exist_and_are_explained(target: str) -> None:
    help_text = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert re.search(rf"^{target}\s", help_text, re.MULTILINE), target
    done = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_make_evaluate_is_the_build_with_a_folder_for_the_report() -> None:
    """The build itself, with this flag, is run by tests/e2e/test_margins.py and test_real_data.py."""
    command = ["make", "-n", "evaluate", "DATA=some/folder of/mine/", "OUT=out"]
    lines = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert '-m pipelines build --workspace "var/mine" --out "out" --data "some/folder of/mine/"' in lines


def test_ray_knows_the_command_that_makes_a_token() -> None:
    command = [str(BIN / "ray"), "get-auth-token", "--help"]
    assert "--generate" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
