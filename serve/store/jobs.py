"""Jobs as their clients see them: accepted once, found, cancelled, forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from framelens.serve.access.caller import caller_name
from framelens.serve.problems import Problem, overloaded
from framelens.serve.store import audit
from framelens.serve.store.identifiers import new_id
from framelens.serve.store.job_schema import Job, JobPart
from framelens.serve.store.schema import now

__all__ = [
    "JobState",
    "NewJob",
    "accept",
    "answers",
    "cancel",
    "end",
    "erase",
    "expire",
    "find",
    "finished",
]

JobState: TypeAlias = Literal["waiting", "running", "completed", "failed", "cancelled"]
"""The last three are for ever."""

UNFINISHED: tuple[JobState, ...] = ("waiting", "running")

KEY_TIME = timedelta(hours=24)
"""How long an idempotency key stands for its job, and an ended job is known."""

RETRY_SECONDS = 60
"""When to come back if too many jobs wait."""


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a client asks for: ``parts`` are numbers of documents and JSON for ``/v1/classify``.

    ``owner`` is the name of the key that it is asked for with.
    """

    parts: Sequence[tuple[int, bytes]]
    keep: timedelta
    request_digest: str
    key_digest: str | None = None
    client: str | None = None
    callback_url: str | None = None
    keep_for_review: bool = False
    owner: str | None = None
    id: UUID = field(default_factory=new_id)


def accept(session: Session, new: NewJob, most: int) -> Job:
    """The job for a request: a new one, or the one that its idempotency key stands for.

    Args:
        session: of the transaction.
        new: what is asked for.
        most: how many jobs may be unfinished.

    Raises:
        Problem: the key stands for another request, or too many jobs wait.
    """
    if new.key_digest and (known := _by_key(session, new.key_digest)):
        if known.request_digest != new.request_digest:
            raise Problem("key_reused", "the idempotency key stands for another request")
        return known
    unfinished = session.scalar(select(func.count()).where(Job.state.in_(UNFINISHED))) or 0
    if unfinished >= most:
        raise overloaded(f"{most} jobs wait already", RETRY_SECONDS)
    job = _job(new)
    try:
        with session.begin_nested():
            session.add(job)
    except IntegrityError:  # Another request with this key was faster.
        return accept(session, new, most)
    for number, (documents, request) in enumerate(new.parts):
        session.add(JobPart(job_id=job.id, number=number, documents=documents, request=request))
    audit.record(session, "job_accepted", None, job.id)
    return job


def find(session: Session, identity: UUID, lock: bool = False) -> Job:
    """The job with this id, which is nobody's but the caller's.

    Raises:
        Problem: there is none.
    """
    job = session.get(Job, identity, with_for_update=lock)
    caller = caller_name()
    if job is None or (caller is not None and job.owner != caller):
        raise Problem("unknown_record", "there is no job with this id, or not any more")
    return job


def finished(session: Session, identity: UUID) -> tuple[Job, Sequence[int]]:
    """A completed job, and the numbers of its parts.

    Raises:
        Problem: there is no such job, it is not completed, or its answers are deleted.
    """
    job = find(session, identity)
    if job.state != "completed":
        raise Problem("conflict", f"the job is {job.state}; only a completed one has a result")
    of_job = select(JobPart.number).where(JobPart.job_id == identity).order_by(JobPart.number)
    numbers = session.scalars(of_job).all()
    if not numbers or job.expires_at <= now():
        raise Problem("result_gone", "the result was deleted; send the documents again")
    return job, numbers


def answers(session: Session, identity: UUID, number: int) -> bytes:
    """The answers of a part.

    Raises:
        Problem: they are deleted.
    """
    part = session.get(JobPart, (identity, number))
    if part is None or part.answers is None:
        raise Problem("result_gone", "the result was deleted; send the documents again")
    return part.answers


def cancel(session: Session, identity: UUID) -> Job:
    """Stop a job, if it has not ended, and delete its texts and answers.

    Raises:
        Problem: there is none.
    """
    job = find(session, identity, lock=True)
    _forget(session, job)
    audit.record(session, "job_cancelled", None, job.id)
    return job


def end(session: Session, job: Job, state: JobState, keep: timedelta | None = None) -> None:
    """Give a job its last state, delete its texts, and have its callback sent.

    Args:
        session: of the transaction, which has locked the job.
        job: one that has not ended.
        state: completed, failed or cancelled.
        keep: how long its answers are kept; None for not at all.
    """
    job.state, job.ended_at = state, now()
    job.expires_at = job.ended_at + (keep or timedelta())
    job.lease = job.leased_until = None
    if job.callback_url:
        job.callback_due_at = job.ended_at
    parts = JobPart.job_id == job.id
    if keep:
        session.execute(update(JobPart).where(parts).values(request=None))
    else:
        session.execute(delete(JobPart).where(parts))


def erase(session: Session, client: str) -> int:
    """Cancel a client's jobs and delete their texts and answers; how many documents they had."""
    of_client = select(Job).where(Job.client == client).order_by(Job.id).with_for_update()
    erased = 0
    for job in session.scalars(of_client).all():
        erased += _forget(session, job)
        job.client = None
    return erased


def expire(session: Session) -> int:
    """Delete what is kept of jobs whose time is over; how many documents there were.

    A job that has not ended by then fails.
    """
    over = select(Job).where(Job.expires_at <= now()).order_by(Job.id).with_for_update()
    expired = 0
    for job in session.scalars(over).all():
        if job.state in UNFINISHED:
            job.problem_code = "expired"
            job.problem_detail = "the job had not ended when its time was over"
        expired += _forget(session, job, "failed")
        if job.ended_at and job.ended_at <= now() - KEY_TIME:
            session.delete(job)
    return expired


def _by_key(session: Session, key_digest: str) -> Job | None:
    job = session.scalars(select(Job).where(Job.key_digest == key_digest)).one_or_none()
    if job is not None and job.created_at <= now() - KEY_TIME:
        job.key_digest = None
        session.flush()
        return None
    return job


def _job(new: NewJob) -> Job:
    at = now()
    return Job(
        id=new.id,
        owner=new.owner,
        created_at=at,
        expires_at=at + new.keep,
        state="waiting",
        documents=sum(documents for documents, _ in new.parts),
        documents_done=0,
        decision=new_id() if new.keep_for_review else None,
        attempts=0,
        client=new.client,
        key_digest=new.key_digest,
        request_digest=new.request_digest,
        callback_url=new.callback_url,
        callback_state=new.callback_url and "waiting",
        callback_attempts=0,
    )


def _forget(session: Session, job: Job, state: JobState = "cancelled") -> int:
    """Delete a job's texts and answers, and end it; how many documents they were of."""
    parts = JobPart.job_id == job.id
    forgotten = session.scalar(select(func.sum(JobPart.documents)).where(parts)) or 0
    if job.state in UNFINISHED:
        end(session, job, state)
    session.execute(delete(JobPart).where(parts))
    return forgotten
