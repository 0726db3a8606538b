"""online: what the served shop brought, by surface and day: CTR, CVR, add-to-cart rate, revenue, CPM.

From the charges of the store, and its events and impressions as `credit` judges them. A CTR is per view, or per
impression on days on which no client reported views, and says which. What no slate can be credited with stands under
`organic`.

daily.csv daily.parquet        the same figures
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
from rich.table import Table

from pipelines import credit
from pipelines.running.code_version import code_version
from pipelines.running.job import Job
from pipelines.running.lineage import Inputs, keys
from pipelines.running.parts import part_files, part_name, read_parts
from pipelines.running.store_log import StoreLogConfig, opened
from recsys.artifacts import Artifact, Recipe, Workspace
from recsys.config import HOW
from recsys.feedback.daily import CHARGED, COUNTED, count_by_day, daily, rates
from recsys.metrics.business import Rate
from recsys.schema import MICROS
from recsys.stores.ledger import REVENUE, Ledger

FILES = ("daily.csv", "daily.parquet")
SHOWN = ("impressions", "views", "clicks", "carts", "purchases")
"""Counts that are printed; the files have all."""
HEADS = ("day", "surface", *SHOWN, "CTR", "CVR", "to cart", "revenue", "CPM")
CAPTION = "CVR and to cart are per click; revenue and CPM (per 1000 seen) are of sponsored places."
WIDTH = 112
"""Characters that the table takes, whatever a console says: a file has no width."""


class OnlineConfig(StoreLogConfig):
    """Settings of `online`."""

    out: Annotated[Path | None, HOW] = None
    """Folder that gets a copy of the table, such as that of the report."""


def recipe(inputs: Inputs, revenue: pa.Table) -> Recipe:
    """Of the table: the credited events, and what was charged."""
    charges = hashlib.sha256(str(revenue.to_pylist()).encode()).hexdigest()
    code = code_version("recsys.feedback.daily", __name__)
    return Recipe("online", {}, code, parents=keys(inputs), inputs={"charges": charges})


def run(workspace: Workspace, config: OnlineConfig, job: Job) -> Artifact | None:
    """Prints the table, and copies it to `out`. None where the store has no events."""
    config = config.model_copy(update={"until": datetime.fromtimestamp(config.until_s, UTC)})  # one moment for both
    artifact = _make(workspace, config, job)
    if artifact is None:
        job.console.print("online: the store has no events before this moment", soft_wrap=True)
        return None
    workspace.point("online", artifact.key)
    folder = artifact.path
    if config.out is not None:
        folder = config.out
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            shutil.copyfile(artifact.path / name, folder / name)
    table = printed(pq.read_table(artifact.path / "daily.parquet"))
    job.console.print(table, crop=False)
    job.console.print(f"daily table: {folder / 'daily.csv'}", soft_wrap=True)
    return artifact


def _make(workspace: Workspace, config: OnlineConfig, job: Job) -> Artifact | None:
    """None where nothing was served."""
    with opened(workspace, config.store_url) as engine:
        if engine is None:
            return None
        clean = workspace.parent(workspace.current("release"), "clean")
        served = credit.make(workspace, {"clean": clean}, config, job)
        if served is None:
            return None
        revenue = Ledger(engine).revenue_by_day(config.until_s)
    inputs = {"served": served}
    return job.make(workspace, recipe(inputs, revenue), partial(_fill, inputs, job, revenue))


def _fill(inputs: Inputs, job: Job, revenue: pa.Table, folder: Path) -> Mapping[str, Any]:
    work = folder / "scratch"
    work.mkdir()
    job.files("online", part_files(inputs["served"].path / "events"), partial(count_part, work))
    table = daily([read_parts(work)], revenue.cast(REVENUE))
    shutil.rmtree(work)
    pacsv.write_csv(table, folder / "daily.csv")
    pq.write_table(table, folder / "daily.parquet")
    return {"rows": table.num_rows, **{name: pc.sum(table[name]).as_py() for name in (*COUNTED, *CHARGED)}}


def count_part(folder: Path, path: Path, part: int) -> Mapping[str, Any]:
    """The counts of some users."""
    credited = pq.read_table(path)
    pq.write_table(count_by_day(credited), folder / part_name(part))
    return {"rows": credited.num_rows}


def printed(table: pa.Table) -> Table:
    """The daily table for a screen, with everything together in its last row."""
    out = Table(
        *HEADS,
        box=None,
        width=WIDTH,
        header_style="bold",
        padding=(0, 1, 0, 0),
        caption=CAPTION,
        caption_justify="left",
    )
    for column in out.columns[2:]:
        column.justify = "right"
    rows = table.to_pylist()
    for row in rows:
        out.add_row(str(row["day"]), row["surface"] or "organic", *_cells([row]))
    out.add_row("all", "", *_cells(rows), style="bold")
    return out


def _cells(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The counts of some rows added up, and their rates; two rates per different things stay two."""
    counts = [f"{sum(row[name] for row in rows):,}" for name in SHOWN]
    found = [rates(row) for row in rows]
    ctr = " ".join(f"{rate.value:.3f}/{rate.per[:-1]}" for rate in added([one["ctr"] for one in found]))
    cvr, to_cart, cpm = (
        " ".join(f"{rate.value:,.{digits}f}" for rate in added([one[name] for one in found]))
        for name, digits in (("cvr", 3), ("add_to_cart_rate", 3), ("cpm", 2))
    )
    money = f"{sum(row['revenue_micros'] for row in rows) / MICROS:,.2f}"
    return [*counts, *(cell or "–" for cell in (ctr, cvr, to_cart, money, cpm))]


def added(found: Sequence[Rate]) -> list[Rate]:
    """The rates over something, added where they are per the same thing, in the order in which they come."""
    sums: dict[str, Rate] = {}
    for rate in found:
        if rate.denominator:
            sums[rate.per] = sums[rate.per] + rate if rate.per in sums else rate
    return list(sums.values())
