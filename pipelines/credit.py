"""credit: what the served shop was told, checked as `clean` checks, and credited to the slates that it came from.

Events and impressions are taken from the store up to a moment; all of it anew each time, so that late events are right.
Items that were put since the release was made are known too. `learn` learns from this and `online` counts it, so their
numbers agree.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.running.code_version import code_version
from pipelines.running.job import Job
from pipelines.running.lineage import Inputs, keys
from pipelines.running.parts import part_files, part_name, write_quarantine
from pipelines.running.store_log import StoreLog, StoreLogConfig, changes_of, exported, opened
from recsys.artifacts import Artifact, Recipe, Workspace
from recsys.datasets.cleaning import Cleaned, CleaningConfig, clean_events, reasons
from recsys.datasets.crawlers import bots, suspicious_counts
from recsys.errors import WrongData
from recsys.feedback.attribution import CREDIT, CREDITS, attribute
from recsys.feedback.shares import SharesConfig, beyond_share, kept_shares, tally
from recsys.schema import FEEDBACK_KINDS
from recsys.splits import sample_times

BEYOND = "beyond the share of an address"
"""Why what visitors did may be in quarantine."""
SAMPLE = 64
"""Times of steps that a part hands on, for the moment after which a test may begin."""


class CreditConfig(StoreLogConfig):
    """Settings of `credit`."""


def recipe(inputs: Inputs, config: StoreLogConfig, log: StoreLog, new_items: Sequence[str]) -> Recipe:
    """Of the served events: the rows of the store, the catalogue and rules that judge them, and the window."""
    settings = {"window_s": config.window_s, "until_s": log.until_s, "shares": config.shares.model_dump(mode="json")}
    outside = {"store": log.digest}
    if new_items:
        outside["items"] = hashlib.sha256(json.dumps(new_items).encode()).hexdigest()
    code = code_version("recsys.feedback.attribution", __name__)
    return Recipe("served", settings, code, parents=keys(inputs), inputs=outside)


def run(workspace: Workspace, config: CreditConfig, job: Job) -> Artifact | None:
    """By the catalogue of the live release. None where the store has no events."""
    served = make(workspace, {"clean": workspace.parent(workspace.current("release"), "clean")}, config, job)
    if served is None:
        job.console.print("credit: the store has no events before this moment", soft_wrap=True)
    else:
        workspace.point("served", served.key)
    return served


def make(workspace: Workspace, inputs: Inputs, config: StoreLogConfig, job: Job) -> Artifact | None:
    """The served events, checked and credited; None where the store has none."""
    clean = inputs["clean"]
    known = pq.read_table(clean.path / "items.parquet", columns=["item_id"])["item_id"]
    with _log(workspace, config, len(part_files(clean.path / "events"))) as log:
        if log.num_rows == 0:
            return None
        put = {one.item_id for one in changes_of(workspace, config.store_url).items if one.kind == "put"}
        new_items = sorted(put - set(known.to_pylist()))
        work = partial(_fill, clean, config, job, log, new_items)
        return job.make(workspace, recipe(inputs, config, log, new_items), work)


@contextmanager
def _log(workspace: Workspace, config: StoreLogConfig, num_parts: int) -> Iterator[StoreLog]:
    with (
        opened(workspace, config.store_url) as engine,
        exported(workspace, engine, "served", num_parts, config.until_s) as log,
    ):
        yield log


def _fill(
    clean: Artifact, config: StoreLogConfig, job: Job, log: StoreLog, new_items: Sequence[str], folder: Path
) -> Mapping[str, Any]:
    rules = CleaningConfig.parse(clean.manifest.config["rules"])
    for name in ("events", "quarantine"):
        (folder / name).mkdir()
    known = shares_of(job, log, rules, config.shares, folder / "scratch")
    kernel = partial(serve_part, clean.path, folder, rules, config.window_s, new_items, known)
    rows = job.files("credit", log.files, kernel)
    counts = _added(rows, "counts")
    if not counts.get("kept"):
        why = ", ".join(f"{reason} {count}" for reason, count in _added(rows, "reasons").items())
        raise WrongData("store", "at least one event that can be kept", why)
    return {
        "since_s": min(row["since_s"] for row in rows),
        "until_s": log.until_s,
        "rows": log.num_rows,
        "counts": counts,
        "reasons": _added(rows, "reasons"),
        "step_times": [row["step_times"] for row in rows],
        "steps": [row["steps"] for row in rows],
    }


def shares_of(job: Job, log: StoreLog, rules: CleaningConfig, config: SharesConfig, scratch: Path) -> pa.Table:
    """What stays of what each network address said, over all parts."""
    scratch.mkdir()
    job.files("credit: shares", log.files, partial(tally_part, scratch, rules))
    kept = kept_shares([pq.read_table(path) for path in part_files(scratch)], config)
    shutil.rmtree(scratch)
    return kept


def tally_part(folder: Path, rules: CleaningConfig, path: Path, part: int) -> Mapping[str, Any]:
    """What the addresses of some users said; crawlers are left out here already."""
    raw = pq.read_table(path)
    tallied = tally(clean_events(raw, pc.unique(raw["item_id"]), bots(suspicious_counts(raw), rules), rules).kept)
    pq.write_table(tallied, folder / part_name(part))
    return {"rows": tallied.num_rows}


def serve_part(
    clean: Path,
    folder: Path,
    rules: CleaningConfig,
    window_s: float,
    new_items: Sequence[str],
    shares: pa.Table,
    path: Path,
    part: int,
) -> Mapping[str, Any]:
    """All served events of some users: checked, credited, and written as canonical events on the clock of the log."""
    known = pq.read_table(clean / "items.parquet", columns=["item_id"])["item_id"]
    item_ids = pa.concat_arrays([known.combine_chunks(), pa.array(new_items, known.type)])
    raw = pq.read_table(path)
    cleaned = clean_events(raw, item_ids, bots(suspicious_counts(raw), rules), rules)
    cleaned = _within_shares(cleaned, shares)
    credited = attribute(cleaned.kept, window_s=window_s)
    write_quarantine(cleaned.quarantined, folder / "quarantine" / part_name(part))
    pq.write_table(credited.drop_columns([CREDIT.name]), folder / "events" / part_name(part))
    counts = {"kept": credited.num_rows, "impressions": pc.sum(pc.equal(credited["kind"], "impression")).as_py() or 0}
    counts |= {name: pc.sum(pc.equal(credited[CREDIT.name], name)).as_py() or 0 for name in CREDITS}
    counts["unproven"] = pc.sum(pc.invert(credited["proven"])).as_py() or 0
    at_s = credited["at"].cast(pa.int64()).to_numpy() / 1e6
    steps = pc.and_(pc.is_in(credited["kind"], value_set=pa.array(FEEDBACK_KINDS)), credited["proven"])
    chosen = at_s[steps.to_numpy()]
    return {
        "counts": json.dumps(counts),
        "reasons": json.dumps(reasons(cleaned.quarantined)),
        "steps": len(chosen),
        "step_times": sample_times(chosen, SAMPLE).tolist(),
        "since_s": float(at_s.min(initial=np.inf)),
    }


def _within_shares(cleaned: Cleaned, shares: pa.Table) -> Cleaned:
    """Slates of visitors whose address has more than its share are set aside too."""
    beyond = beyond_share(cleaned.kept, shares)
    away = cleaned.kept.filter(beyond)
    away = away.append_column("reason", pa.array([BEYOND] * away.num_rows, pa.string()))
    return Cleaned(cleaned.kept.filter(pc.invert(beyond)), pa.concat_tables([cleaned.quarantined, away]))


def _added(rows: Sequence[Mapping[str, Any]], name: str) -> dict[str, int]:
    total: Counter[str] = Counter()
    for row in rows:
        total.update(json.loads(row[name]))
    return dict(total)
