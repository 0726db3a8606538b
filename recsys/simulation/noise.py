"""What is wrong with every real log: events sent twice, broken rows, and crawlers. `clean` must find them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pyarrow as pa

from recsys.schema import DAY_S, EVENTS, USERS
from recsys.simulation.config import SimulationConfig

BOT_HOURS = 2
BOT_CLICKS_AN_HOUR = 300

_BREAKAGES: tuple[Callable[[], pl.Expr], ...] = (
    lambda: pl.lit("i-unknown").alias("item_id"),
    lambda: pl.lit("touch").alias("kind"),
    lambda: pl.lit("").alias("user_id"),
    lambda: pl.lit(-1_000_000, pl.Int64).alias("price_micros"),
    lambda: pl.col("at").dt.offset_by("-60y").alias("at"),
)


def with_noise(events: pa.Table, item_ids: list[str], config: SimulationConfig, rng: np.random.Generator) -> pa.Table:
    """The events with repeated rows, broken rows and crawlers among them, in order of time."""
    clean = pl.DataFrame(events)
    count = round(config.dirt * len(clean))
    repeated = clean[rng.integers(0, len(clean), count)]
    frames = [clean, repeated, *_broken(clean, count // 2, rng), *_bots(item_ids, config, rng)]
    table = pl.concat([frame.select(clean.columns).cast(clean.schema) for frame in frames]).sort(
        "at", maintain_order=True
    )
    return table.to_arrow().cast(EVENTS)


def bot_users(config: SimulationConfig) -> pa.Table:
    """Rows of `users` for the crawlers: the shop takes them for people."""
    ids = [f"b{number:03d}" for number in range(config.num_bots)]
    return pa.table([ids, pa.nulls(len(ids), USERS.field("created_at").type), [[]] * len(ids)], schema=USERS)


def _broken(clean: pl.DataFrame, count: int, rng: np.random.Generator) -> list[pl.DataFrame]:
    """Copies of rows with new event ids and one wrong field each."""
    rows = np.array_split(rng.integers(0, len(clean), count), len(_BREAKAGES))
    return [
        clean[chosen].with_columns(("broken-" + str(number) + "-" + pl.col("event_id")).alias("event_id"), breakage())
        for number, (chosen, breakage) in enumerate(zip(rows, _BREAKAGES, strict=True))
    ]


def _bots(item_ids: list[str], config: SimulationConfig, rng: np.random.Generator) -> list[pl.DataFrame]:
    """Each crawler opens page after page without pause for some hours."""
    frames = []
    for number in range(config.num_bots):
        count = BOT_HOURS * BOT_CLICKS_AN_HOUR
        start_s = config.starts_s + rng.uniform(0, config.num_days - 1) * DAY_S
        at_us = np.sort((start_s + rng.uniform(0, BOT_HOURS * 3600, count)) * 1e6).astype(np.int64)
        frame = pl.DataFrame({"item_id": rng.choice(item_ids, count), "at": at_us}).with_columns(
            pl.col("at").cast(pl.Datetime("us", "UTC")),
            pl.format(f"bot{number}-{{}}", pl.int_range(count)).alias("event_id"),
            pl.lit(f"b{number:03d}").alias("user_id"),
            pl.lit("click").alias("kind"),
            *(
                pl.lit(None).alias(name)
                for name in EVENTS.names
                if name not in ("item_id", "at", "event_id", "user_id", "kind")
            ),
        )
        frames.append(frame)
    return frames
