"""`alembic_version` says what `schema_version` said."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """The number it held was 1, or the store was refused."""
    op.drop_table("schema_version")
