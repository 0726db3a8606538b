"""The tables of the store, the same on SQLite and PostgreSQL.

Times are integer microseconds since the epoch (UTC) and money is integer micros: both compare and add exactly, and
neither depends on how a database understands time zones or decimals. Text compares by its bytes on both.

A change of this file needs a step in `migrations/versions/`: stores that exist are upgraded by it.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    text,
)

metadata = MetaData()

Text = String().with_variant(String(collation="C"), "postgresql")

BELIEVED_US = 30 * 86_400_000_000
"""A client's clock is believed when it says a moment of the 30 days before its event came. Any other tells nothing of
the order of things, whether it is seconds ahead or was never set: then the receipt does."""
HAPPENED = (
    f"CASE WHEN received_us > 0 AND (at_us > received_us OR at_us < received_us - {BELIEVED_US}) "
    "THEN received_us ELSE at_us END"
)
"""Of events from before `received_us` was kept nobody knows better than their clients."""

events = Table(
    "events",
    metadata,
    Column("event_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("session_id", Text),
    Column("at_us", BigInteger, nullable=False),  # as the client said: nothing is ordered by it
    Column("kind", Text, nullable=False),
    Column("feedback", Boolean, nullable=False),  # the user said yes: recsys.schema.FEEDBACK_KINDS
    Column("item_id", Text, nullable=False),
    Column("query", Text),
    Column("slate_id", Text),
    Column("surface", Text),
    Column("position", Integer),
    Column("platform", Text),
    Column("price_micros", BigInteger),
    Column("quantity", Integer),
    Column("rating", Float),
    Column("received_us", BigInteger, nullable=False, server_default=text("0")),  # on the store's clock, when it came
    Column("said_by", Text, nullable=False, server_default=text("'shop'")),  # shop or shopper: whose key brought it
    Column("source", Text),  # a keyed hash of the network address
    Column("happened_us", BigInteger, Computed(HAPPENED)),  # what orders: `at_us` where it can be believed
    Index("events_of_user", "user_id", "feedback", "happened_us"),
    Index("events_of_session", "session_id", "feedback", "happened_us"),
    Index("events_in_time", "happened_us"),
    Index("events_received", "received_us"),
)

impressions = Table(
    "impressions",
    metadata,
    Column("slate_id", Text, primary_key=True),
    Column("item_id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("session_id", Text),
    Column("at_us", BigInteger, nullable=False),
    Column("surface", Text, nullable=False),
    Column("query", Text),
    Column("position", Integer, nullable=False),
    Column("propensity", Float(53), nullable=False),
    Column("p_ctr", Float(53)),
    Column("campaign_id", Text),
    Column("price_cpc_micros", BigInteger),
    Column("policy", Text, nullable=False),
    Column("release", Text, nullable=False),
    Column("source", Text),  # as of an event: of whom it was shown to
    Index("impressions_in_time", "at_us"),
)

campaigns = Table(
    "campaigns",
    metadata,
    Column("campaign_id", Text, primary_key=True),
    Column("budget_micros", BigInteger, nullable=False),
    Column("spent_micros", BigInteger, nullable=False),
)

campaign_facts = Table(
    "campaign_facts",
    metadata,
    Column("campaign_id", Text, ForeignKey("campaigns.campaign_id"), primary_key=True),
    Column("revision", BigInteger, nullable=False),  # of the last change; rises with every change of any
    Column("at_us", BigInteger, nullable=False),
    Column("advertiser_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("bid_cpc_micros", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("starts_us", BigInteger),
    Column("ends_us", BigInteger),
    Column("simulated", Boolean, nullable=False),
    Column("said", Text, nullable=False),  # JSON: what the last file said of it; {} where it named it no more
    Index("campaigns_by_revision", "revision"),
)
"""What a campaign is, beside its budget: clicks write that one, people this."""

creatives = Table(
    "creatives",
    metadata,
    Column("campaign_id", Text, ForeignKey("campaigns.campaign_id"), primary_key=True),
    Column("creative_id", Text, primary_key=True),
    Column("item_id", Text, nullable=False),
    Column("headline", Text),
)

charges = Table(
    "charges",
    metadata,
    Column("slate_id", Text, primary_key=True),
    Column("item_id", Text, primary_key=True),
    Column("campaign_id", Text, ForeignKey("campaigns.campaign_id"), primary_key=True),
    Column("at_us", BigInteger, nullable=False),
    Column("price_cpc_micros", BigInteger, nullable=False),
    Column("charged", Boolean, nullable=False),  # false: the budget had not that much left, the click was free
)

keys = Table("keys", metadata, Column("name", Text, primary_key=True), Column("secret", Text, nullable=False))

access_keys = Table(
    "access_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False),  # for people: what it was made for
    Column("scope", Text, nullable=False),  # recsys.records.SCOPES
    Column("secret_sha256", Text, nullable=False),  # hexadecimal, of the whole secret as it is sent
    Column("created_us", BigInteger, nullable=False),
    Column("rotated_us", BigInteger),
    Column("revoked_us", BigInteger),
)

catalogue = Table(
    "catalogue",
    metadata,
    Column("item_id", Text, primary_key=True),
    Column("revision", BigInteger, nullable=False, unique=True),  # of the last change; rises with every change of any
    Column("first_revision", BigInteger, nullable=False),  # of the first; in this order new items follow the release's
    Column("at_us", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),  # put, patch or delete
    Column("fields", Text, nullable=False),  # JSON: the whole item, or the facts that differ from the release's
)
