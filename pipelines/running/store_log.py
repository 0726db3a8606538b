"""What the store knows, on disk: its events and impressions in shards by user, read once, in batches."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pydantic import Field

from pipelines.running.parts import part_name
from recsys.artifacts import Workspace
from recsys.changes import NO_CHANGES, Changes
from recsys.config import Config
from recsys.datasets.cleaning import partition_by_user
from recsys.feedback.shares import SharesConfig
from recsys.schema import DAY_S, SERVED
from recsys.stores.catalogue import CatalogueStore
from recsys.stores.database import Engine, open_database, store_address
from recsys.stores.events import EventStore

SQLITE = "sqlite:///"


class StoreLogConfig(Config):
    """Which events of which store, and how far their credit reaches."""

    store_url: str | None = None
    """SQLAlchemy address of the store; without it VITRINE_STORE_URL, then the SQLite file in the workspace."""
    until: datetime | None = None
    """Events before this moment (UTC unless it says otherwise); without it those before now."""
    window_s: float = Field(DAY_S, gt=0)
    """Seconds from an impression to an outcome without a slate that may still be credited to it."""

    shares: SharesConfig = SharesConfig()
    """How much visitors behind one network address may say."""

    @property
    def until_s(self) -> float:
        """The moment in seconds since the epoch."""
        if self.until is None:
            return time.time()
        return (self.until if self.until.tzinfo else self.until.replace(tzinfo=UTC)).timestamp()


@dataclass(frozen=True)
class StoreLog:
    """Events and impressions up to a moment; the files go when the block of `exported` ends."""

    files: tuple[Path, ...]
    """A shard each; all rows of a user are in one, in order of time."""
    num_rows: int
    until_s: float
    """First moment after it, to the microsecond: one more than the time of its newest row."""
    digest: str
    """Of all rows."""


@contextmanager
def opened(workspace: Workspace, address: str | None) -> Iterator[Engine | None]:
    """The store of this address, else of VITRINE_STORE_URL, else of the workspace; None for a file that is not there.

    Raises WrongConfig, Unavailable.
    """
    url = store_address(workspace.root, address)
    if url.startswith(SQLITE) and not Path(url.removeprefix(SQLITE)).exists():
        yield None  # opening it would make an empty one
        return
    engine = open_database(url)
    try:
        yield engine
    finally:
        engine.dispose()


def changes_of(workspace: Workspace, address: str | None) -> Changes:
    """What was said of items while the shop was open, as the store has it at this moment."""
    with opened(workspace, address) as engine:
        return NO_CHANGES if engine is None else CatalogueStore(engine).changes()


@contextmanager
def exported(
    workspace: Workspace, engine: Engine | None, kind: str, num_parts: int, until_s: float
) -> Iterator[StoreLog]:
    """Write the store's rows before a moment as shards beside the artifacts of a kind; memory holds one batch.

    Rows of a visitor who said later in the session who they are belong to the account.
    """
    home = workspace.root / kind
    home.mkdir(parents=True, exist_ok=True)
    # a name that marks it as unfinished work of this process: who finds it after a kill sweeps it away
    with tempfile.TemporaryDirectory(prefix=f".{os.getpid()}-", dir=home) as folder:
        yield _export(engine, Path(folder), num_parts, until_s)


def _export(engine: Engine | None, folder: Path, num_parts: int, until_s: float) -> StoreLog:
    files = tuple(folder / part_name(part) for part in range(num_parts))
    total, num_rows, last_us = hashlib.sha256(), 0, 0
    with ExitStack() as stack:
        writers = [stack.enter_context(pq.ParquetWriter(file, SERVED)) for file in files]
        for batch in _batches(engine, until_s):
            last_us, num_rows = pc.max(batch["at"].cast(pa.int64())).as_py(), num_rows + batch.num_rows
            total.update(batch.to_batches()[0].serialize())
            for writer, piece in zip(writers, partition_by_user(batch, num_parts), strict=True):
                writer.write_table(piece)
    return StoreLog(files, num_rows, (last_us + 1) / 1e6, total.hexdigest())


def _batches(engine: Engine | None, until_s: float) -> Iterator[pa.Table]:
    if engine is None:
        return
    store = EventStore(engine)
    accounts = store.accounts_of_sessions()
    for batch in store.scan_events(until_s=until_s):
        yield _as_accounts(pa.Table.from_batches([batch]), accounts).combine_chunks()


def _as_accounts(events: pa.Table, accounts: Mapping[str, str]) -> pa.Table:
    """The events with visitors under their account, where the session tells it."""
    if not accounts:
        return events
    frame: pl.DataFrame = pl.DataFrame(events.select(["user_id", "session_id"]))
    account = pl.col("session_id").replace_strict(accounts, default=None, return_dtype=pl.String)
    visitor = pl.col("user_id") == pl.col("session_id")
    users = frame.select(pl.when(visitor).then(pl.coalesce(account, "user_id")).otherwise("user_id")).to_series()
    place = events.column_names.index("user_id")
    return events.set_column(place, SERVED.field("user_id"), users.to_arrow().cast(pa.string()))
