"""Every command of the pages is known here, and run on a small world by the test that is named beside it; every key,
flag and variable that they show is one that the command takes."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
import sys
from contextlib import redirect_stdout
from functools import cache
from pathlib import Path

import pytest
import yaml
from ray.scripts.scripts import cli as ray_cli
from ray.serve.scripts import cli as serve_cli

from deployments.config import AppConfig
from pipelines.__main__ import config_of, main
from pipelines.plan import PLAN
from recsys.config import MachineSettings
from recsys.errors import WrongConfig

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PAGES = ("README.md", "CONTRIBUTING.md", "docs/*.md", "*/README.md", "benchmarks/RESULTS.md")
PATHS = [path for page in PAGES for path in sorted(ROOT.glob(page))]
TEXT = "\n".join(path.read_text("utf-8") for path in PATHS)

ELSEWHERE = {
    "make install": ".ci/run",
    "make demo": "tests/e2e/test_demo.py",
    "make check": "what `make test` begins with",
    "make test": "what runs this",
    "make evaluate": "test_make_evaluate_is_the_build_with_a_folder_for_the_report",
    "make bench-relevance": "tests/e2e/test_benchmarks.py",
    "make bench-search": "tests/e2e/test_benchmarks.py",
    "make bench-serving": "tests/e2e/test_benchmarks.py",
    "serve run": "tests/deployments/test_serve_commands.py",
    "serve deploy": "tests/deployments/test_serve_commands.py",
    "serve status": "tests/deployments/test_serve_commands.py",
    "serve shutdown": "tests/deployments/conftest.py",
    "ray start": "tests/deployments/head.py",
    "ray stop": "ends every Ray of a machine: no test types it",
    "ray up": "tests/contract/test_cluster.py",
    "ray get-auth-token": "test_ray_knows_the_command_that_makes_a_token",
    "python -m pipelines": "test_pipelines_commands",
    "python -m tests.contract.test_openapi": "tests/contract/test_openapi.py",
    "python -m tests.contract.test_door_table": "tests/contract/test_door_table.py",
    ".venv/bin/python -m pytest": "what runs this",
    "curl": "tests/e2e/test_your_shop.py",
    "export RAY_AUTH_MODE": "tests/deployments/head.py",
}
"""First words of a command -> where it is run."""
COMMAND = re.compile(r"^(make|serve|ray|python|\.venv/bin/python|curl|pip|git|export|\(umask)(?= )")
PLACEHOLDER = re.compile(r"|[A-Z_]+|n|\.\.\.")
"""A value in whose place the reader's comes."""


def spans() -> list[str]:
    """Lines of code blocks, and inline code."""
    fenced = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
    blocks = [block for language, block in fenced.findall(TEXT) if language in ("", "sh", "bash")]
    inline = re.findall(r"`([^`]+)`", fenced.sub("", TEXT))
    return [line.strip() for block in blocks for line in block.splitlines()] + [" ".join(one.split()) for one in inline]


def commands(program: str = "") -> list[str]:
    """Those that begin like this, comments cut off."""
    lines = {line.split("  #")[0].strip() for line in spans()}
    return sorted(line for line in lines if COMMAND.match(line) and line.startswith(program))


def of_verbs() -> list[str]:
    """From the verb on: of whole commands, and of such as `release rollback=true`."""
    whole = [command.removeprefix("python -m pipelines ") for command in commands("python -m pipelines ")]
    short = [
        one for one in spans() if one.split(" ")[0] in PLAN and re.fullmatch(r"\w+( (--[a-z-]+|\w[\w.]*=\S*))+", one)
    ]
    return sorted({*whole, *short})


