"""The tables of the jobs."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from framelens.serve.store.schema import DIGEST, NAME, Base

__all__ = ["Job", "JobPart"]

CODE = String(40)
STATE = String(20)


class Job(Base):
    """Documents to label when there is time, and what became of them."""

    __tablename__ = "jobs"
    __table_args__ = (UniqueConstraint("key_digest"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner: Mapped[str | None] = mapped_column(NAME)
    """Name of the key that it was asked for with: no other key sees it."""
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """When its texts and answers are deleted, and when it fails if it has not ended."""
    state: Mapped[str] = mapped_column(STATE, index=True)
    documents: Mapped[int]
    documents_done: Mapped[int] = mapped_column(default=0)
    basis: Mapped[str | None]
    """JSON of what determines its answers; known with the first."""
    decision: Mapped[UUID | None]
    """Of its answers, where decisions are kept for review."""
    problem_code: Mapped[str | None] = mapped_column(CODE)
    """Why it failed, or the last attempt at its next part did."""
    problem_detail: Mapped[str | None]
    lease: Mapped[UUID | None]
    """Made anew by each worker that takes the job: only who knows it may write."""
    leased_until: Mapped[datetime | None]
    """Before this time, nobody else may take the job."""
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was taken since a part was last answered."""
    client: Mapped[str | None] = mapped_column(DIGEST, index=True)
    """Digest of the client's token."""
    key_digest: Mapped[str | None] = mapped_column(DIGEST)
    """Of the request's idempotency key."""
    request_digest: Mapped[str] = mapped_column(DIGEST)
    callback_url: Mapped[str | None]
    """Whom to tell that it has ended; null as soon as this is settled."""
    callback_state: Mapped[str | None] = mapped_column(STATE)
    callback_attempts: Mapped[int] = mapped_column(default=0)
    callback_due_at: Mapped[datetime | None] = mapped_column(index=True)


class JobPart(Base):
    """Some documents of a job, which are answered together.

    JSON as bytes, because PostgreSQL's text cannot hold every character.
    """

    __tablename__ = "job_parts"

    job_id: Mapped[UUID] = mapped_column(
        ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    documents: Mapped[int]
    request: Mapped[bytes | None] = mapped_column(LargeBinary)
    """As to `/v1/classify`; null once the job has ended."""
    answers: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The documents of the answer, separated by commas."""
