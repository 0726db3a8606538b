"""Releases one after the other: the gate, the history that a rollback follows, what stays and what goes."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines import release
from pipelines.__main__ import main
from pipelines.release import ReleaseConfig
from pipelines.releasing.config import GateConfig
from pipelines.releasing.gate import Figures, complaints, moved, verdict
from pipelines.releasing.history import Turn, key_before, line_of, live_key, mended, point, turns
from pipelines.releasing.retention import Part, kept, surplus
from pipelines.releasing.takeover import configuration, door_of
from pipelines.running.job import Job
from recsys.artifacts import Recipe, Workspace
from recsys.errors import WrongArtifact

LIVE = Figures(recall_at_10=0.10, ndcg_at_10=0.05, calibration_error=0.01, median_ms=4.0)
GATE = GateConfig(least_recall_ratio=0.9, least_ndcg_ratio=0.8, most_calibration_rise=0.02, most_latency_ratio=1.5)


@pytest.mark.parametrize(
    ("change", "figure"),
    [
        ({"recall_at_10": 0.0901, "ndcg_at_10": 0.0401, "calibration_error": 0.0299, "median_ms": 5.99}, None),
        ({"recall_at_10": 0.0899}, "recall_at_10"),
        ({"ndcg_at_10": 0.0399}, "ndcg_at_10"),
        ({"calibration_error": 0.0301}, "calibration_error"),
        ({"median_ms": 6.01}, "median_ms"),
        ({"calibration_error": None}, None),
        ({"recall_at_10": 0.07, "recall_error": 0.011}, None),  # that few requests prove nothing
        ({"recall_at_10": 0.07, "recall_error": 0.009}, "recall_at_10"),
        ({"ndcg_at_10": 0.02, "ndcg_error": 0.009}, "ndcg_at_10"),
    ],
)
def test_the_gate_measures_by_the_live_release(change: dict[str, float | None], figure: str | None) -> None:
    new = replace(LIVE, **change)  # type: ignore[arg-type]
    assert [name for name, *_ in complaints(new, LIVE, GATE)] == ([figure] if figure else [])
    if figure:
        with pytest.raises(WrongArtifact, match=rf"release new: {figure}: wanted .* beside the live old.*force=true"):
            verdict("new", "old", (new, LIVE), GATE)
        forced = verdict("new", "old", (new, LIVE), GATE.updated({"force": True}))
        assert len(forced["overridden"]) == 1 and figure in forced["overridden"][0]
    else:
        assert verdict("new", "old", (new, LIVE), GATE)["overridden"] == []


def test_rows_of_another_catalogue_are_moved_and_unknown_ones_left_out() -> None:
    table = pa.table({"index": pa.array([0, 1, 2, 1], pa.int32()), "user_id": list("abcd")})
    found = moved(table, np.array([7, -1, 5], np.int32))
    assert found.to_pydict() == {"index": [7, 5], "user_id": ["a", "c"]}


def turns_of(text: str) -> list[Turn]:
    """A letter is a release, a letter after `<` a rollback to it."""
    found, by = [], "release"
    for letter in text:
        if letter != "<":
            found.append(Turn(letter, "", by))  # type: ignore[arg-type]
        by = "rollback" if letter == "<" else "release"
    return found


@pytest.mark.parametrize(
    ("history", "line"),
    [
        ("", ""),
        ("a", "a"),
        ("abc", "abc"),
        ("ab<a", "a"),
        ("abc<b<a", "a"),
        ("ab<ac", "ac"),
        ("aba", "aba"),
        ("aba<b", "ab"),
        ("ab<ab", "ab"),
    ],
)
def test_rollbacks_lead_back_one_by_one(history: str, line: str) -> None:
    assert "".join(line_of(turns_of(history))) == line


@pytest.mark.parametrize(
    ("history", "live", "added"), [("ab", "b", ""), ("ab", "c", "c"), ("ab", "a", "<a"), ("", "a", "a"), ("", None, "")]
)
def test_a_kill_between_pointer_and_history_is_mended(history: str, live: str | None, added: str) -> None:
    def facts(all_: list[Turn]) -> list[tuple[str, str]]:
        return [(turn.key, turn.by) for turn in all_]

    assert facts(list(mended(turns_of(history), live))) == facts(turns_of(history + added))


def a_release(workspace: Workspace, name: str, parent: str | None = None) -> str:
    parents = {"index": parent} if parent else {}
    return workspace.make(Recipe("release", {"name": name}, "c", parents=parents), lambda _: None).key


def test_the_pointer_and_its_history_move_together(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with pytest.raises(WrongArtifact, match="a release before the live one"):
        key_before(workspace)
    a, b = (a_release(workspace, name) for name in "ab")
    point(workspace, a, "release")
    with pytest.raises(WrongArtifact, match="a release before the live one"):
        key_before(workspace)
    point(workspace, b, "release", {"live": a})
    point(workspace, b, "release")
    assert [(turn.key, turn.gate) for turn in turns(workspace)] == [(a, None), (b, {"live": a})]
    assert (live_key(workspace), key_before(workspace)) == (b, a)
    point(workspace, a, "rollback")
    assert live_key(workspace) == workspace.current("release").key == a
    (tmp_path / "release" / "history.json").write_text("{")
    with pytest.raises(WrongArtifact, match=r"history\.json"):
        turns(workspace)


def test_what_rollbacks_lead_to_stays_first() -> None:
    assert kept(turns_of("abcde"), "abcde", 3) == ["e", "d", "c"]
    assert kept(turns_of("abcd<c<b"), "abcd", 3) == ["b", "a", "c"]
    assert kept(turns_of("b"), "xyb", 2) == ["b", "y"], "what was never live goes by its age"
    assert kept(turns_of("abc"), "ac", 3) == ["c", "a"], "what is gone takes no place"


GRAPH = {
    Part("release", "1"): [Part("index", "1"), Part("clean", "1")],
    Part("release", "2"): [Part("index", "2"), Part("clean", "1")],
    Part("index", "1"): [Part("embeddings", "1")],
    Part("index", "2"): [Part("embeddings", "1")],
    Part("embeddings", "1"): [],
    Part("clean", "1"): [],
    Part("report", "1"): [Part("release", "1")],
}


def test_only_what_nothing_else_needs_goes_with_a_release() -> None:
    gone = surplus(GRAPH, [], ["2"])
    assert gone == [Part("release", "1"), Part("index", "1")], "dependants before what they need"
    assert surplus(GRAPH, [Part("index", "1")], ["2"]) == [Part("release", "1")], "a pointer names the other"
    trained = GRAPH | {Part("ranker", "9"): [Part("index", "1")]}
    assert surplus(trained, [], ["2"]) == [Part("release", "1")], "an unreleased ranker was made from it"
    assert surplus(GRAPH, [], ["1", "2"]) == []
    made_up = GRAPH | {Part("campaigns", "1"): [Part("index", "1")]}
    assert surplus(made_up, [Part("campaigns", "1")], ["2"]) == gone, "made up campaigns are whole without it"


@given(st.lists(st.sampled_from(sorted(GRAPH)), max_size=3), st.sets(st.sampled_from("12")))
def test_nothing_that_stays_loses_what_it_was_made_from(current: list[Part], releases: set[str]) -> None:
    gone = set(surplus(GRAPH, current, releases))
    for part in GRAPH.keys() - gone:
        assert part.kind == "report" or not gone & set(GRAPH[part])
    assert not gone & (set(current) - {part for part in current if part.kind == "release"})


def test_a_configuration_changes_the_release_and_nothing_else() -> None:
    shop = {
        "name": "vitrine",
        "import_path": "deployments.app:build_app",
        "args": {"topology": "split"},
        "deployments": [{"name": "Recall", "num_replicas": 2, "user_config": {"release": "a"}}],
    }
    other = {"name": "other", "import_path": "other:app"}
    details = {
        "proxy_location": "HeadOnly",
        "http_options": {"host": "0.0.0.0", "port": 81},
        "target_capacity": None,
        "applications": {
            "vitrine": {"deployed_app_config": shop},
            "other": {"deployed_app_config": other},
            "by_hand": {},
        },
    }
    put = configuration(details, "vitrine", ["Recall", "Gateway"], "b")
    assert put == {
        "proxy_location": "HeadOnly",
        "http_options": {"host": "0.0.0.0", "port": 81},
        "applications": [
            shop
            | {
                "deployments": [
                    {"name": "Recall", "num_replicas": 2, "user_config": {"release": "b"}},
                    {"name": "Gateway", "user_config": {"release": "b"}},
                ]
            },
            other,
        ],
    }
    assert configuration(details, "vitrine", (), "b")["applications"] == [shop, other]
    assert door_of(details, {"route_prefix": "/shop"}, "http://10.0.0.1:8265") == "http://10.0.0.1:81/shop/readyz"


@pytest.fixture
def shop(small_shop: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(small_shop, tmp_path / "shop")
    return Workspace(tmp_path / "shop")


def said(job: Job) -> str:
    return str(job.console.file.getvalue())  # type: ignore[attr-defined]


def test_a_release_passes_the_gate_is_rolled_back_and_old_ones_go(shop: Workspace, job: Job) -> None:
    first = shop.current("release").key
    gate = {"requests": 40, "slates": 20, "most_latency_ratio": 20.0}
    second = release.run(shop, ReleaseConfig.parse({"name": "second", "gate": gate}), job)
    verdict_ = second.manifest.metrics["gate"]
    assert verdict_["new"]["requests"] == verdict_["was"]["requests"] > 0
    assert verdict_["live"] == first and verdict_["overridden"] == []
    assert verdict_["new"] | {"median_ms": 0} == verdict_["was"] | {"median_ms": 0}, "the same models"
    assert verdict_["new"]["calibration_error"] is not None and verdict_["new"]["recall_at_10"] > 0
    assert "forced" not in second.manifest.config and "gate" in said(job)
    assert release.run(shop, ReleaseConfig(rollback=True), job).key == first == shop.current("release").key
    third = release.run(shop, ReleaseConfig.parse({"name": "third", "keep": 2, "gate": gate}), job)
    assert f"removed       release/{second.key}" in said(job)
    assert sorted(path.name for path in (shop.root / "release").glob("[!.]*/")) == sorted([first, third.key])
    assert key_before(shop) == first
    assert shop.parent(third, "index").path.is_dir(), "both need it"


def test_a_worse_release_is_refused_unless_forced(
    shop: Workspace, job: Job, capsys: pytest.CaptureFixture[str]
) -> None:
    first, before = shop.current("release").key, sorted((shop.root / "release").iterdir())
    settings = ["name=worse", "gate.requests=20", "gate.slates=5", "gate.most_latency_ratio=0.01"]
    assert main(["release", "--workspace", str(shop.root), *settings]) == 2
    error = capsys.readouterr().err
    assert error.count("error: ") == 1 and "median_ms: wanted at most" in error and "gate.force=true" in error
    assert shop.current("release").key == first and sorted((shop.root / "release").iterdir()) == before
    config = ReleaseConfig.parse(
        {"name": "worse", "gate": {"requests": 20, "slates": 5, "most_latency_ratio": 0.01, "force": True}}
    )
    forced = release.run(shop, config, job)
    assert forced.manifest.config["forced"] is True and "median_ms" in forced.manifest.metrics["gate"]["overridden"][0]
    assert (
        shop.current("release").key == forced.key
        and json.loads((shop.root / "release" / "history.json").read_text())[-1]["gate"]["overridden"]
    )


def test_a_damaged_release_is_not_gone_back_to(shop: Workspace, job: Job) -> None:
    first = shop.current("release")
    config = {"name": "second", "gate": {"requests": 5, "slates": 0, "most_latency_ratio": 20.0}}
    second = release.run(shop, ReleaseConfig.parse(config), job)
    (first.path / "histories.parquet").write_bytes(b"")
    with pytest.raises(WrongArtifact, match=r"histories\.parquet"):
        release.run(shop, ReleaseConfig(rollback=True), job)
    assert shop.current("release").key == second.key


def test_nobody_at_the_address_is_said_before_the_work(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "--workspace", str(shop.root), "name=x", "serve=http://127.0.0.1:1"]) == 2
    error = capsys.readouterr().err
    assert "http://127.0.0.1:1: wanted an answer of Ray's dashboard" in error and "Traceback" not in error
