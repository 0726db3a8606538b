"""clean: raw tables checked row by row; what is impossible goes to quarantine with a reason, nothing goes silently.

    raw events, any files -- shard by user --> shards/<part>/<file> -- clean each part --> events/, quarantine/

Both arrows are Ray Data streams of files; one part holds whole users, so duplicates and bots are found inside it.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import Field

from pipelines.cleaning.summary import KEPT, doubts, summary
from pipelines.running.code_version import code_version
from pipelines.running.job import Job, Report
from pipelines.running.lineage import Inputs, current, keys
from pipelines.running.parts import part_files, part_name, write_parts, write_quarantine
from pipelines.running.store_log import changes_of
from recsys.artifacts import Artifact, Recipe, Workspace, digest_files
from recsys.changes import Changes
from recsys.config import HOW, Config
from recsys.datasets.canonical import canonical_files, read_parquet
from recsys.datasets.cleaning import (
    Cleaned,
    CleaningConfig,
    clean_campaigns,
    clean_creatives,
    clean_events,
    clean_images,
    clean_items,
    clean_users,
    partition_by_user,
    reasons,
)
from recsys.datasets.crawlers import bots, suspicious_counts
from recsys.datasets.mapping import Mapping as ColumnMapping
from recsys.datasets.notes import Note
from recsys.datasets.plain import plain_items
from recsys.datasets.reader import detect_format, folder_files, mapping_of, read_folder
from recsys.datasets.sequence_txt import ALIASES, ALIASES_FILE, ITEMS_FILE, read_aliases
from recsys.errors import WrongConfig, WrongData
from recsys.features.changes import changed_items
from recsys.features.pictures import GROUP
from recsys.schema import EVENTS, KINDS, TABLES, conform, unjudged


class CleanConfig(Config):
    """Settings of `clean`."""

    data: Path | None = None
    """Folder of a shop's own data; without it the simulated shop is cleaned."""
    mapping: Path | None = None
    """YAML or JSON file that says which columns of the data mean what."""
    num_parts: int = Field(8, ge=1)
    """Files of the cleaned events; a user's events are all in one. Rows lie in the order of the files, and training
    draws by it: another number is another artifact."""
    rules: CleaningConfig = CleaningConfig()
    """What is impossible."""
    alarming_share: Annotated[float, HOW] = Field(0.2, gt=0, le=1)
    """Part of a table that goes for one reason, above which a line of its own says what to look at."""
    store_url: Annotated[str | None, HOW] = None
    """Store whose changes of the catalogue are taken over; without it VITRINE_STORE_URL, then the workspace's."""


def recipe(inputs: Inputs, config: CleanConfig, changes: Changes) -> Recipe:
    """
    Args:
        inputs: `raw`, or nothing where data is named.
        changes: of the catalogue.
    """
    if config.mapping is not None and config.data is None:
        raise WrongConfig("mapping", "a folder of data that it is for (--data)", "none")
    code = code_version(__name__)
    settings = {name: value for name, value in config.decisive().items() if name not in ("data", "mapping")}
    outside = {"catalogue": changes.digest()} if changes.items else {}
    if config.data is None:
        return Recipe("clean", settings, code, parents=keys(inputs), inputs=outside)
    mapping = _mapping(config)  # with what its presets say, which are no code
    outside |= {"data": digest_files(folder_files(config.data, mapping))}
    return Recipe("clean", {**settings, "mapping": mapping and mapping.model_dump(mode="json")}, code, inputs=outside)


def run(workspace: Workspace, config: CleanConfig, job: Job) -> Artifact:
    """What it makes of the current raw tables, or of the data, becomes the current one."""
    outside = config.data is not None or config.mapping is not None
    artifact = make(workspace, {} if outside else current(workspace, "raw"), config, job)
    workspace.point("clean", artifact.key)
    return artifact


def make(workspace: Workspace, inputs: Inputs, config: CleanConfig, job: Job) -> Artifact:
    """Also prints what was kept, what was not and what was changed, and loudly what looks wrong."""
    changes = changes_of(workspace, config.store_url)  # once: more may come while this works
    fill = partial(_fill, inputs, config, changes, job)
    artifact = job.make(workspace, recipe(inputs, config, changes), fill)
    job.console.print(summary(artifact.manifest.metrics))
    for line in doubts(artifact.manifest.metrics, config.alarming_share):
        job.console.print(line, markup=False, soft_wrap=True)
    return artifact


def _fill(inputs: Inputs, config: CleanConfig, changes: Changes, job: Job, folder: Path) -> Mapping[str, Any]:
    scratch = folder / "scratch"
    source, notes = _source(inputs, config, job, scratch)
    tables, changed = _clean_small(source, folder, config.rules, changes)
    if (source / ALIASES_FILE).exists():
        shutil.copyfile(source / ALIASES_FILE, folder / ALIASES_FILE)
    tables["events"] = _clean_log(source, config, job, folder)
    shutil.rmtree(scratch, ignore_errors=True)
    for name in ("items", "events"):
        reasons_ = tables[name]["reasons"]
        if not tables[name]["kept"] and (name == "items" or reasons_):
            why = ", ".join(f"{reason} {count}" for reason, count in reasons_.items())
            raise WrongData(f"{config.data or 'raw'}: {name}", "at least one row that can be kept", why or "no rows")
    return {"tables": tables, "notes": [*notes, *changed]}


