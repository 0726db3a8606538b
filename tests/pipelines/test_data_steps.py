"""clean, featurize and split on eight files: side by side, nothing lost, nothing large in the driver."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import ray

from pipelines import clean, featurize, split
from pipelines.clean import CleanConfig
from pipelines.featurize import FeaturizeConfig
from pipelines.running.course import run
from pipelines.running.job import Job
from pipelines.running.parts import part_files, read_parts
from pipelines.split import SplitConfig
from recsys.artifacts import Workspace
from recsys.changes import NO_CHANGES
from recsys.errors import WrongArtifact, WrongConfig, WrongData
from recsys.schema import with_clock
from recsys.stores.catalogue import CatalogueStore
from recsys.stores.database import open_database, store_url

pytestmark = pytest.mark.ray


def test_several_data_tasks_run_at_the_same_time(eight_files: Path, tmp_path: Path, job: Job) -> None:
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])  # workers do not see the tests
    (tmp_path / "here").mkdir()
    rows = job.files("meet", part_files(eight_files / "events"), partial(meet_and_shard, tmp_path))
    assert [row["part"] for row in rows] == list(range(8))
    assert len({row["pid"] for row in rows}) > 1
    spans = sorted((row["started_s"], row["ended_s"]) for row in rows)
    assert any(later[0] < earlier[1] for earlier, later in itertools.pairwise(spans))
    assert sum(row["rows"] for row in rows) == read_parts(eight_files / "events", ["kind"]).num_rows


def meet_and_shard(folder: Path, path: Path, part: int) -> Mapping[str, Any]:
    """The kernel of `clean`, once another one has begun too."""
    (folder / "here" / str(part)).touch()
    give_up = time.monotonic() + 30
    while len(list((folder / "here").iterdir())) < 2 and time.monotonic() < give_up:
        time.sleep(0.01)
    return clean.shard(folder / "shards", 4, path, part)


def test_the_driver_never_holds_the_table(eight_files: Path, tmp_path: Path, job: Job) -> None:
    arguments = ["clean", "--workspace", str(tmp_path), "--data", str(eight_files), "--address", address()]
    code = (
        "import sys, pyarrow as pa; from pipelines.__main__ import main; failed = main(sys.argv[1:]);"
        "print(pa.default_memory_pool().max_memory()); sys.exit(failed)"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    one_file = pq.read_table(part_files(eight_files / "events")[0]).nbytes
    assert int(done.stdout) < one_file / 2


@pytest.fixture(scope="module")
def cleaned(eight_files: Path, tmp_path_factory: pytest.TempPathFactory, ray_session: Any) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("cleaned"))
    clean.run(workspace, CleanConfig(data=eight_files), Job(ray_session))
    return workspace


def test_every_row_is_kept_or_in_quarantine_with_its_reason(cleaned: Workspace, eight_files: Path) -> None:
    artifact = cleaned.current("clean")
    kept, away = read_parts(artifact.path / "events"), read_parts(artifact.path / "quarantine" / "events")
    given = read_parts(eight_files / "events", ["event_id"])
    assert kept.num_rows + away.num_rows == given.num_rows
    assert away["reason"].null_count == 0
    counted = artifact.manifest.metrics["tables"]["events"]
    assert counted["kept"] == kept.num_rows
    assert sum(counted["reasons"].values()) == away.num_rows > 0
    assert {"crawler", "event_id repeated", "item unknown", "kind unknown"} <= counted["reasons"].keys()


def test_all_events_of_a_user_are_in_one_part(cleaned: Workspace) -> None:
    seen: set[str] = set()
    for file in part_files(cleaned.current("clean").path / "events"):
        users = set(pq.read_table(file, columns=["user_id"])["user_id"].to_pylist())
        assert not users & seen
        seen |= users


def test_the_summary_names_every_reason(cleaned: Workspace, eight_files: Path, job: Job) -> None:
    clean.run(cleaned, CleanConfig(data=eight_files), job)
    printed = job.console.file.getvalue()  # type: ignore[attr-defined]
    for reason, count in cleaned.current("clean").manifest.metrics["tables"]["events"]["reasons"].items():
        assert reason in printed
        assert f"{count:,}" in printed


def test_data_is_known_by_content_not_by_name(cleaned: Workspace, eight_files: Path, tmp_path: Path) -> None:
    shutil.copytree(eight_files, tmp_path / "moved")
    key = cleaned.current("clean").key
    assert clean.recipe({}, CleanConfig(data=tmp_path / "moved"), NO_CHANGES).key == key
    items = pq.read_table(tmp_path / "moved" / "items.parquet")
    pq.write_table(items.slice(1), tmp_path / "moved" / "items.parquet")
    assert clean.recipe({}, CleanConfig(data=tmp_path / "moved"), NO_CHANGES).key != key


def test_a_wall_clock_is_split_at_the_same_moments_in_all_tables(cleaned: Workspace, job: Job) -> None:
    run(featurize, cleaned, FeaturizeConfig(), job)
    done = run(split, cleaned, SplitConfig(), job)
    cuts = done.manifest.metrics["cuts_s"]
    assert done.manifest.metrics["by"] == "time"
    for name, known in (("steps", "at_s"), ("pairs", "at_s"), ("slates", "known_s")):
        table = read_parts(done.path / name)
        assert set(table["fold"].to_pylist()) == {0, 1, 2, 3}
        for fold, cut in enumerate(cuts):
            early = table.filter(pc.less_equal(table["fold"], fold))
            assert pc.max(early[known]).as_py() <= cut
            assert pc.min(table.filter(pc.greater(table["fold"], fold))[known]).as_py() > cut
    steps = read_parts(done.path / "steps")
    shares = [done.manifest.metrics["steps"][name] / steps.num_rows for name in ("train", "rank", "valid", "test")]
    assert shares == pytest.approx([0.7, 0.15, 0.05, 0.1], abs=0.02)


def test_an_ordinal_clock_leaves_the_last_two_out(eight_files: Path, tmp_path: Path, job: Job) -> None:
    (tmp_path / "data" / "events").mkdir(parents=True)
    shutil.copy(eight_files / "items.parquet", tmp_path / "data")
    events = pq.read_table(part_files(eight_files / "events")[0])
    clicks = events.filter(pc.equal(events["kind"], "click"))
    pq.write_table(with_clock(clicks, "ordinal"), tmp_path / "data" / "events" / "clicks.parquet")
    workspace = Workspace(tmp_path / "shop")
    clean.run(workspace, CleanConfig(data=tmp_path / "data", num_parts=2), job)
    run(featurize, workspace, FeaturizeConfig(), job)
    done = run(split, workspace, SplitConfig(), job)
    assert done.manifest.metrics["by"] == "leave_one_out"
    counts = done.manifest.metrics["steps"]
    assert counts["test"] == counts["valid"] > 0
    assert counts["rank"] == 0
    by_time = run(split, workspace, SplitConfig(by="time"), job)
    assert by_time.manifest.metrics["steps"]["rank"] > 0


def test_a_damaged_input_is_named_and_leaves_nothing(eight_files: Path, tmp_path: Path, job: Job) -> None:
    shutil.copytree(eight_files, tmp_path / "data")
    broken = part_files(tmp_path / "data" / "events")[3]
    table = pq.read_table(broken)
    pq.write_table(table.drop_columns(["kind"]), broken)
    workspace = Workspace(tmp_path / "shop")
    with pytest.raises(WrongData, match=rf"{broken.name}: events\.kind"):
        clean.run(workspace, CleanConfig(data=tmp_path / "data"), job)
    broken.write_bytes(broken.read_bytes()[:1000])
    with pytest.raises(WrongData, match=rf"{broken.name}.*readable \.parquet"):
        clean.run(workspace, CleanConfig(data=tmp_path / "data"), job)
    with pytest.raises(WrongArtifact):
        workspace.current("clean")
    assert not [path for path in (tmp_path / "shop").rglob("*") if path.is_file()]


def test_what_a_task_finds_wrong_is_one_line_of_the_command(
    eight_files: Path, tmp_path: Path, ray_session: Any
) -> None:
    ray_session.start()
    shutil.copytree(eight_files, tmp_path / "data")
    broken = part_files(tmp_path / "data" / "events")[3]
    broken.write_bytes(broken.read_bytes()[:1000])
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pipelines",
            "clean",
            "--workspace",
            str(tmp_path / "shop"),
            "--address",
            address(),
            "--data",
            str(tmp_path / "data"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"error: {broken}: ") and done.stderr.count("\n") == 1


def test_a_shops_own_columns_are_mapped(tmp_path: Path, job: Job) -> None:
    (tmp_path / "products.csv").write_text("sku,name\nA1,Mug\nA2,Pan\n")
    (tmp_path / "log.csv").write_text("who,sku,ts,what\nu,A1,1700000000,buy\nu,A9,1700000001,buy\nv,A1,1,buy\n")
    (tmp_path / "columns.yaml").write_text(
        "items: {files: products.csv, columns: {item_id: sku, title: name}}\n"
        "events: {files: log.csv, columns: {user_id: who, item_id: sku, at: ts, kind: what}, time: s,"
        " kinds: {buy: purchase}}\n"
    )
    config = CleanConfig(data=tmp_path, mapping=tmp_path / "columns.yaml", num_parts=2)
    tables = clean.run(Workspace(tmp_path / "shop"), config, job).manifest.metrics["tables"]
    assert tables["items"]["kept"] == 2
    assert (tables["events"]["kept"], tables["events"]["reasons"]) == (1, {"item unknown": 1, "time impossible": 1})
    assert tables["events"]["kinds"] == {"purchase": {"kept": 1, "item unknown": 1, "time impossible": 1}}


def test_rows_with_nulls_reach_the_quarantine(tmp_path: Path, job: Job) -> None:
    """Also where our tables allow none, in files of other writers. Blank lines of a CSV are no rows, and counted."""
    (tmp_path / "products.csv").write_text("sku,name\nA1,Mug\n\n")
    (tmp_path / "log.csv").write_text("who,sku\nu,A1\n\n,A1\n")
    (tmp_path / "mapping.yaml").write_text(
        "items: {files: products.csv, columns: {item_id: sku, title: name}}\n"
        "events: {files: log.csv, columns: {user_id: who, item_id: sku}}\n"
    )
    mapped = clean.run(Workspace(tmp_path / "shop"), CleanConfig(data=tmp_path, num_parts=2), job)
    tables, notes = mapped.manifest.metrics["tables"], mapped.manifest.metrics["notes"]
    assert tables["items"] == {"kept": 1, "reasons": {}}
    assert (tables["events"]["kept"], tables["events"]["reasons"]) == (1, {"user_id missing": 1})
    assert [note[3] for note in notes if note[2].startswith("lines without anything")] == [1, 1]
    folder = tmp_path / "canonical"
    folder.mkdir()
    items = {
        "item_id": ["a", "b", None],
        "title": ["A", "B", "C"],
        "description": [None, "x", ""],
        "category": [["X", None], None, []],
        "in_stock": [True, None, True],
        "attributes": pa.array([None, [], []], pa.map_(pa.string(), pa.string())),
    }
    events = {
        "event_id": ["1", None, "3"],
        "user_id": ["u", "u", None],
        "kind": ["click"] * 3,
        "item_id": ["a", "a", "a"],
        "at": pa.array([1_700_000_000_000_000_001] * 3, pa.timestamp("ns")),
    }
    pq.write_table(pa.table(items), folder / "items.parquet")
    pq.write_table(pa.table(events), folder / "events.parquet")
    artifact = clean.run(Workspace(tmp_path / "shop"), CleanConfig(data=folder, num_parts=2), job)
    assert artifact.manifest.metrics["tables"]["items"]["reasons"] == {"item_id missing": 1, "stock unknown": 1}
    assert artifact.manifest.metrics["tables"]["events"]["reasons"] == {"event_id missing": 1, "user_id missing": 1}
    (item,) = pq.read_table(artifact.path / "items.parquet").to_pylist()
    assert (item["description"], item["category"], item["attributes"]) == ("", ["X"], [])


def test_data_of_which_nothing_is_left_is_refused_with_the_reasons(tmp_path: Path, job: Job) -> None:
    (tmp_path / "items.tsv").write_text("item_id\ttitle\n1\tA\n")
    (tmp_path / "all.txt").write_text("u 7 8 9\n")
    workspace = Workspace(tmp_path / "shop")
    with pytest.raises(Exception, match="events: wanted at least one row that can be kept, got 'item unknown 3'"):
        clean.run(workspace, CleanConfig(data=tmp_path, num_parts=2), job)
    with pytest.raises(WrongArtifact):
        workspace.current("clean")


def test_a_mapping_without_data_is_refused(tmp_path: Path, job: Job) -> None:
    with pytest.raises(WrongConfig, match="--data"):
        clean.run(Workspace(tmp_path), CleanConfig(mapping=tmp_path / "columns.yaml"), job)


def test_the_manifest_says_what_went_in(cleaned: Workspace) -> None:
    manifest = json.loads((cleaned.current("clean").path / "manifest.json").read_text())
    assert manifest["inputs"].keys() == {"data"}
    assert manifest["config"]["num_parts"] == 8


def address() -> str:
    """Of the session's Ray, for another process."""
    return str(ray.get_runtime_context().gcs_address)


