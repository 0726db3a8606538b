"""A replica answers with the release that a query names, keeps the last two, and refuses what it cannot open."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from deployments.config import AppConfig
from deployments.gateway import Gateway
from deployments.replicas.releases import Releases
from deployments.replicas.stages import AdPlacementReplica, RankingReplica, RecallReplica
from deployments.shopper.shapes import RecommendIn
from pipelines import release
from pipelines.release import ReleaseConfig
from pipelines.running.job import Job
from pipelines.running.session import Session
from recsys.artifacts import Workspace
from recsys.errors import WrongArtifact, WrongConfig
from recsys.slate import Asked, Contenders, Query
from tests.keys import SERVER
from tests.serving import PATIENT


class Shelf:
    """Releases called by one letter, the live one first, and how often each was opened."""

    def __init__(self, keys: str) -> None:
        self.keys, self.opened = keys, ""

    def load(self, key: str | None) -> tuple[str, str]:
        key = key or self.keys[0]
        self.opened += key
        if key not in self.keys:
            raise WrongArtifact(f"release/{key}", "a release artifact", "none")
        return key, f"release {key}"


async def test_the_named_release_answers_and_the_newest_where_none_is_named() -> None:
    shelf = Shelf("abc")
    releases = Releases(shelf.load)
    assert await releases.named("") == releases.newest == "release a"
    await releases.take_over({"release": "b"})
    assert [await releases.named(key) for key in ("a", "b", "")] == ["release a", "release b", "release b"]
    await releases.take_over({"release": "a"})
    assert (await releases.named(""), shelf.opened) == ("release a", "ab"), "back without opening it again"


async def test_two_are_kept_and_one_asked_for_by_name_is_not_the_newest() -> None:
    shelf = Shelf("abc")
    releases = Releases(shelf.load)
    await releases.take_over({"release": "a"})
    await releases.take_over({"release": "b"})
    await releases.take_over({"release": "c"})
    assert list(releases.held()) == ["b", "c"]
    assert await releases.named("a") == "release a"
    assert list(releases.held()) == ["a", "c"] and releases.newest == "release c"


async def test_requests_at_the_same_time_open_a_release_once() -> None:
    shelf = Shelf("ab")
    releases = Releases(shelf.load)
    await releases.take_over({"release": "a"})
    assert set(await asyncio.gather(*(releases.named("b") for _ in range(20)))) == {"release b"}
    assert shelf.opened == "ab"


async def test_a_refused_release_leaves_the_old_one_and_says_why() -> None:
    releases = Releases(Shelf("ab").load)
    with pytest.raises(WrongArtifact, match="release/x"):
        await releases.take_over({"release": "x"})  # nothing older could answer
    await releases.take_over({"release": "a"})
    await releases.take_over({"release": "x"})
    assert releases.newest == "release a" and "release/x" in str(releases.refused)
    await releases.take_over({"relaese": "b"})
    assert releases.newest == "release a" and "UserConfig.relaese" in str(releases.refused)
    await releases.take_over({"release": "b"})
    assert releases.newest == "release b" and releases.refused is None


async def test_all_that_is_held_is_made_anew_and_an_older_one_that_cannot_be_is_dropped() -> None:
    releases = Releases(Shelf("ab").load)
    await releases.take_over({"release": "a"})
    await releases.take_over({"release": "b"})
    done: list[str] = []
    releases.renew(lambda one: f"{one}, changed", lambda: done.append("once"))
    assert dict(releases.held()) == {"a": "release a, changed", "b": "release b, changed"} and done == ["once"]

    def fails(wrong: str, one: str) -> str:
        if one.startswith(f"release {wrong}"):
            raise WrongArtifact("index", "a folder", "none")
        return f"{one} twice"

    with pytest.raises(WrongArtifact):
        releases.renew(partial(fails, "b"), lambda: done.append("never"))
    assert releases.newest == "release b, changed"
    releases.renew(partial(fails, "a"), lambda: done.append("again"))
    assert dict(releases.held()) == {"b": "release b, changed twice"} and done == ["once", "again"]


async def test_a_wrong_setting_at_the_start_is_named() -> None:
    with pytest.raises(WrongConfig, match=r"UserConfig\.relaese"):
        await Releases(Shelf("a").load).take_over({"relaese": "a"})


@pytest.fixture(scope="module")
def two_releases(small_shop: Path, ray_session: Session, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A copy of the small shop with a second release, which is live."""
    folder = tmp_path_factory.mktemp("two") / "shop"
    shutil.copytree(small_shop, folder)
    release.run(Workspace(folder), ReleaseConfig(name="other", num_demo_users=5), Job(ray_session))
    return Workspace(folder)


