"""The audit log: who did what, when and why. It holds digests of texts, never texts."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from framelens.serve.access.caller import caller_name
from framelens.serve.store.schema import AuditEntry, now

__all__ = ["entries", "record"]


def record(
    session: Session,
    action: str,
    actor: str | None,
    subject: UUID | None = None,
    reason: str | None = None,
    text_digest: str | None = None,
) -> None:
    """Add an entry, in the transaction of what it tells, with the key that it was asked for with.

    Args:
        session: of the transaction.
        action: what was done, in snake case.
        actor: who did it; None where nobody said so, which is then the key's name.
        subject: id of what it was done to.
        reason: why, in the actor's words.
        text_digest: salted digest of the text concerned.
    """
    session.add(
        AuditEntry(
            at=now(),
            actor=actor or caller_name(),
            action=action,
            subject=subject,
            reason=reason,
            text_digest=text_digest,
            key=caller_name(),
        )
    )


def entries(session: Session, after: int, limit: int) -> Sequence[AuditEntry]:
    """The entries after the one with this number, oldest first."""
    found = select(AuditEntry).where(AuditEntry.id > after).order_by(AuditEntry.id).limit(limit)
    return session.scalars(found).all()
