"""Who said that something happened, from where, and when it can have happened at all."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

HAPPENED = (
    "CASE WHEN received_us > 0 AND (at_us > received_us OR at_us < received_us - 2592000000000) "
    "THEN received_us ELSE at_us END"
)
ORDERED = {
    "events_of_user": ["user_id", "feedback"],
    "events_of_session": ["session_id", "feedback"],
    "events_in_time": [],
}


def upgrade() -> None:
    """What is there was said by the shop: until now there was one kind of key, and it believed everything."""
    text = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.add_column("events", sa.Column("said_by", text, nullable=False, server_default=sa.text("'shop'")))
    op.add_column("events", sa.Column("source", text))
    op.add_column("impressions", sa.Column("source", text))
    kept = (
        op.get_context().dialect.name == "postgresql" or None
    )  # it indexes kept values only; SQLite adds none to rows
    op.add_column("events", sa.Column("happened_us", sa.BigInteger, sa.Computed(HAPPENED, persisted=kept)))
    for name, columns in ORDERED.items():
        op.drop_index(name, "events")
        op.create_index(name, "events", [*columns, "happened_us"])
