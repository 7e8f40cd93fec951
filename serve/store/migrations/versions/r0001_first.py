"""Feedback, doubtful decisions, texts and the audit log."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

DIGEST = sa.String(64)
NAME = sa.String(200)

SQLITE_GUARD = """
CREATE TRIGGER audit_{event} BEFORE {event} ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END
"""
POSTGRESQL_GUARD = (
    """
    CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$
    """,
    """
    CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()
    """,
)


def upgrade() -> None:
    """Create everything."""
    _deployment()
    _texts()
    _decisions()
    _items()
    _feedback()
    _audit()


def _deployment() -> None:
    table = op.create_table(
        "deployment",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("salt", sa.LargeBinary, nullable=False),
    )
    op.bulk_insert(table, [{"id": 1, "salt": secrets.token_bytes(32)}])


def _texts() -> None:
    op.create_table(
        "texts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("client", DIGEST, index=True),
        sa.Column("expires_at", sa.DateTime, nullable=False, index=True),
    )


def _decisions() -> None:
    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("model_name", NAME, nullable=False),
        sa.Column("model_version", NAME, nullable=False),
        sa.Column("model_sha256", DIGEST, nullable=False),
        sa.Column("thresholds", NAME, nullable=False),
        sa.Column("fingerprint", DIGEST, nullable=False),
    )


def _items() -> None:
    op.create_table(
        "items",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("decision_id", sa.Uuid, sa.ForeignKey("decisions.id"), nullable=False),
        sa.Column("document", sa.Integer, nullable=False),
        sa.Column("sentence", sa.Integer, nullable=False),
        sa.Column("begins", sa.Integer, nullable=False),
        sa.Column("ends", sa.Integer, nullable=False),
        sa.Column("label", NAME, nullable=False, index=True),
        sa.Column("confidence", sa.Double, nullable=False),
        sa.Column("scores", sa.JSON, nullable=False),
        sa.Column("text_digest", DIGEST, nullable=False),
        sa.Column("text_id", sa.Uuid, sa.ForeignKey("texts.id", ondelete="SET NULL"), index=True),
        sa.Column("state", sa.String(20), nullable=False, index=True),
        sa.Column("claimed_by", NAME),
        sa.Column("claimed_until", sa.DateTime),
        sa.Column("decided_by", NAME),
        sa.Column("decided_label", NAME),
        sa.Column("decided_at", sa.DateTime),
        sa.UniqueConstraint("decision_id", "document", "sentence"),
    )


def _feedback() -> None:
    op.create_table(
        "feedback",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("item_id", sa.Uuid, sa.ForeignKey("items.id"), index=True),
        sa.Column("text_digest", DIGEST, nullable=False),
        sa.Column("text_id", sa.Uuid, sa.ForeignKey("texts.id", ondelete="SET NULL"), index=True),
        sa.Column("begins", sa.Integer, nullable=False),
        sa.Column("ends", sa.Integer, nullable=False),
        sa.Column("label", NAME, nullable=False),
        sa.Column("leaf", NAME),
        sa.Column("note", sa.String),
        sa.Column("reviewer", NAME),
        sa.Column("client", DIGEST, index=True),
    )


def _audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("actor", NAME),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("subject", sa.Uuid),
        sa.Column("reason", sa.String),
        sa.Column("text_digest", DIGEST),
    )
    if op.get_bind().dialect.name == "sqlite":
        for event in ("UPDATE", "DELETE"):
            op.execute(SQLITE_GUARD.format(event=event))
    else:
        for statement in POSTGRESQL_GUARD:
            op.execute(statement)
