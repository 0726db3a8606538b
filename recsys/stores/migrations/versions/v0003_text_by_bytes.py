"""PostgreSQL compares text by its bytes, as SQLite does, whatever language the server speaks.

Otherwise events of one moment come in another order, and so does what a user saw last.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TEXT = {
    "events": ("event_id", "user_id", "session_id", "kind", "item_id", "query", "slate_id", "surface", "platform"),
    "impressions": (
        "slate_id",
        "item_id",
        "user_id",
        "session_id",
        "surface",
        "query",
        "campaign_id",
        "policy",
        "release",
    ),
    "campaigns": ("campaign_id",),
    "charges": ("slate_id", "item_id", "campaign_id"),
    "keys": ("name", "secret"),
}


def upgrade() -> None:
    """SQLite compares so already."""
    if op.get_context().dialect.name == "postgresql":
        for table, columns in TEXT.items():
            for column in columns:
                op.alter_column(table, column, type_=sa.String(collation="C"))