def settings(workspace: Workspace, folder: Path) -> AppConfig:
    store = f"sqlite:///{folder / 'store.sqlite'}"
    values = {"workspace": str(workspace.root), "topology": "fused", "store_url": store, **PATIENT}
    return AppConfig.parse(values)


def older(workspace: Workspace) -> str:
    live = workspace.current("release").key
    return next(path.name for path in (workspace.root / "release").iterdir() if path.is_dir() and path.name != live)


async def test_a_gateway_takes_a_release_over_and_refuses_a_damaged_one(
    two_releases: Workspace, tmp_path: Path
) -> None:
    new, old = two_releases.current("release").key, older(two_releases)
    gateway = Gateway(settings(two_releases, tmp_path))
    await gateway.reconfigure({"release": old})
    begun = gateway.shop
    await gateway.reconfigure({"release": new})
    pages = [await shop.recommend(RecommendIn(size=6), SERVER, "request") for shop in (begun, gateway.shop)]
    assert [page.release for page in pages] == [old, new], "a request ends with the release that it began with"
    assert [(await gateway.slate(Query(Asked("home", 3), release=key))).release for key in (old, "")] == [old, new]
    (two_releases.path("release", "damaged")).mkdir()
    await gateway.reconfigure({"release": "damaged"})
    gateway.check_health()
    assert gateway.shop.release.key == new and "damaged" in str(gateway.refused)
    await gateway.shop.sink.close()
    shutil.rmtree(two_releases.path("release", "damaged"))


async def test_a_part_that_only_another_stage_reads_is_refused_by_all(two_releases: Workspace, tmp_path: Path) -> None:
    shutil.copytree(two_releases.root, tmp_path / "shop")
    workspace, old = Workspace(tmp_path / "shop"), older(two_releases)
    config, new = settings(workspace, tmp_path), workspace.current("release")
    replicas = [kind(config) for kind in (Gateway, RecallReplica, RankingReplica, AdPlacementReplica)]
    for replica in replicas:
        await replica.reconfigure({"release": old})
    ranker = workspace.parent(new, "ranker").path
    file = next(path for path in ranker.iterdir() if path.name != "manifest.json")
    file.write_bytes(file.read_bytes() + b"!")
    for replica in replicas:
        await replica.reconfigure({"release": new.key})
        assert list(replica._releases.held()) == [old] and file.name in str(replica._releases.refused)
        replica.check_health()


async def test_stages_answer_with_the_release_of_the_query(two_releases: Workspace, tmp_path: Path) -> None:
    config, new, old = settings(two_releases, tmp_path), two_releases.current("release").key, older(two_releases)
    recall, ads = RecallReplica(config), AdPlacementReplica(config)
    for replica in (recall, ads):
        await replica.reconfigure({"release": new})
    query = Query(Asked("home", 5, at_s=1e9))
    for stage in (recall.candidates, ads.offers):
        assert [(await stage(replace(query, release=key))).release for key in (old, new, "")] == [old, new, new]
    candidates = await recall.candidates(replace(query, release=old))
    contenders = Contenders(old, candidates.index, candidates.scores, candidates.fused, candidates.sources)
    ranked = await RankingReplica(config).rank(query.asked, query.person, contenders)
    assert ranked.release == old
