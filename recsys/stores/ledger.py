"""Campaign budgets: what was spent of them, and on which click.

The price is taken inside the database, in one conditional update, so that any number of processes charging at once
together never pass the budget. A click that the budget cannot pay is free, and is remembered as such.
"""

from __future__ import annotations

from typing import Any, Literal

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from recsys.errors import NotFound, WrongData
from recsys.records import INT64, microseconds
from recsys.schema import LAST_S
from recsys.stores.database import insert_once, reading, writing
from recsys.stores.tables import campaigns, charges, impressions

Charge = Literal["charged", "repeated", "refused"]
"""The campaign paid; this click was judged before; the budget has not that much left."""


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
            return charge_within(connection, slate_id, item_id, campaign_id, price_cpc_micros, at_s)


def charge_within(
    connection: Connection, slate_id: str, item_id: str, campaign_id: str, price_cpc_micros: int, at_s: float
) -> Charge:
    """`charge` as a part of a transaction that is under way: kept with the rest of it, or not at all."""
    if not 1 <= price_cpc_micros <= INT64:
        raise WrongData("price_cpc_micros", f"a whole number from 1 to {INT64}", price_cpc_micros)
    row = {
        "slate_id": slate_id,
        "item_id": item_id,
        "campaign_id": campaign_id,
        "price_cpc_micros": price_cpc_micros,
        "at_us": microseconds(at_s, "charge.at_s"),
        "charged": True,
    }
    _hold_campaign(connection, campaign_id)
    if insert_once(connection, charges, [row]) == 0:
        return "repeated"
    if _take(connection, campaign_id, price_cpc_micros):
        return "charged"
    same = [charges.c[name] == row[name] for name in ("slate_id", "item_id", "campaign_id")]
    connection.execute(sa.update(charges).where(*same).values(charged=False))
    return "refused"


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


def _hold_campaign(connection: Connection, campaign_id: str) -> None:
    """On PostgreSQL the campaign is locked before its charges: two batches never wait for each other's clicks."""
    known = sa.select(1).select_from(campaigns).where(campaigns.c.campaign_id == campaign_id)
    if connection.execute(known.with_for_update(key_share=True)).first() is None:
        raise NotFound("campaign_id", "a campaign of this store", campaign_id)


def _take(connection: Connection, campaign_id: str, price_micros: int) -> bool:
    """Whether the budget paid. Written as a difference: a sum could pass the largest integer."""
    left = campaigns.c.budget_micros - campaigns.c.spent_micros
    paid = connection.execute(
        sa.update(campaigns)
        .where(campaigns.c.campaign_id == campaign_id, left >= price_micros)
        .values(spent_micros=campaigns.c.spent_micros + price_micros)
    )
    return paid.rowcount == 1