def _clean_log(source: Path, config: CleanConfig, job: Job, folder: Path) -> dict[str, Any]:
    """The events, cut by user and cleaned part by part. A shop may have none: then every part is empty."""
    shards = folder / "scratch" / "shards"
    files = canonical_files(source)["events"]
    if files:
        job.files("clean: shard", files, partial(shard, shards, config.num_parts))
    else:
        for number in range(config.num_parts):
            write_parts(EVENTS.empty_table(), shards / str(number), 1)
    rows = job.files(
        "clean: events",
        [shards / str(part) for part in range(config.num_parts)],
        partial(_clean_part, folder / "items.parquet", folder, config.rules),
    )
    total: Counter[str] = Counter()
    kinds: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        total.update(json.loads(row["reasons"]))
        for kind, counts in json.loads(row["kinds"]).items():
            kinds[kind].update(counts)
    return {
        "kept": sum(row["kept"] for row in rows),
        "reasons": dict(total),
        "kinds": {k: dict(v) for k, v in kinds.items()},
    }


def _source(inputs: Inputs, config: CleanConfig, job: Job, scratch: Path) -> tuple[Path, list[Note]]:
    """The folder of raw canonical tables, which is an artifact, the data itself, or what a reader makes of it; and what
    the reader noted."""
    if config.data is None:
        return inputs["raw"].path, []
    if config.mapping is None and detect_format(config.data) == "canonical":
        return config.data, []
    read = job.task("clean: read", read_outside, config, scratch / "raw")
    return scratch / "raw", read["notes"]


def read_outside(report: Report, config: CleanConfig, folder: Path) -> Mapping[str, Any]:
    """Another format as canonical tables. Returns what was noted of it (`notes`)."""
    assert config.data is not None
    folder.mkdir(parents=True)
    notes: list[Note] = []
    tables = read_folder(config.data, _mapping(config), notes.append).present()
    for name, table in tables.items():
        if name == "events":
            write_parts(unjudged(table), folder / name, config.num_parts)
        else:
            pq.write_table(unjudged(table), folder / f"{name}.parquet")
    aliases = read_aliases(config.data) if (config.data / ITEMS_FILE).is_file() else {}
    pq.write_table(
        pa.table({"item_id": list(aliases), "alias": list(aliases.values())}, schema=ALIASES), folder / ALIASES_FILE
    )
    return {"notes": notes}


def _clean_small(
    source: Path, folder: Path, rules: CleaningConfig, changes: Changes
) -> tuple[dict[str, Any], list[Note]]:
    """Items in plain words with what was said of them since, and what is small and names them or is named by them."""
    done: dict[str, Any] = {}

    def keep(name: str, cleaned: Cleaned) -> pa.Table:
        group = GROUP if name == "images" else None  # so that one picture is read without the others
        pq.write_table(cleaned.kept, folder / f"{name}.parquet", row_group_size=group)
        write_quarantine(cleaned.quarantined, folder / "quarantine" / f"{name}.parquet")
        done[name] = {"kept": cleaned.kept.num_rows, "reasons": reasons(cleaned.quarantined)}
        return cleaned.kept

    def raw(name: str) -> pa.Table:
        files = canonical_files(source)[name]
        return conform(read_parquet(files), name) if files else TABLES[name].empty_table()

    plain, notes = plain_items(raw("items"))
    cleaned = clean_items(plain, rules)
    items = keep("items", cleaned._replace(kept=changed_items(cleaned.kept, changes.items).items))
    keep("users", clean_users(raw("users"), rules))
    keep("images", clean_images(raw("images"), items["image"]))
    campaigns = keep("campaigns", clean_campaigns(raw("campaigns")))
    keep("creatives", clean_creatives(raw("creatives"), items["item_id"], campaigns["campaign_id"]))
    return done, notes


def shard(shards: Path, num_parts: int, path: Path, part: int) -> Mapping[str, Any]:
    """One file of raw events, cut by user."""
    raw = read_parquet([path])
    try:
        table = unjudged(conform(raw, "events"))
    except WrongData as error:
        raise WrongData(f"{path}: {error.field}", error.wanted, error.got) from None
    for number, piece in enumerate(partition_by_user(table, num_parts)):
        (shards / str(number)).mkdir(parents=True, exist_ok=True)
        pq.write_table(piece, shards / str(number) / part_name(part))
    return {"rows": table.num_rows}


def _clean_part(items: Path, folder: Path, rules: CleaningConfig, path: Path, part: int) -> Mapping[str, Any]:
    """All events of some users."""
    item_ids = pq.read_table(items, columns=["item_id"])["item_id"].combine_chunks()
    events = pa.concat_tables([pq.read_table(file) for file in part_files(path)])
    found = bots(suspicious_counts(events), rules)
    cleaned = clean_events(events, item_ids, found, rules)
    (folder / "events").mkdir(exist_ok=True)
    pq.write_table(cleaned.kept, folder / "events" / part_name(part))
    write_quarantine(cleaned.quarantined, folder / "quarantine" / "events" / part_name(part))
    return {
        "kept": cleaned.kept.num_rows,
        "reasons": json.dumps(reasons(cleaned.quarantined)),
        "kinds": json.dumps(_by_kind(cleaned)),
    }


def _by_kind(cleaned: Cleaned) -> dict[str, dict[str, int]]:
    """Known kind -> reason (or kept) -> events."""
    kinds: dict[str, dict[str, int]] = {}
    for kind in KINDS:
        kept = pc.sum(pc.equal(cleaned.kept["kind"], kind)).as_py() or 0
        away = reasons(cleaned.quarantined.filter(pc.equal(cleaned.quarantined["kind"], kind)))
        if kept or away:
            kinds[kind] = {KEPT: kept, **away}
    return kinds


def _mapping(config: CleanConfig) -> ColumnMapping | None:
    given = ColumnMapping.read(config.mapping) if config.mapping else None
    return given if config.data is None else mapping_of(config.data, given)
