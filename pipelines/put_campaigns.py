"""put_campaigns: the campaigns of a shop into its store, where running replicas see them within seconds.

Those of the current cleaned data, or of a folder with `campaigns.parquet` and `creatives.parquet`, such as
`simulate_campaigns` writes, or with tables that a mapping reads (`campaigns:`), checked as `clean` checks. They are the
whole of what files say: only what differs from the last file changes, so what was changed in the store since stays when
the same is put again; a campaign that is no more among them ends. What was spent is never touched. With `end=` nothing
is put: the campaigns that it names end now.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa

from pipelines.cleaning.summary import note_lines
from pipelines.running.job import Job
from recsys.artifacts import Workspace
from recsys.campaigns import Campaigns
from recsys.config import Config
from recsys.datasets.cleaning import Cleaned, clean_campaigns, clean_creatives, reasons
from recsys.datasets.mapping import Mapping, mapping_file
from recsys.datasets.notes import Note, Say
from recsys.datasets.tabular import read_campaigns_folder
from recsys.errors import WrongConfig, WrongData
from recsys.stores.campaigns import CampaignStore
from recsys.stores.database import open_database, store_address


class PutCampaignsConfig(Config):
    """Settings of `put_campaigns`."""

    data: Path | None = None
    """Folder of the two tables, or of the shop's own with a mapping; without it the current cleaned data."""
    mapping: Path | None = None
    """YAML or JSON file that says which columns of the data mean what; without it one that lies in the folder."""
    end: tuple[str, ...] = ()
    """Ids of campaigns that end."""
    store_url: str | None = None
    """SQLAlchemy address of the store; without it VITRINE_STORE_URL, then the SQLite file in the workspace."""


def run(workspace: Workspace, config: PutCampaignsConfig, job: Job) -> int:
    """Returns the revision of the campaigns. Raises WrongData, NotFound naming a campaign that nobody knows."""
    if not config.end:
        folder = config.data or workspace.current("clean").path
        return put(workspace, folder, config, job)
    if config.data is not None:
        raise WrongConfig("end", "one thing at a time", "data as well")
    with _store(workspace, config) as store:
        revision = store.end(config.end, time.time())
    job.console.print(f"{'campaigns':<14}{len(config.end):,} ended; they are at revision {revision}")
    return revision


def put(workspace: Workspace, folder: Path, config: PutCampaignsConfig, job: Job) -> int:
    """Put those of a folder. Returns their revision. Raises WrongData, Unavailable."""
    notes: list[Note] = []
    given = checked(folder, config.mapping, notes.append)
    with _store(workspace, config) as store:
        done = store.put(given, time.time())
    job.console.print(
        f"{'campaigns':<14}{given.campaigns.num_rows:,} put: {done.new:,} new, {done.changed:,} changed, "
        f"{done.ended:,} ended; they are at revision {done.revision}"
    )
    for line in note_lines(notes):
        job.console.print(line, markup=False, soft_wrap=True)
    return done.revision


def checked(folder: Path, mapping: Path | None, say: Say) -> Campaigns:
    """The campaigns of a folder. Raises WrongData where `clean` would not keep every row of them."""
    given = _read(folder, mapping, say)
    kept = _whole("campaigns", clean_campaigns(given.campaigns))
    of_items = given.creatives["item_id"].drop_null().unique()  # what no release has, no slate shows
    _whole("creatives", clean_creatives(given.creatives, of_items, kept["campaign_id"]))
    return given


def _read(folder: Path, mapping: Path | None, say: Say) -> Campaigns:
    mapping = mapping or (mapping_file(folder) if folder.is_dir() else None)
    if mapping is not None:
        return read_campaigns_folder(folder, Mapping.read(mapping), say)
    if not (folder / "campaigns.parquet").is_file():
        raise WrongData(f"{folder}/campaigns.parquet", "a file, or a mapping of one", "none", "Nothing was changed.")
    return Campaigns.open(folder)


def _whole(name: str, cleaned: Cleaned) -> pa.Table:
    refused = cleaned.quarantined
    if refused.num_rows:
        why = ", ".join(f"{reason} {count}" for reason, count in reasons(refused).items())
        raise WrongData(f"{name}: {refused[0][0]}", "rows that `clean` would keep", why, "Nothing was changed.")
    return cleaned.kept


@contextmanager
def _store(workspace: Workspace, config: PutCampaignsConfig) -> Iterator[CampaignStore]:
    engine = open_database(store_address(workspace.root, config.store_url))
    try:
        yield CampaignStore(engine)
    finally:
        engine.dispose()
