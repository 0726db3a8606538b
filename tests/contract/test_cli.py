"""`python -m pipelines`: what it says, and how it says no."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.__main__ import VERBS, main, verb
from recsys.artifacts import VERBS as MAKERS
from recsys.artifacts import Workspace


@pytest.mark.parametrize("name", VERBS)
def test_help_explains_every_setting(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    lines = capsys.readouterr().out.partition("settings (key=value):\n")[2].splitlines()
    described = dict(zip(lines[::2], lines[1::2], strict=True))
    assert described
    for setting, meaning in described.items():
        assert meaning.strip(), f"{setting} has no docstring"


def test_evaluate_online_is_the_daily_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", "--online", "--workspace", str(tmp_path), "window_s=60"]) == 0
    assert "online: the store has no events before this moment" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["clean", "--online"])


def test_every_artifact_has_its_verb() -> None:
    assert set(MAKERS.values()) | {"build", "visit", "change_items", "keys"} == set(VERBS)
    for name in VERBS:
        assert callable(verb(name).run)
        assert name in ("build", "visit", "change_items", "keys") or callable(verb(name).recipe)


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
        (["embed"], "python -m pipelines finetune"),
        (["train_recall"], "python -m pipelines featurize"),
        (["release"], "python -m pipelines clean"),
        (["evaluate"], "python -m pipelines release"),
        (["build", "--data", "absent"], "absent"),
        (["split", "shares=[0.5,0.4,0.3]"], "SplitConfig.shares: wanted three shares from 0"),
        (["split", "shares=[-0.1,0.4,0.3]"], "SplitConfig.shares"),
        (["clean", "num_parts=0"], "CleanConfig.num_parts: wanted greater than or equal to 1, got 0"),
        (["clean", "--mapping", "absent.yaml"], "--data"),
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

    monkeypatch.setattr(verb("split"), "run", fail)
    assert main(["split", "--workspace", str(tmp_path)]) == 2
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
