"""`keys`: a secret is told once, alone on standard output; the list says what became of each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.__main__ import main
from recsys.stores.access_keys import AccessKeys, KeyRing
from recsys.stores.database import open_database, store_url


def keys(workspace: Path, *settings: str) -> None:
    assert main(["keys", *settings, "--workspace", str(workspace)]) == 0


def test_a_key_is_made_listed_rotated_and_revoked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys(tmp_path, "name=the web page", "scope=shopper")
    told = capsys.readouterr()
    first = told.out.strip()
    key_id = first.split("_")[2]
    assert re.fullmatch(r"vt_shopper_k[0-9a-f]{12}_[0-9a-f]{64}\n", told.out) and first not in told.err

    keys(tmp_path)
    listed = capsys.readouterr()
    assert first not in listed.err + listed.out
    (line,) = [line for line in listed.out.splitlines() if key_id in line]
    assert "shopper" in line and "the web page" in line and line.count("–") == 2

    keys(tmp_path, f"rotate={key_id}")
    second = capsys.readouterr().out.strip()
    engine = open_database(store_url(tmp_path / "store.sqlite"))
    ring = KeyRing(AccessKeys(engine), follow=False)
    ring.look()
    assert ring.find(first) is None and ring.find(second) is not None

    keys(tmp_path, f"revoke={key_id}")
    assert second not in "".join(capsys.readouterr())
    ring.look()
    assert ring.find(second) is None
    keys(tmp_path)
    assert "–" not in next(line for line in capsys.readouterr().out.splitlines() if key_id in line)
    engine.dispose()
