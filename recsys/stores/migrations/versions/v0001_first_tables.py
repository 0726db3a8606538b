"""The tables of stores that knew no migrations: what `schema_version` 1 had."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing here follows `tables.py`: that file is the newest version, this is the first."""
    op.create_table("schema_version", sa.Column("version", sa.Integer, primary_key=True, autoincrement=False))
    _events()
    _impressions()
    _ledger()
    op.create_table(
        "keys", sa.Column("name", sa.String, primary_key=True), sa.Column("secret", sa.String, nullable=False)
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("event_id", sa.String, primary_key=True),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("session_id", sa.String),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("feedback", sa.Boolean, nullable=False),
        sa.Column("item_id", sa.String, nullable=False),
        sa.Column("query", sa.String),
        sa.Column("slate_id", sa.String),
        sa.Column("surface", sa.String),
        sa.Column("position", sa.Integer),
        sa.Column("platform", sa.String),
        sa.Column("price_micros", sa.BigInteger),
        sa.Column("quantity", sa.Integer),
        sa.Column("rating", sa.Float),
    )
    op.create_index("events_of_user", "events", ["user_id", "feedback", "at_us"])
    op.create_index("events_of_session", "events", ["session_id", "feedback", "at_us"])
    op.create_index("events_in_time", "events", ["at_us"])


def _impressions() -> None:
    op.create_table(
        "impressions",
        sa.Column("slate_id", sa.String, primary_key=True),
        sa.Column("item_id", sa.String, primary_key=True),
        sa.Column("user_id", sa.String, nullable=False),
        sa.Column("session_id", sa.String),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("surface", sa.String, nullable=False),
        sa.Column("query", sa.String),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("propensity", sa.Float(53), nullable=False),
        sa.Column("p_ctr", sa.Float(53)),
        sa.Column("campaign_id", sa.String),
        sa.Column("price_cpc_micros", sa.BigInteger),
        sa.Column("policy", sa.String, nullable=False),
        sa.Column("release", sa.String, nullable=False),
    )
    op.create_index("impressions_in_time", "impressions", ["at_us"])


def _ledger() -> None:
    op.create_table(
        "campaigns",
        sa.Column("campaign_id", sa.String, primary_key=True),
        sa.Column("budget_micros", sa.BigInteger, nullable=False),
        sa.Column("spent_micros", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "charges",
        sa.Column("slate_id", sa.String, primary_key=True),
        sa.Column("item_id", sa.String, primary_key=True),
        sa.Column("campaign_id", sa.String, sa.ForeignKey("campaigns.campaign_id"), primary_key=True),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("price_cpc_micros", sa.BigInteger, nullable=False),
        sa.Column("charged", sa.Boolean, nullable=False),
    )
