"""The tables of the store, the same on SQLite and PostgreSQL.

Times are integer microseconds since the epoch (UTC) and money is integer micros: both compare and add exactly, and
neither depends on how a database understands time zones or decimals.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table

SCHEMA_VERSION = 1
"""Raised with every change of this file; an older store is refused, not guessed at."""

metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

events = Table(
    "events",
    metadata,
    Column("event_id", String, primary_key=True),
    Column("user_id", String, nullable=False),
    Column("session_id", String),
    Column("at_us", BigInteger, nullable=False),
    Column("kind", String, nullable=False),
    Column("feedback", Boolean, nullable=False),  # the user said yes: recsys.schema.FEEDBACK_KINDS
    Column("item_id", String, nullable=False),
    Column("query", String),
    Column("slate_id", String),
    Column("surface", String),
    Column("position", Integer),
    Column("platform", String),
    Column("price_micros", BigInteger),
    Column("quantity", Integer),
    Column("rating", Float),
    Index("events_of_user", "user_id", "feedback", "at_us"),
    Index("events_of_session", "session_id", "feedback", "at_us"),
    Index("events_in_time", "at_us"),
)

impressions = Table(
    "impressions",
    metadata,
    Column("slate_id", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("user_id", String, nullable=False),
    Column("session_id", String),
    Column("at_us", BigInteger, nullable=False),
    Column("surface", String, nullable=False),
    Column("query", String),
    Column("position", Integer, nullable=False),
    Column("propensity", Float(53), nullable=False),
    Column("p_ctr", Float(53)),
    Column("campaign_id", String),
    Column("price_cpc_micros", BigInteger),
    Column("policy", String, nullable=False),
    Column("release", String, nullable=False),
    Index("impressions_in_time", "at_us"),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("campaign_id", String, primary_key=True),
    Column("budget_micros", BigInteger, nullable=False),
    Column("spent_micros", BigInteger, nullable=False),
)

charges = Table(
    "charges",
    metadata,
    Column("slate_id", String, primary_key=True),
    Column("item_id", String, primary_key=True),
    Column("campaign_id", String, ForeignKey("campaigns.campaign_id"), primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("price_cpc_micros", BigInteger, nullable=False),
    Column("charged", Boolean, nullable=False),  # false: the budget had not that much left, the click was free
)

keys = Table("keys", metadata, Column("name", String, primary_key=True), Column("secret", String, nullable=False))
