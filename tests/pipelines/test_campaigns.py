"""Campaigns on their way from data into the store."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines import build, put_campaigns, simulate_campaigns
from pipelines.build import BuildConfig, Building
from pipelines.put_campaigns import PutCampaignsConfig
from pipelines.running.course import run
from pipelines.running.job import Job
from pipelines.simulate_campaigns import SimulateCampaignsConfig
from recsys.artifacts import Artifact, Workspace
from recsys.campaigns import Campaigns
from recsys.errors import WrongData
from recsys.simulation.advertisers import simulate_campaigns as drawn
from recsys.stores.campaigns import CampaignStore
from recsys.stores.database import Engine, open_database, store_url
from recsys.stores.ledger import Ledger
from tests.campaigns import campaigns_of
from tests.worlds import linked_shop

pytestmark = pytest.mark.ray


@pytest.fixture
def workspace(small_shop: Path, tmp_path: Path) -> Workspace:
    """The small shop, with a store of its own."""
    (tmp_path / "shop").mkdir()
    return linked_shop(small_shop, tmp_path / "shop")


@pytest.fixture
def engine(workspace: Workspace) -> Engine:
    return open_database(store_url(workspace.root / "store.sqlite"))


def said(job: Job) -> str:
    return job.console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_build_has_put_them_and_a_release_holds_none(small_shop: Path) -> None:
    release = Workspace(small_shop).current("release")
    assert sorted(path.name for path in release.path.glob("*.parquet")) == ["histories.parquet"]
    kept = CampaignStore(open_database(store_url(small_shop / "store.sqlite"))).read()
    clean = Campaigns.open(Workspace(small_shop).current("clean").path)
    assert kept.campaigns.sort_by("campaign_id").equals(clean.campaigns.sort_by("campaign_id"))
    assert kept.creatives.sort_by("creative_id").equals(clean.creatives.sort_by("creative_id"))
    assert kept.simulated and kept.campaigns.num_rows > 5


def test_put_again_nothing_changes_and_no_budget_is_undone(workspace: Workspace, engine: Engine, job: Job) -> None:
    put_campaigns.run(workspace, PutCampaignsConfig(), job)
    name, budget = next(iter(Ledger(engine).remaining().items()))
    CampaignStore(engine).change({name: {"budget_micros": budget + 7}}, time.time())
    put_campaigns.run(workspace, PutCampaignsConfig(), job)
    assert "0 new, 0 changed, 0 ended; they are at revision 2" in said(job)
    assert Ledger(engine).remaining()[name] == budget + 7
    assert put_campaigns.run(workspace, PutCampaignsConfig(end=(name,)), job) == 3


def test_a_shop_without_campaigns_shows_made_up_ones_until_it_has_its_own(
    workspace: Workspace, engine: Engine, job: Job, tmp_path: Path
) -> None:
    clean = workspace.current("clean")
    without = replace(clean.manifest, metrics={"tables": {"campaigns": {"kept": 0}}})
    course = Building(workspace, job)
    bare = tmp_path / "bare"
    write(campaigns_of({}), bare)
    (bare / "items.parquet").symlink_to(clean.path / "items.parquet")
    course.made["clean"] = Artifact(bare, without)
    build._put_campaigns(course, BuildConfig.parse({"simulate_campaigns": {"num_advertisers": 5}}))
    assert CampaignStore(engine).read().campaigns.num_rows == 0  # nobody asked for any
    asked = {"simulate": {"campaigns": True}, "simulate_campaigns": {"num_advertisers": 5}}
    build._put_campaigns(course, BuildConfig.parse(asked))
    found = CampaignStore(engine).read()
    assert found.simulated and found.campaigns.num_rows == 5
    again = run(simulate_campaigns, workspace, SimulateCampaignsConfig(num_advertisers=5), job)
    assert again.key == course.made["campaigns"].key and "found" in said(job)
    made = drawn(pq.read_table(clean.path / "items.parquet"), np.random.default_rng(0), num_advertisers=5)
    assert Campaigns.open(again.path).campaigns.equals(made[0])
    write(campaigns_of({"own": {"items": ["i1"]}}), tmp_path / "own")
    put_campaigns.run(workspace, PutCampaignsConfig(data=tmp_path / "own"), job)
    assert "1 new, 0 changed, 5 ended" in said(job) and not CampaignStore(engine).read().simulated


def test_rows_that_clean_would_not_keep_change_nothing(
    workspace: Workspace, engine: Engine, job: Job, tmp_path: Path
) -> None:
    write(campaigns_of({"good": {}, "free": {"bid_cpc_micros": 0}}), tmp_path / "wrong")
    with pytest.raises(WrongData, match="campaigns: free: wanted rows that `clean` would keep, got 'bid impossible 1'"):
        put_campaigns.run(workspace, PutCampaignsConfig(data=tmp_path / "wrong"), job)
    assert CampaignStore(engine).revision() == 0


def test_a_shops_own_tables_are_put_by_a_mapping(
    workspace: Workspace, engine: Engine, job: Job, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "week.csv").write_text('id,cpc,total,skus\nspring,"0,25 €","300,00 €",i1|i2\n', "utf-8")
    (own / "mapping.yaml").write_text(
        "campaigns:\n  files: week.csv\n  several: {skus: '|'}\n"
        "  columns: {campaign_id: id, bid: cpc, budget: total, item_id: skus}\n"
    )
    put_campaigns.run(workspace, PutCampaignsConfig(data=own), job)
    found = CampaignStore(engine).read()
    assert found.budgets() == {"spring": 300_000_000} and found.creatives["item_id"].to_pylist() == ["i1", "i2"]
    assert "1 new" in said(job) and "currency EUR read from the prices" in said(job)
    (own / "week.csv").write_text("id,cpc,total,skus\nspring,0 €,1 €,i1\n", "utf-8")
    with pytest.raises(WrongData, match="campaigns: spring: wanted rows that `clean` would keep"):
        put_campaigns.run(workspace, PutCampaignsConfig(data=own), job)
    (own / "mapping.yaml").write_text("items: {files: week.csv, columns: {item_id: id}}\n")
    with pytest.raises(WrongData, match="where the campaigns are"):
        put_campaigns.run(workspace, PutCampaignsConfig(data=own), job)
    assert CampaignStore(engine).read().budgets() == {"spring": 300_000_000}


def write(campaigns: Campaigns, folder: Path) -> None:
    folder.mkdir()
    pq.write_table(campaigns.campaigns, folder / "campaigns.parquet")
    pq.write_table(campaigns.creatives, folder / "creatives.parquet")