def test_what_was_written_while_the_shop_is_open_holds_over_the_data(
    eight_files: Path, tmp_path: Path, job: Job
) -> None:
    workspace = Workspace(tmp_path / "shop")
    config = CleanConfig(data=eight_files, num_parts=2)
    before = clean.run(workspace, config, job)
    items = pq.read_table(before.path / "items.parquet")
    first, second = items["item_id"].to_pylist()[:2]
    engine = open_database(store_url(workspace.root / "store.sqlite"))
    store = CatalogueStore(engine)
    store.put({"new": {"title": "A new thing", "category": []}}, 1.0)
    store.patch({first: {"price_micros": 77, "currency": "USD"}}, 2.0, lambda _: True)
    store.delete([second], 3.0, lambda _: True)
    engine.dispose()
    after = clean.run(workspace, config, job)
    assert after.key != before.key
    cleaned = pq.read_table(after.path / "items.parquet")
    assert cleaned["item_id"].to_pylist() == [*items["item_id"].to_pylist(), "new"]
    rows = {row["item_id"]: row for row in cleaned.to_pylist()}
    assert (rows[first]["price_micros"], rows[second]["blocked"], rows["new"]["title"]) == (77, True, "A new thing")
    assert clean.run(workspace, config, job).key == after.key, "nothing new, nothing made"
