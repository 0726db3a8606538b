"""`python -m pipelines`: what it says, and how it says no."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import pipelines
from pipelines.__main__ import config_of, main, verb
from pipelines.plan import COURSES, MAKERS, PLAN, kind_of
from recsys.artifacts import Workspace


@pytest.mark.parametrize("name", PLAN)
def test_help_explains_every_setting(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.partition("settings (key=value):\n")[2].splitlines()
    described = dict(zip(lines[::2], lines[1::2], strict=True))
    assert len(described) >= len(config_of(name).model_fields)
    for setting, meaning in described.items():
        assert meaning.strip(), f"{setting} has no docstring"


def test_evaluate_online_is_the_daily_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--online", "--workspace", str(tmp_path), "window_s=60"]) == 0
    assert "online: the store has no events before this moment" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["clean", "--online"])


def test_settings_stand_before_between_and_after_options(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--workspace", str(tmp_path)]
    for given in (
        ["window_s=60", *at, "until=2026-01-02T00:00:00Z"],
        [*at, "window_s=60", "until=2026-01-02T00:00:00Z"],
        ["window_s=60", "until=2026-01-02T00:00:00Z", *at],
    ):
        assert main(["online", *given]) == 0
        assert "no events before this moment" in capsys.readouterr().err
    assert main(["online", "window_s=60", *at, "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err
    for wrong in ("--nonsense", "-x", "--nonsense=1"):
        with pytest.raises(SystemExit):
            main(["online", "window_s=60", *at, wrong])


def test_the_plan_holds() -> None:
    """What a verb needs, another one makes; building goes down the table; every verb can be run and set."""
    files = {path.stem for path in Path(pipelines.__path__[0]).glob("*.py")} - {"__init__", "__main__", "plan"}
    assert files == set(PLAN), "one file a verb"
    made: set[str] = set()
    for name, step in PLAN.items():
        module = verb(name)
        assert config_of(name)
        assert callable(getattr(module, "run", None)) or (callable(module.recipe) and callable(module.fill))
        assert set(step.needs) <= (made if step.when == "building" else set(MAKERS)), name
        made |= {step.makes} - {None}  # type: ignore[arg-type]
    assert len(MAKERS) == len([step for step in PLAN.values() if step.makes]), "one maker a kind"
    assert set(COURSES) < set(PLAN) and kind_of("sequence") == "recall" and kind_of("split") == "split"


def test_only_courses_import_verbs() -> None:
    """The contract of pyproject.toml names every verb that is no course."""
    contracts = tomllib.loads(Path("pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (alone,) = [one["modules"] for one in contracts if one["name"].startswith("A verb knows no other verb")]
    assert {name.removeprefix("pipelines.") for name in alone} == set(PLAN) - set(COURSES)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["split", "by=nothing"], "SplitConfig.by"),
        (["split", "unknown=1"], "SplitConfig.unknown"),
        (["split", "nonsense"], "key=value"),
        (["split", "by.deeper=1"], "by.deeper"),
        (["split", "--config", "absent.yaml"], "absent.yaml"),
        (["clean", "--data", "absent"], "absent"),
        (["clean", "rules.quantity_max=-1"], "rules.quantity_max"),
        (["clean"], "python -m pipelines simulate"),
        (["featurize"], "python -m pipelines clean"),
        (["split"], "python -m pipelines featurize"),
        (["pretrain"], "python -m pipelines featurize"),
        (["finetune"], "python -m pipelines pretrain"),
        (["finetune", "encoder.width=8"], "FinetuneConfig.encoder: wanted a setting that exists"),
        (["finetune", "width=8"], "FinetuneConfig.width: wanted a setting that exists"),
        (["split", "train_until_s=5"], "by=moments alone"),
        (["split", "by=leave_one_out", "shares=[0.5,0.2,0.1]"], "no shares with by=leave_one_out"),
        (["pretrain", "model=some/encoder"], "no model or revision for family=static"),
        (["featurize", "served=0123456789abcdef"], "FeaturizeConfig.served: wanted a setting that exists"),
        (["online", "num_parts=3"], "OnlineConfig.num_parts: wanted a setting that exists"),
        (["learn"], "python -m pipelines release"),
        (["ask"], "queries: wanted at least one search"),
        (["ask", "red dress", "size=3"], "python -m pipelines release"),
        (["ask", "red dress", "size=0"], "AskConfig.size"),
        (["credit"], "python -m pipelines release"),
        (["visit"], "python -m pipelines release"),
        (["embed"], "python -m pipelines finetune"),
        (["train_recall"], "python -m pipelines featurize"),
        (["release"], "python -m pipelines clean"),
        (["evaluate"], "python -m pipelines release"),
        (["build", "--data", "absent"], "absent"),
        (["split", "shares=[0.5,0.4,0.3]"], "SplitConfig.shares: wanted three shares from 0"),
        (["split", "shares=[-0.1,0.4,0.3]"], "SplitConfig.shares"),
        (["clean", "num_parts=0"], "CleanConfig.num_parts: wanted greater than or equal to 1, got 0"),
        (["clean", "--mapping", "absent.yaml"], "--data"),
        (["simulate_campaigns"], "python -m pipelines clean"),
        (["put_campaigns"], "python -m pipelines clean"),
        (["put_campaigns", "--data", "absent"], "absent/campaigns.parquet: wanted a file"),
        (["put_campaigns", "--data", "absent", "end=[c1]"], "end: wanted one thing at a time"),
        (["put_campaigns", "end=[c1]"], "campaign_id: wanted a campaign of this store, got 'c1'"),
        (["change_items"], "data: wanted a file of items"),
        (["keys", "name=page"], "scope: wanted both"),
        (["keys", "scope=shop"], "name: wanted both"),
        (["keys", "scope=king", "name=x"], "KeysConfig.scope"),
        (["keys", "revoke=k1", "rotate=k1"], "one thing at a time"),
        (["keys", "revoke=k1"], "key_id: wanted a key of this store, got 'k1'"),
        (["split", "--num-cpus", "0"], "--num-cpus"),
        (["build", "--out", __file__], "--out"),
        (["build", "--out", f"{__file__}/below"], "--out"),
    ],
)
def test_wrong_input_is_one_clear_line(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--workspace", str(tmp_path / "shop")]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith("error: ")
    assert errors.count("\n") == 1
    assert words in errors
    assert not list(tmp_path.rglob("*.parquet"))


def test_an_address_where_nobody_listens_is_one_clear_line(tmp_path: Path) -> None:
    arguments = ["simulate", "--address", "127.0.0.1:1", "--workspace", str(tmp_path)]
    command = [sys.executable, "-m", "pipelines", *arguments]  # a process of its own: here Ray may run already
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert done.stderr.startswith("error: --address: wanted a running Ray cluster") and done.stderr.count("\n") == 1


def test_a_workspace_that_cannot_be_written_is_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    for workspace in (tmp_path / "file", tmp_path / "file" / "below"):
        assert main(["simulate", "--workspace", str(workspace)]) == 2
        assert capsys.readouterr().err.startswith("error: --workspace: ")


FULL = OSError(errno.ENOSPC, "No space left on device", "events.parquet")
FOREIGN = RuntimeError("I/O error: No space left on device (os error 28)")


@pytest.mark.parametrize(
    ("error", "cause", "field"),
    [(FULL, None, "events.parquet"), (RuntimeError(), FULL, "events"), (FOREIGN, None, "disk")],
)
def test_a_full_disk_is_one_clear_line(
    error: Exception,
    cause: Exception | None,
    field: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> None:
        raise error from cause

    monkeypatch.setattr(verb("online"), "run", fail)
    assert main(["online", "--workspace", str(tmp_path)]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"error: {field}") and "No space left" in errors and errors.count("\n") == 1


def test_a_damaged_artifact_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "clean" / "0123456789abcdef"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{")
    (tmp_path / "clean" / "current").write_text(folder.name)
    assert main(["featurize", "--workspace", str(tmp_path)]) == 2
    assert "manifest.json" in capsys.readouterr().err


@pytest.mark.parametrize("content", ["[]", "{", '{"by": 3}', "\x00"])
def test_a_wrong_configuration_file_is_one_clear_line(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "split.json").write_text(content)
    assert main(["split", "--workspace", str(tmp_path), "--config", str(tmp_path / "split.json")]) == 2
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.ray
def test_finished_work_is_found_without_ray_and_torch(small_shop: Path) -> None:
    clean = Workspace(small_shop).current("clean").manifest
    raw = json.loads((Workspace(small_shop).path("raw", clean.parents["raw"]) / "manifest.json").read_text())
    settings = [f"simulate.{name}={json.dumps(value)}" for name, value in raw["config"].items()]
    code = (
        "import sys; from pipelines.__main__ import main; failed = main(sys.argv[1:]);"
        "print(sorted({'ray', 'torch', 'lightgbm', 'matplotlib', 'sklearn'} & set(sys.modules))); sys.exit(failed)"
    )
    arguments = ["build", "--workspace", str(small_shop), "report=false", *settings]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]", done.stderr
    assert done.stderr.count("found") == 11
