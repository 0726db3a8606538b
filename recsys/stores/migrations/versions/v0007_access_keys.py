"""Keys that open doors, each for one scope."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    text = sa.String().with_variant(sa.String(collation="C"), "postgresql")
    op.create_table(
        "access_keys",
        sa.Column("key_id", text, primary_key=True),
        sa.Column("name", text, nullable=False),
        sa.Column("scope", text, nullable=False),
        sa.Column("secret_sha256", text, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("rotated_us", sa.BigInteger),
        sa.Column("revoked_us", sa.BigInteger),
    )
