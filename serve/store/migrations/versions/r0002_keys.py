"""Keys, what they have used, and which of them an audit entry's action was done with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

NAME = sa.String(200)


def upgrade() -> None:
    """Create the tables and the column."""
    op.create_table(
        "keys",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("name", NAME, nullable=False, index=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("rate", sa.Integer),
        sa.Column("quota", sa.BigInteger),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("expires_at", sa.DateTime),
        sa.Column("revoked_at", sa.DateTime),
    )
    op.create_table(
        "key_usage",
        sa.Column("name", NAME, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("code_points", sa.BigInteger, nullable=False),
    )
    op.add_column("audit", sa.Column("key_name", NAME))
