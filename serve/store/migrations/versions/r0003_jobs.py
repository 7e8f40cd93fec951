"""Jobs and their parts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

CODE = sa.String(40)
DIGEST = sa.String(64)
STATE = sa.String(20)


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("owner", sa.String(200)),
        sa.Column("created_at", sa.DateTime, nullable=False),
        sa.Column("ended_at", sa.DateTime),
        sa.Column("expires_at", sa.DateTime, nullable=False, index=True),
        sa.Column("state", STATE, nullable=False, index=True),
        sa.Column("documents", sa.Integer, nullable=False),
        sa.Column("documents_done", sa.Integer, nullable=False),
        sa.Column("basis", sa.String),
        sa.Column("decision", sa.Uuid),
        sa.Column("problem_code", CODE),
        sa.Column("problem_detail", sa.String),
        sa.Column("lease", sa.Uuid),
        sa.Column("leased_until", sa.DateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("client", DIGEST, index=True),
        sa.Column("key_digest", DIGEST),
        sa.Column("request_digest", DIGEST, nullable=False),
        sa.Column("callback_url", sa.String),
        sa.Column("callback_state", STATE),
        sa.Column("callback_attempts", sa.Integer, nullable=False),
        sa.Column("callback_due_at", sa.DateTime, index=True),
        sa.UniqueConstraint("key_digest"),
    )
    job = sa.ForeignKey("jobs.id", ondelete="CASCADE")
    op.create_table(
        "job_parts",
        sa.Column("job_id", sa.Uuid, job, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("documents", sa.Integer, nullable=False),
        sa.Column("request", sa.LargeBinary),
        sa.Column("answers", sa.LargeBinary),
    )