def test_the_tree_is_what_is_there() -> None:
    """A line for each file and folder of the three packages, and for each folder beside them."""
    tree = re.search(r"```\n(recsys/ .*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    assert tree
    shown, package = set(), ""
    for line in tree[1].splitlines():
        name = line.split()[0]
        package = "" if not line.startswith(" ") else package
        shown.add(package + name)
        package = name if not line.startswith(" ") else package
    there = {
        f"{package}/{path.name}{'/' * path.is_dir()}"
        for package in ("recsys", "pipelines", "deployments")
        for path in (ROOT / package).iterdir()
        if path.name not in ("__init__.py", "__pycache__", "README.md")
    }
    assert {name for name in shown if name.count("/") > name.endswith("/")} == there
    assert all((ROOT / name).exists() for name in shown)


@pytest.mark.parametrize("page", PATHS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_page_leads_to_is_there(page: Path) -> None:
    """Every link, from the folder of its page; and every place that the page names which says where things go."""
    text = page.read_text("utf-8")
    links = re.findall(r"\]\((?!http)([^)#]+)\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []
    if page.name == "how-to-add.md":
        named = re.findall(r"`((?:recsys|pipelines|deployments|benchmarks|tests|docs)/[\w./-]*)`", text)
        assert [name for name in named if "NAME" not in name and not (ROOT / name).exists()] == []


def test_there_is_no_command_that_no_test_runs() -> None:
    found = commands()
    assert len(found) > 20
    for command in found:
        assert any(words in command for words in ELSEWHERE), command
    for place in ELSEWHERE.values():
        if place.endswith(".py"):
            assert (ROOT / place).is_file(), place


@pytest.mark.parametrize("words", of_verbs())
def test_pipelines_commands(words: str) -> None:
    """Every flag and key is one of that verb, and every value is taken, unless it is a placeholder."""
    verb, *given = shlex.split(words.replace("[", "").replace("]", ""))
    for name in PLAN if verb == "VERB" else [verb]:
        known = dict(re.findall(r"^  (\S+?)=(.*)", help_of(name), re.MULTILINE))
        for word in given:
            key, equals, value = word.partition("=")
            if word.startswith("--"):
                assert key in help_of(name) or words == "evaluate --online", f"{name} has no {word}"
            elif equals and key != "key":
                assert key in known, f"{name} has no setting {key}"
                if not PLACEHOLDER.fullmatch(value):
                    config_of(name).parse({}).updated({key: yaml.safe_load(value)})


@cache
def help_of(verb: str) -> str:
    said = io.StringIO()
    with redirect_stdout(said), pytest.raises(SystemExit) as ended:
        main([verb, "--help"])
    assert ended.value.code == 0
    return said.getvalue()


def test_a_key_that_a_verb_does_not_have_would_be_seen() -> None:
    with pytest.raises(AssertionError, match="release has no setting rolback"):
        test_pipelines_commands("release rolback=true")
    with pytest.raises(WrongConfig, match="rollback"):
        test_pipelines_commands("release rollback=perhaps")


@pytest.mark.parametrize("command", commands("serve run deployments"))
def test_serve_run_takes_the_settings_that_are_shown(command: str) -> None:
    pairs = dict(word.split("=", 1) for word in shlex.split(command)[3:])
    assert pairs and AppConfig.parse(pairs)


@pytest.mark.parametrize("command", commands("serve ") + commands("ray "))
def test_options_of_serve_and_ray_are_theirs(command: str) -> None:
    program, verb, *words = shlex.split(command)
    known = (serve_cli if program == "serve" else ray_cli).commands[verb]
    options = {name for parameter in known.params for name in parameter.opts}
    assert {word.partition("=")[0] for word in words if word.startswith("-")} <= options


@pytest.mark.parametrize("line", sorted({line for line in spans() if re.match(r"make .*\b[A-Z]+=", line)}))
def test_make_hands_on_what_it_is_given(line: str) -> None:
    """Also in the remark behind a command: each variable is the Makefile's, and reaches a command of that target."""
    values = {name: f"{number}9" for number, name in enumerate(re.findall(r"\b([A-Z]+)=", line), 1)}
    command = ["make", "-n", line.split()[1], *(f"{name}={value}" for name, value in values.items())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert all(re.search(rf"\b{value}\b", done) for value in values.values()), done


def test_variables_of_the_environment_are_read() -> None:
    named = set(re.findall(r"\bVITRINE_([A-Z_]+)", TEXT + (ROOT / "cluster.yaml").read_text("utf-8")))
    assert {name.lower() for name in named} <= set(MachineSettings.model_fields)


@pytest.mark.parametrize("target", sorted({one.split()[1] for one in commands("make ")}))
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
