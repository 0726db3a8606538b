"""Folders, links and files in each other's place: one line each, before any work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.__main__ import main

MAPPING = "items: {files: goods.csv, columns: {item_id: sku, title: name}}\n"


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line of a command that fails."""
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1, said
    return said


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.mkdir(), "got 'goods.csv, a folder'"),
        (lambda path: path.symlink_to(path), "got 'goods.csv, a link that leads nowhere'"),
        (lambda path: path.symlink_to("gone.csv"), "got 'goods.csv, a link that leads nowhere'"),
        (lambda path: path.with_name("other.csv").touch(), "got 'goods.csv'"),
    ],
)
def test_what_is_in_the_place_of_a_file(
    make: Callable[[Path], object], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "mapping.yaml").write_text(MAPPING)
    make(data / "goods.csv")
    assert words in refused(capsys, "clean", "--data", str(data), "--workspace", str(tmp_path / "shop"))
    assert not (tmp_path / "shop" / "clean").exists()


def test_links_that_lead_in_a_circle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    circle = tmp_path / "circle"
    circle.symlink_to(circle)
    assert "wanted a folder with data" in refused(capsys, "mapping", "--data", str(circle))
    assert "wanted a folder with data" in refused(capsys, "clean", "--data", str(circle), "--workspace", str(tmp_path))
    (data := tmp_path / "data").mkdir()
    (data / "up").symlink_to(data)
    (data / "goods.csv").write_text("sku,name\nA,Axe\nB,Bow\n")
    assert main(["mapping", "--data", str(data)]) == 0
    assert "files: goods.csv" in capsys.readouterr().out
    (data / "mapping.yaml").write_text(MAPPING)
    said = refused(capsys, "clean", "--data", str(data), "--workspace", str(circle))
    assert str(circle) in said


def test_a_file_where_artifacts_should_lie(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (data := tmp_path / "data").mkdir()
    (data / "mapping.yaml").write_text(MAPPING)
    (data / "goods.csv").write_text("sku,name\nA,Axe\n")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "clean").write_text("not a folder")
    assert "clean" in refused(capsys, "clean", "--data", str(data), "--workspace", str(tmp_path / "shop"))
    assert (tmp_path / "shop" / "clean").read_text() == "not a folder"


def test_a_mapping_that_is_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "goods.csv").write_text("sku,name\nA,Axe\n")
    for content in (b"\xff\xfe\x00", b"items: [", b"- 1\n", b"items: {files: goods.csv, columns: {}}\n"):
        (tmp_path / "mapping.yaml").write_bytes(content)
        assert "mapping.yaml" in refused(capsys, "clean", "--data", str(tmp_path), "--workspace", str(tmp_path / "w"))
