"""Campaign budgets: what was spent of them, and on which click.

Prices are taken inside the database, from campaigns that the transaction holds: any number of processes charging
at once together never pass the budget. A click that the budget cannot pay is free, and is remembered as such.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from typing import Any, Literal, NamedTuple

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from recsys.errors import NotFound, WrongData
from recsys.records import INT64, microseconds
from recsys.schema import LAST_S
from recsys.stores.database import inserted_once, reading, writing
from recsys.stores.tables import campaigns, charges, impressions

Charge = Literal["charged", "repeated", "refused"]
"""The campaign paid; this click was judged before; the budget has not that much left."""


class SoldClick(NamedTuple):
    """A click on a sponsored item, at the price it was sold for."""

    slate_id: str
    item_id: str
    campaign_id: str
    price_cpc_micros: int


KEY = SoldClick._fields[:3]
"""A click is charged once."""
REFUSE = sa.update(charges).where(*(charges.c[name] == sa.bindparam(f"b_{name}") for name in KEY)).values(charged=False)
DAY_US = 86_400_000_000
REVENUE = pa.schema(
    [
        ("day", pa.int64()),
        ("surface", pa.string()),
        ("charged_clicks", pa.int64()),
        ("free_clicks", pa.int64()),
        ("revenue_micros", pa.int64()),
    ]
)
"""`day`: whole days (UTC) since the epoch; free clicks are those that a budget could not pay."""


class Ledger:
    """Shared by all ad-placement and gateway processes; thread-safe."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def remaining(self) -> dict[str, int]:
        """campaign_id -> micros left of its budget."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(campaigns)).all()
        return {row.campaign_id: max(0, row.budget_micros - row.spent_micros) for row in rows}

    def spent(self) -> dict[str, int]:
        """campaign_id -> micros spent."""
        with reading(self._engine) as connection:
            rows = connection.execute(sa.select(campaigns)).all()
        return {row.campaign_id: row.spent_micros for row in rows}

    def revenue_by_day(self, until_s: float = LAST_S) -> pa.Table:
        """What the clicks until a moment, not including, have brought: REVENUE, a row a day and surface.

        The surface is that of the slate on which the ad was sold, null where the store does not know the slate.
        """
        with reading(self._engine) as connection:
            rows = connection.execute(_revenue(), {"until": microseconds(until_s, "until_s")}).mappings().all()
        return pa.Table.from_pylist([dict(row) for row in rows], REVENUE)

    def charge(self, slate_id: str, item_id: str, campaign_id: str, price_cpc_micros: int, at_s: float) -> Charge:
        """Take the price of one click from the campaign, at most once for each (slate_id, item_id, campaign_id).

        Raises NotFound for an unknown campaign, WrongData for a price below 1, Unavailable.
        """
        with writing(self._engine) as connection:
            return charge_within(connection, [SoldClick(slate_id, item_id, campaign_id, price_cpc_micros)], at_s)[0]


def charge_within(connection: Connection, clicks: Sequence[SoldClick], at_s: float) -> list[Charge]:
    """Charge clicks, in their order, as a part of a transaction that is under way: kept with the rest of it, or not.

    The campaigns are held until it ends, so the store is asked a few times and once a campaign, not for every click.
    """
    for click in clicks:
        if not 1 <= click.price_cpc_micros <= INT64:
            raise WrongData("price_cpc_micros", f"a whole number from 1 to {INT64}", click.price_cpc_micros)
    at_us, left = microseconds(at_s, "charge.at_s"), _held(connection, {click.campaign_id for click in clicks})
    rows = [{**click._asdict(), "at_us": at_us, "charged": True} for click in clicks]
    new, spent, told = inserted_once(connection, charges, rows), Counter[str](), list[Charge]()
    refused = []
    for click in clicks:
        if click[:3] not in new:
            told.append("repeated")
            continue
        new.remove(click[:3])  # named again in this batch, it is a repetition
        if spent[click.campaign_id] + click.price_cpc_micros <= left[click.campaign_id]:
            spent[click.campaign_id] += click.price_cpc_micros
            told.append("charged")
        else:
            refused.append({f"b_{name}": getattr(click, name) for name in KEY})
            told.append("refused")
    if refused:
        connection.execute(REFUSE, refused)
    for campaign_id, micros in sorted(spent.items()):
        _take(connection, campaign_id, micros)
    return told


def _revenue() -> sa.Select[Any]:
    sold = sa.and_(impressions.c.slate_id == charges.c.slate_id, impressions.c.item_id == charges.c.item_id)
    day = (charges.c.at_us // sa.literal(DAY_US, sa.BigInteger)).label("day")
    paid = sa.case((charges.c.charged, 1), else_=0)
    return (
        sa.select(
            day,
            impressions.c.surface,
            sa.cast(sa.func.sum(paid), sa.BigInteger).label("charged_clicks"),
            sa.cast(sa.func.sum(1 - paid), sa.BigInteger).label("free_clicks"),
            sa.cast(sa.func.sum(paid * charges.c.price_cpc_micros), sa.BigInteger).label("revenue_micros"),
        )
        .select_from(charges.outerjoin(impressions, sold))
        .where(charges.c.at_us < sa.bindparam("until", type_=sa.BigInteger))
        .group_by(sa.text("1"), impressions.c.surface)
        .order_by(sa.text("1"), impressions.c.surface)
    )


def _held(connection: Connection, campaign_ids: Set[str]) -> dict[str, int]:
    """campaign_id -> micros left. On PostgreSQL they are locked in one order before their charges: two batches never
    wait for each other's clicks. SQLite has locked the file already. Raises NotFound."""
    known = sa.select(campaigns).where(campaigns.c.campaign_id.in_(campaign_ids)).order_by(campaigns.c.campaign_id)
    rows = connection.execute(known.with_for_update(key_share=True)).all() if campaign_ids else []
    left = {row.campaign_id: row.budget_micros - row.spent_micros for row in rows}
    for campaign_id in sorted(campaign_ids - left.keys()):
        raise NotFound("campaign_id", "a campaign of this store", campaign_id)
    return left


def _take(connection: Connection, campaign_id: str, micros: int) -> None:
    """The condition holds while the campaign is held. Written as a difference: a sum could pass the largest integer."""
    paid = connection.execute(
        sa.update(campaigns)
        .where(campaigns.c.campaign_id == campaign_id, campaigns.c.budget_micros - campaigns.c.spent_micros >= micros)
        .values(spent_micros=campaigns.c.spent_micros + micros)
    )
    assert paid.rowcount == 1, "a campaign that is held has what was left of it"
