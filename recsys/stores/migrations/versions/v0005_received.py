"""When the store got an event: what other processes follow to forget what they remember of its user."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Of older events nobody knows; all of them count as long ago."""
    op.add_column("events", sa.Column("received_us", sa.BigInteger, nullable=False, server_default=sa.text("0")))
    op.create_index("events_received", "events", ["received_us"])
