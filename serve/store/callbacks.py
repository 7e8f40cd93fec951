"""Callbacks that are due: each is tried until it is received, for half a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import SystemRandom
from typing import Literal, TypeAlias
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from framelens.serve.store.job_schema import Job
from framelens.serve.store.schema import now

__all__ = ["Callback", "CallbackState", "delivered", "due", "failed", "pause"]

CallbackState: TypeAlias = Literal["waiting", "delivered", "given_up"]
"""To be sent, or sent again; received; or not received and sent no more."""

AT_ONCE = 8
"""Callbacks that are sent at the same time."""

ATTEMPT = timedelta(seconds=60)
"""After which an attempt is lost with its process, and another is made."""

GIVE_UP = timedelta(hours=12)

FIRST_PAUSE = timedelta(seconds=5)
GROWTH = 4
LONGEST_PAUSE = timedelta(hours=1)

_random = SystemRandom()


@dataclass(frozen=True, slots=True)
class Callback:
    """An attempt to tell of an ended job."""

    job: UUID
    url: str
    attempt: int
    state: str
    ended_at: datetime
    documents: int
    documents_done: int


def due(session: Session) -> list[Callback]:
    """Take some callbacks that are to be sent now."""
    found = select(Job).where(Job.callback_due_at <= now()).order_by(Job.callback_due_at)
    found = found.limit(AT_ONCE).with_for_update(skip_locked=True)
    return [_taken(job) for job in session.scalars(found).all()]


def delivered(session: Session, callback: Callback) -> None:
    """A callback was received."""
    if job := _current(session, callback):
        _settle(job, "delivered")


def failed(session: Session, callback: Callback, for_ever: bool = False) -> None:
    """An attempt has failed: there is another later, unless it has failed for ever."""
    if job := _current(session, callback):
        if for_ever or callback.ended_at <= now() - GIVE_UP:
            _settle(job, "given_up")
        else:
            job.callback_due_at = now() + pause(callback.attempt)


def pause(attempt: int) -> timedelta:
    """How long to wait after an attempt, the first being 1: ever longer, and never together."""
    growth: int = GROWTH ** min(attempt - 1, 10)
    return min(FIRST_PAUSE * growth, LONGEST_PAUSE) * _random.uniform(0.5, 1.5)


def _taken(job: Job) -> Callback:
    job.callback_attempts += 1
    job.callback_due_at = now() + ATTEMPT
    return Callback(
        job=job.id,
        url=job.callback_url or "",
        attempt=job.callback_attempts,
        state=job.state,
        ended_at=job.ended_at or now(),
        documents=job.documents,
        documents_done=job.documents_done,
    )


def _current(session: Session, callback: Callback) -> Job | None:
    """The job, unless a later attempt is under way or has ended."""
    job = session.get(Job, callback.job, with_for_update=True)
    if job is None or job.callback_attempts != callback.attempt:
        return None
    return job if job.callback_due_at else None


def _settle(job: Job, state: CallbackState) -> None:
    job.callback_state, job.callback_due_at, job.callback_url = state, None, None
