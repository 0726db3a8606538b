"""`mapping`: a preset or a proposal on standard output, and nothing written."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from pipelines.__main__ import main
from recsys.datasets.presets.reading import NAMES, preset, preset_text


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_is_printed_as_it_is_written(name: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["mapping", "--format", name, "--workspace", str(tmp_path / "none")]) == 0
    assert capsys.readouterr().out == preset_text(name) and yaml.safe_load(preset_text(name)) == preset(name)
    assert not (tmp_path / "none").exists()


def test_a_proposal_is_printed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("user,item\nann,A\n")
    assert main(["mapping", "--data", str(tmp_path), "--workspace", str(tmp_path / "none")]) == 0
    said = capsys.readouterr().out
    assert said.startswith("# doubt: ") and yaml.safe_load(said)["events"]["files"] == "log.csv"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "either a folder (--data) or a format (--format)"),
        (["--format", "nothing"], "format: wanted one of amazon-reviews"),
        (["--data", "absent"], "absent: wanted a folder with data"),
    ],
)
def test_what_is_wrong_is_one_line(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mapping", *arguments]) == 2
    assert words in capsys.readouterr().err
