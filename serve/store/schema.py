"""The tables, in the form of the newest migration."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    ForeignKey,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

__all__ = [
    "AuditEntry",
    "Base",
    "Decision",
    "Deployment",
    "Feedback",
    "Item",
    "Key",
    "KeyUsage",
    "Text",
    "now",
]

DIGEST = String(64)
NAME = String(200)
LABELS = NAME.with_variant(String(2000), "postgresql")
"""All labels of a sentence. SQLite cares for no length."""


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class UtcDateTime(TypeDecorator[datetime]):
    """A time in UTC, which SQLite stores without saying so."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time without its zone."""
        return value and value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The time with its zone."""
        return value and value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """What all tables have in common."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, float]: JSON(),
        list[str]: JSON(),
    }


class Deployment(Base):
    """One row: what distinguishes this deployment's digests from everybody else's."""

    __tablename__ = "deployment"

    id: Mapped[int] = mapped_column(primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)


class Text(Base):
    """A document's text, where the deployment keeps texts, until it expires or is erased.

    UTF-8 as bytes, because PostgreSQL's text cannot hold every character.
    """

    __tablename__ = "texts"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    client: Mapped[str | None] = mapped_column(DIGEST, index=True)
    """Digest of the client's token."""
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Decision(Base):
    """An answer in which some sentence has the review mark."""

    __tablename__ = "decisions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    model_name: Mapped[str] = mapped_column(NAME)
    model_version: Mapped[str] = mapped_column(NAME)
    model_sha256: Mapped[str] = mapped_column(DIGEST)
    thresholds: Mapped[str] = mapped_column(NAME)
    fingerprint: Mapped[str] = mapped_column(DIGEST)


class Item(Base):
    """A sentence with the review mark: what people claim, decide and appeal against.

    ``begin`` and ``end`` are code points in the document whose digest is ``text_digest``.
    """

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("decision_id", "document", "sentence"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    decision_id: Mapped[UUID] = mapped_column(ForeignKey("decisions.id"))
    document: Mapped[int]
    sentence: Mapped[int]
    begin: Mapped[int] = mapped_column("begins")
    end: Mapped[int] = mapped_column("ends")
    label: Mapped[str] = mapped_column(LABELS, index=True)
    confidence: Mapped[float]
    scores: Mapped[dict[str, float]]
    text_digest: Mapped[str] = mapped_column(DIGEST)
    text_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("texts.id", ondelete="SET NULL"), index=True
    )
    state: Mapped[str] = mapped_column(String(20), index=True)
    claimed_by: Mapped[str | None] = mapped_column(NAME)
    claimed_until: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(NAME)
    decided_label: Mapped[str | None] = mapped_column(LABELS)
    decided_at: Mapped[datetime | None]


class Feedback(Base):
    """What a person says that a sentence's label is.

    ``leaf`` is null for a public label that several leaves fold into.
    """

    __tablename__ = "feedback"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("items.id"), index=True)
    text_digest: Mapped[str] = mapped_column(DIGEST)
    text_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("texts.id", ondelete="SET NULL"), index=True
    )
    begin: Mapped[int] = mapped_column("begins")
    end: Mapped[int] = mapped_column("ends")
    label: Mapped[str] = mapped_column(LABELS)
    leaf: Mapped[str | None] = mapped_column(LABELS)
    note: Mapped[str | None]
    reviewer: Mapped[str | None] = mapped_column(NAME)
    client: Mapped[str | None] = mapped_column(DIGEST, index=True)


class AuditEntry(Base):
    """Who did what, when and why; the database refuses to change or delete one."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    actor: Mapped[str | None] = mapped_column(NAME)
    action: Mapped[str] = mapped_column(String(40))
    subject: Mapped[UUID | None]
    reason: Mapped[str | None]
    text_digest: Mapped[str | None] = mapped_column(DIGEST)
    key: Mapped[str | None] = mapped_column("key_name", NAME)
    """Name of the key that it was done with."""


class Key(Base):
    """One secret of a key; after a rotation the old one is valid for a while beside the new.

    The secrets of a name have the same scopes, ``rate`` (requests a minute) and ``quota`` (code
    points a day), and share what is left of them.
    """

    __tablename__ = "keys"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    name: Mapped[str] = mapped_column(NAME, index=True)
    digest: Mapped[str] = mapped_column(DIGEST)
    scopes: Mapped[list[str]]
    rate: Mapped[int | None]
    quota: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class KeyUsage(Base):
    """How many code points were scored for a key on a day (UTC)."""

    __tablename__ = "key_usage"

    name: Mapped[str] = mapped_column(NAME, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    code_points: Mapped[int] = mapped_column(BigInteger)
