"""Texts that a deployment keeps: their digests, their expiry, and their erasure."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from framelens.serve.store import audit, jobs
from framelens.serve.store.identifiers import new_id
from framelens.serve.store.schema import Feedback, Text, now

__all__ = ["TextKeeper", "expire"]


@dataclass(frozen=True, slots=True)
class TextKeeper:
    """What becomes of a text: a digest always, and the text itself for ``days``, if any.

    Digests are HMAC-SHA256 with the deployment's ``salt``, so that texts cannot be found by
    digests that were computed elsewhere.
    """

    salt: bytes
    days: float | None = None

    def digest(self, text: str) -> str:
        """The salted digest of a text or a client's token."""
        return hmac.new(self.salt, text.encode(), hashlib.sha256).hexdigest()

    def client(self, token: str | None) -> str | None:
        """The digest that a client's texts are found by."""
        return token and self.digest(token)

    def keep(self, session: Session, text: str, client_token: str | None) -> UUID | None:
        """Keep a text; its id, or None where the deployment keeps no texts."""
        if self.days is None:
            return None
        kept = Text(
            id=new_id(),
            content=text.encode(),
            client=self.client(client_token),
            expires_at=now() + timedelta(days=self.days),
        )
        session.add(kept)
        session.flush()
        return kept.id

    def erase(self, session: Session, client_token: str, actor: str | None) -> int:
        """Delete a client's texts, jobs too, and the notes of its feedback; how many texts."""
        client = self.digest(client_token)
        erased = session.scalar(select(func.count()).where(Text.client == client)) or 0
        erased += jobs.erase(session, client)
        session.execute(delete(Text).where(Text.client == client))
        session.execute(
            update(Feedback).where(Feedback.client == client).values(note=None, client=None)
        )
        audit.record(session, "texts_erased", actor, reason=f"{erased} of client {client}")
        return erased


def expire(session: Session) -> int:
    """Delete the texts whose time is over, those of jobs too; how many there were."""
    over = Text.expires_at <= now()
    expired = session.scalar(select(func.count()).where(over)) or 0
    session.execute(delete(Text).where(over))
    expired += jobs.expire(session)
    if expired:
        audit.record(session, "texts_expired", actor="framelens", reason=f"{expired} texts")
    return expired
