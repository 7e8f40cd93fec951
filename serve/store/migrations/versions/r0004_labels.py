"""Room for all labels of a sentence that may have several."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

COLUMNS = (
    ("items", "label"),
    ("items", "decided_label"),
    ("feedback", "label"),
    ("feedback", "leaf"),
)


def upgrade() -> None:
    """Widen the columns, for which SQLite has no width."""
    if op.get_bind().dialect.name == "sqlite":
        return
    for table, column in COLUMNS:
        op.alter_column(table, column, type_=sa.String(2000))
