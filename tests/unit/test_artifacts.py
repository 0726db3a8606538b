"""Artifacts are complete or absent, found by content, and refused when damaged."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import time
from pathlib import Path

import pytest

from recsys.artifacts import UNFINISHED_DAYS, Recipe, Workspace, digest_files, read, unfinished
from recsys.errors import WrongArtifact


def recipe(**changes: object) -> Recipe:
    return Recipe("features", {"a": 1, **changes}, code="c1", parents={"clean": "k"}, inputs={})


def fill(folder: Path) -> dict[str, int]:
    (folder / "sub").mkdir()
    (folder / "sub" / "table.txt").write_text("hello")
    return {"rows": 1}


def test_equal_work_is_found_and_other_work_is_not(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    made = workspace.make(recipe(), fill)
    assert made.manifest.metrics == {"rows": 1}
    assert workspace.make(recipe(), lambda _: pytest.fail("made again")).key == made.key
    assert workspace.find(recipe(a=2)) is None


@pytest.mark.parametrize("damage", ["change", "remove", "add"])
def test_damage_is_refused_by_name(tmp_path: Path, damage: str) -> None:
    workspace = Workspace(tmp_path)
    path = workspace.make(recipe(), fill).path
    file = path / "sub" / "table.txt"
    if damage == "change":
        file.write_text("other")
    elif damage == "remove":
        file.unlink()
    else:
        file = path / "more.txt"
        file.write_text("x")
    with pytest.raises(WrongArtifact, match=file.name):
        read(path, "features")
    assert workspace.find(recipe()) is None  # and is made again


def test_another_kind_or_version_is_refused(tmp_path: Path) -> None:
    path = Workspace(tmp_path).make(recipe(), fill).path
    with pytest.raises(WrongArtifact, match="kind: wanted ranker, got 'features'"):
        read(path, "ranker")
    manifest = path / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"schema_version": 1', '"schema_version": 99'))
    with pytest.raises(WrongArtifact, match="schema_version: wanted 1, got 99"):
        read(path, "features")


def test_an_error_half_way_leaves_nothing(tmp_path: Path) -> None:
    def fail(folder: Path) -> None:
        fill(folder)
        raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        Workspace(tmp_path).make(recipe(), fail)
    assert list((tmp_path / "features").iterdir()) == []


def _slow(root: Path) -> None:
    def wait(folder: Path) -> None:
        fill(folder)
        (root / "half-way").touch()
        time.sleep(60)

    Workspace(root).make(recipe(), wait)


def test_a_killed_writer_leaves_the_old_pointer_and_its_rest_is_swept(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    old = workspace.make(recipe(a=0), fill)
    workspace.point("features", old.key)
    writer = multiprocessing.get_context("spawn").Process(target=_slow, args=(tmp_path,))
    writer.start()
    while not (tmp_path / "half-way").exists():
        time.sleep(0.05)
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    assert workspace.current("features").key == old.key
    new = workspace.make(recipe(), fill)
    assert sorted(path.name for path in (tmp_path / "features").iterdir()) == sorted([old.key, new.key, "current"])


def test_an_artifact_that_is_missing_or_damaged_is_named_by_its_kind(tmp_path: Path) -> None:
    """The command that makes it is the command line's to know: pipelines/plan.py."""
    workspace = Workspace(tmp_path)
    with pytest.raises(WrongArtifact, match="wanted a finished index artifact, got 'none'") as missing:
        workspace.current("index")
    (workspace.make(recipe(), fill).path / "sub" / "table.txt").unlink()
    with pytest.raises(WrongArtifact) as damaged:
        workspace.open("features", recipe().key)
    again = pickle.loads(pickle.dumps(damaged.value))
    assert (missing.value.kind, damaged.value.kind, again.kind, str(again)) == (
        "index",
        "features",
        "features",
        str(damaged.value),
    )


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_text("same")
    two.write_text("same")
    assert digest_files([one]) == digest_files([two])
    two.write_text("other")
    assert digest_files([one]) != digest_files([two])


def test_tidying_removes_what_this_process_left_and_nothing_else(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for name in (f".{os.getpid()}-mine", ".1-of-another", "finished"):
        (tmp_path / "clean" / name).mkdir(parents=True)
    workspace.tidy()
    assert {path.name for path in (tmp_path / "clean").iterdir()} == {".1-of-another", "finished"}


def test_unfinished_work_stays_until_it_is_finished_or_given_up(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)

    def ended(folder: Path) -> dict[str, int]:
        unfinished(folder, recipe()).mkdir()
        (unfinished(folder, recipe()) / "state").write_text("half")
        raise KeyboardInterrupt

    def going_on(folder: Path) -> dict[str, int]:
        assert (unfinished(folder, recipe()) / "state").read_text() == "half"
        assert not unfinished(folder, recipe(a=2)).exists()
        return fill(folder)

    with pytest.raises(KeyboardInterrupt):
        workspace.make(recipe(), ended)
    begun = tmp_path / "features" / f".unfinished-{recipe().key}"
    workspace.make(recipe(a=2), fill)
    assert begun.exists()
    workspace.make(recipe(), going_on)
    assert not begun.exists()
    old = tmp_path / "features" / f".unfinished-{recipe(a=3).key}"
    old.mkdir()
    long_ago = time.time() - (UNFINISHED_DAYS + 1) * 86400
    os.utime(old, (long_ago, long_ago))
    workspace.make(recipe(a=4), fill)
    assert not old.exists()
