"""Simulated shoppers in a served shop: they find its doors, and it remembers them."""

from __future__ import annotations

import io
from pathlib import Path

import httpx
import pyarrow.compute as pc
import pytest
from rich.console import Console

from pipelines import visit
from pipelines.running.job import Job
from pipelines.visit import VisitConfig
from recsys.artifacts import Workspace
from recsys.errors import Unavailable, WrongData
from tests.serving import Served

pytestmark = pytest.mark.ray


def test_shoppers_visit_a_served_shop(small_shop: Path, served: Served) -> None:
    job = Job(console=Console(file=io.StringIO(), width=160))
    put = {"title": "A thing that no simulated person knows"}
    assert httpx.put(f"{served.url}/v1/items/unknown", json=put, auth=served.keys).status_code == 200, (
        "they overlook it"
    )
    loop = visit.run(
        Workspace(small_shop), VisitConfig(url=served.url, key=served.keys.secrets["shop"], sessions=25, seed=3), job
    )
    kinds = set(loop.events["kind"].to_pylist())
    assert {"impression", "view", "click"} <= kinds
    assert loop.num_slates >= 25 and loop.num_impressions > 200
    assert pc.all(pc.match_substring_regex(loop.events["slate_id"], "^[0-9a-f]{32}$")).as_py(), "the shop's own slates"
    printed = job.console.file.getvalue()  # type: ignore[attr-defined]
    assert "of views" in printed and "home" in printed and "search" in printed


def test_a_shop_that_is_not_there_is_named(small_shop: Path) -> None:
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9"):
        visit.run(Workspace(small_shop), VisitConfig(url="http://127.0.0.1:9", sessions=1), Job())


def test_an_address_that_is_another_shop_is_named(small_shop: Path, shop_url: str) -> None:
    with pytest.raises(WrongData, match="404"):
        visit.run(Workspace(small_shop), VisitConfig(url=f"{shop_url}/elsewhere", sessions=1), Job())
