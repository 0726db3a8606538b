"""What campaigns are and advertise, beside the budgets that the store had of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Of budgets that are there nobody knows here what they are for: they sell again once their campaign is put."""
    text = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.create_table(
        "campaign_facts",
        sa.Column("campaign_id", text, sa.ForeignKey("campaigns.campaign_id"), primary_key=True),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("advertiser_id", text, nullable=False),
        sa.Column("name", text, nullable=False),
        sa.Column("bid_cpc_micros", sa.BigInteger, nullable=False),
        sa.Column("currency", text, nullable=False),
        sa.Column("starts_us", sa.BigInteger),
        sa.Column("ends_us", sa.BigInteger),
        sa.Column("simulated", sa.Boolean, nullable=False),
        sa.Column("said", text, nullable=False),
    )
    op.create_index("campaigns_by_revision", "campaign_facts", ["revision"])
    op.create_table(
        "creatives",
        sa.Column("campaign_id", text, sa.ForeignKey("campaigns.campaign_id"), primary_key=True),
        sa.Column("creative_id", text, primary_key=True),
        sa.Column("item_id", text, nullable=False),
        sa.Column("headline", text),
    )
