"""A release remembers what was opened of it, once for all threads."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from recsys.artifacts import Artifact, Manifest, Workspace
from recsys.release import Release


def a_release(folder: Path) -> Release:
    return Release(Workspace(folder), Artifact(folder, Manifest("release", "key", {}, {}, {}, "")))


def test_what_many_threads_ask_for_is_loaded_once(tmp_path: Path) -> None:
    release, loaded, got = a_release(tmp_path), [], []

    def load() -> object:
        loaded.append(1)
        time.sleep(0.05)
        return object()

    threads = [threading.Thread(target=lambda: got.append(release.opened("one", load))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loaded) == 1 and len(got) == 8 and len(set(map(id, got))) == 1


def test_what_is_opened_may_ask_for_what_it_is_made_of(tmp_path: Path) -> None:
    release = a_release(tmp_path)
    assert release.opened("sum", lambda: release.opened("part", lambda: 2) + 1) == 3
    assert release.opened("part", lambda: 99) == 2


def test_what_could_not_be_opened_is_tried_again(tmp_path: Path) -> None:
    release = a_release(tmp_path)
    with pytest.raises(ZeroDivisionError):
        release.opened("one", lambda: 1 // 0)
    assert release.opened("one", lambda: 1) == 1
