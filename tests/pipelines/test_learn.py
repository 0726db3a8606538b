"""learn: what shoppers did in a served shop changes what it serves, exactly by what they did."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from deployments.config import AppConfig
from deployments.gateway import Gateway
from deployments.shopper.people import Who
from pipelines import learn, online, visit
from pipelines.learn import LearnConfig
from pipelines.online import OnlineConfig
from pipelines.running.job import Job
from pipelines.running.parts import read_parts
from pipelines.train_recall import TrainRecallConfig
from pipelines.visit import VisitConfig
from recsys.artifacts import Artifact, Workspace
from recsys.errors import WrongArtifact
from recsys.features.pairs import steps
from recsys.features.sequences import Sequences
from recsys.funnel import FunnelConfig, open_funnel
from recsys.recall.fitted import FittedRecall
from recsys.recall.sources.covisit import CovisitSource, fit_covisit
from recsys.recall.sources.sequence import SequenceSource
from recsys.records import Event
from recsys.release import Release
from recsys.schema import FEEDBACK_KINDS
from recsys.slate import Asked, Draw, Person, Query
from recsys.splits import RANK, TEST
from recsys.stores.database import open_database, store_url
from recsys.stores.events import EventStore
from tests.serving import serving
from tests.worlds import linked_shop

pytestmark = pytest.mark.ray


class Learned(NamedTuple):
    """A shop that was visited and has learned."""

    workspace: Workspace
    log: pa.Table
    """Everything in its store."""
    before: Artifact
    after: Artifact


@pytest.fixture(scope="module")
def learned(small_shop: Path, tmp_path_factory: pytest.TempPathFactory, ray_session: Any) -> Learned:
    workspace = linked_shop(small_shop, tmp_path_factory.mktemp("learned"))
    before = workspace.current("release")
    store = workspace.root / "store.sqlite"
    with serving(workspace.root, store) as served:
        visit.run(
            workspace,
            VisitConfig(url=served.url, key=served.keys.secrets["shop"], sessions=30, seed=3),
            Job(ray_session),
        )
    after = learn.run(workspace, LearnConfig(), Job(ray_session))
    return Learned(workspace, read_store(store), before, after)


def read_store(path: Path) -> pa.Table:
    engine = open_database(store_url(path))
    try:
        return EventStore(engine).read_events()
    finally:
        engine.dispose()


def test_a_new_release_is_live_and_keeps_what_does_not_count_behaviour(learned: Learned) -> None:
    workspace, old, new = learned.workspace, learned.before.manifest.parents, learned.after.manifest.parents
    assert workspace.current("release").key == learned.after.key != learned.before.key
    changed = {kind for kind in new if new[kind] != old[kind]}
    assert changed == {"features", "split", "recall", "ranker"}


def test_learning_that_fails_half_way_moves_no_pointer(learned: Learned, tmp_path: Path, job: Job) -> None:
    """A damaged history is met when all is made; what somebody was trying out is still current then."""
    workspace = linked_shop(learned.workspace.root, tmp_path)
    tried_out = learned.before.manifest.parents["recall"]
    workspace.point("recall", tried_out)
    before = {path: path.read_text() for path in tmp_path.glob("*/current")}
    history = (tmp_path / "release" / "history.json").read_text()
    (tmp_path / "release" / "history.json").write_text("{")
    address = store_url(learned.workspace.root / "store.sqlite")
    config = LearnConfig.parse({"store_url": address, "test_share": 0.3})
    rankers = len(list((tmp_path / "ranker").iterdir()))
    with pytest.raises(WrongArtifact, match=r"history\.json"):
        learn.run(workspace, config, job)
    assert len(list((tmp_path / "ranker").iterdir())) == rankers + 1, "it was half-way"
    assert {path: path.read_text() for path in tmp_path.glob("*/current")} == before
    (tmp_path / "release" / "history.json").write_text(history)
    made = learn.run(workspace, config, job)
    assert workspace.current("release").key == made.key
    assert {kind: workspace.current(kind).key for kind in made.manifest.parents} == made.manifest.parents


def test_what_is_counted_online_is_what_was_learned_from(learned: Learned, job: Job) -> None:
    counted = online.run(learned.workspace, OnlineConfig(), job)
    assert counted is not None
    features = learned.workspace.open("features", learned.after.manifest.parents["features"])
    assert counted.manifest.parents["served"] == features.manifest.parents["served"]
    served = learned.workspace.open("served", counted.manifest.parents["served"]).manifest.metrics["counts"]
    assert counted.manifest.metrics["impressions"] == served["impressions"] > 0


def test_what_is_new_is_exactly_what_was_served(learned: Learned) -> None:
    columns = ["user_id", "index", "at_s", "kind"]
    old, new = (
        Counter(map(tuple, zip(*read_parts(folder / "steps", columns).to_pydict().values(), strict=True)))
        for folder in (part(learned.workspace, one, "features") for one in (learned.before, learned.after))
    )
    row = Release.open(learned.workspace).catalogue.row
    served = learned.log.filter(pc.is_in(learned.log["kind"], value_set=pa.array(FEEDBACK_KINDS))).to_pylist()
    assert len(served) > 50
    assert not old - new
    assert new - old == Counter((e["user_id"], row[e["item_id"]], e["at"].timestamp(), e["kind"]) for e in served)


def test_co_visitation_changes_by_exactly_the_new_steps(learned: Learned) -> None:
    catalogue = Release.open(learned.workspace).catalogue
    recall = part(learned.workspace, learned.after, "recall")
    config = learn.settings_of(learned.workspace.open("recall", recall.name), TrainRecallConfig).covisit
    old = read_parts(part(learned.workspace, learned.before, "features") / "steps")
    new = steps(learned.log, pa.array(catalogue.item_ids))
    cut = learned.workspace.current("split").manifest.metrics["cuts_s"][-1]

    def counted(*tables: pa.Table) -> np.ndarray[Any, Any]:
        table = pa.concat_tables([one.replace_schema_metadata() for one in tables])
        seen = Sequences.from_steps(table.filter(pc.less_equal(table["at_s"], cut)), len(catalogue))
        return np.asarray(fit_covisit(seen, config).matrix.todense())

    served = np.asarray(FittedRecall.load(recall / "serving").source(CovisitSource).neighbours.matrix.todense())
    np.testing.assert_allclose(served, counted(old, new), rtol=1e-6)
    assert not np.allclose(served, counted(old))


def test_the_sequence_encoder_is_the_one_of_the_live_release(learned: Learned) -> None:
    old, new = (
        FittedRecall.load(part(learned.workspace, one, "recall") / "serving").source(SequenceSource).encoder.item_table
        for one in (learned.before, learned.after)
    )
    assert np.array_equal(old, new)


def test_the_ranker_learned_from_served_slates(learned: Learned) -> None:
    split = part(learned.workspace, learned.after, "split")
    slates = read_parts(split / "slates")
    ranked = slates.filter(pc.equal(slates["fold"], RANK))
    shown = learned.log.filter(pc.equal(learned.log["kind"], "impression"))
    served = pc.is_in(ranked["slate_id"], value_set=shown["slate_id"].combine_chunks())
    assert pc.sum(served).as_py() > 300
    assert pc.any(pc.and_(served, ranked["clicked"])).as_py()
    rows = learned.workspace.open("ranker", learned.after.manifest.parents["ranker"]).manifest.metrics["rows"]
    assert rows == ranked.num_rows
    newest = pc.max(ranked["at_s"]).as_py()
    tested = slates.filter(pc.equal(slates["fold"], TEST))
    assert pc.min(tested["known_s"]).as_py() > newest > pc.min(shown["at"]).as_py().timestamp()


def test_the_slate_of_a_visitor_changes(learned: Learned) -> None:
    old, new = (Release.open(learned.workspace, one.key) for one in (learned.before, learned.after))
    clicked = learned.log.filter(pc.equal(learned.log["kind"], "click"))
    user = Counter(clicked["user_id"].to_pylist()).most_common(1)[0][0]
    known = old.histories.history(user)
    query = Query(
        Asked("home", 12, at_s=time.time()),
        Person(user_id=user, history=known),
        Draw(seed=1, slate_id="s", explore=False),
    )

    def shown(release: Release, query: Query) -> list[str]:
        slate = asyncio.run(open_funnel(release, config=FunnelConfig().without_deadlines()).answer(query))
        return [item.item_id for item in slate.items]

    assert shown(old, query) == shown(old, query)
    assert shown(new, query) != shown(old, query), "the same request, answered by what was learned"
    later = replace(query, person=Person(user, new.histories.history(user)))
    assert shown(new, later) != shown(old, query)


async def test_a_history_that_was_learned_is_not_counted_twice(learned: Learned) -> None:
    user = learned.log.filter(pc.equal(learned.log["kind"], "click"))["user_id"][0].as_py()
    config = {"workspace": str(learned.workspace.root), "topology": "fused"}
    gateway = Gateway(AppConfig.parse(config))
    edition = gateway.shop.edition
    history, _, troubles = await gateway.people.known(Who(user, None), time.time(), edition)
    known = Release.open(learned.workspace).histories.history(user)
    assert not troubles and np.array_equal(history.index, known.index)
    item = edition.catalogue.item_ids[0]
    gateway.store.append([Event(event_id="next", user_id=f"{user}-else", kind="click", item_id=item, at_s=time.time())])
    new, _, _ = await gateway.people.known(Who(f"{user}-else", None), time.time() + 1, edition)
    assert new.index.tolist() == [0], "what came after is"


def test_nothing_new_is_found_again(learned: Learned, job: Job) -> None:
    moment = learned.log["at"].to_pylist()[-1].isoformat()
    until = LearnConfig.parse({"until": moment, "test_share": 0.2})
    first = learn.run(learned.workspace, until, job)
    again = learn.run(learned.workspace, until, job)
    assert again.key == first.key
    printed = job.console.file.getvalue()  # type: ignore[attr-defined]
    assert printed.count("found") == 6 and "as before" in printed and "kept: catalogue" in printed


def test_late_and_doubled_events_are_credited_when_they_come(learned: Learned, job: Job) -> None:
    shown = learned.log.filter(pc.equal(learned.log["kind"], "impression")).to_pylist()[0]
    at_s = shown["at"].timestamp() + 0.001
    late = Event(event_id="late", user_id=shown["user_id"], kind="cart", item_id=shown["item_id"], at_s=at_s)
    engine = open_database(store_url(learned.workspace.root / "store.sqlite"))
    store = EventStore(engine)
    assert [store.append([late]).accepted, store.append([late]).accepted] == [1, 0]
    engine.dispose()
    made = learn.run(learned.workspace, LearnConfig(), job)
    assert made.key != learned.after.key
    assert made.manifest.parents["clean"] == learned.before.manifest.parents["clean"]
    slates = read_parts(part(learned.workspace, made, "split") / "slates").to_pylist()
    row = Release.open(learned.workspace).catalogue.row[shown["item_id"]]
    (mine,) = [one for one in slates if (one["slate_id"], one["index"]) == (shown["slate_id"], row)]
    assert mine["carted"]
    served = read_parts(learned.workspace.current("served").path / "events")
    (kept,) = served.filter(pc.equal(served["event_id"], "late")).to_pylist()
    assert (kept["slate_id"], kept["surface"]) == (shown["slate_id"], shown["surface"])


def test_a_store_without_events_changes_nothing(small_shop: Path, tmp_path: Path, job: Job) -> None:
    workspace = linked_shop(small_shop, tmp_path)
    before = {path: path.read_text() for path in tmp_path.glob("*/current")}
    assert learn.run(workspace, LearnConfig(), job).key == workspace.current("release").key
    assert "no events" in job.console.file.getvalue()  # type: ignore[attr-defined]
    assert {path: path.read_text() for path in tmp_path.glob("*/current")} == before
    assert not (tmp_path / "store.sqlite").exists(), "looking makes no store"


def part(workspace: Workspace, release: Artifact, kind: str) -> Path:
    """Folder of a part of a release."""
    return workspace.path(kind, release.manifest.parents[kind])
