"""Jobs as their workers see them: taken under a lease, answered part by part, ended once.

Several processes may share a queue. Every change is made under the lease of whoever makes it, so
one that was cut off for longer than its lease lasts changes nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from framelens.serve.answers import ClassifyAnswer
from framelens.serve.basis import Basis
from framelens.serve.store.identifiers import new_id
from framelens.serve.store.job_schema import Job, JobPart
from framelens.serve.store.jobs import UNFINISHED, end
from framelens.serve.store.schema import now

__all__ = [
    "LEASE",
    "Claim",
    "LeaseLostError",
    "Part",
    "agree",
    "claim",
    "complete",
    "fail",
    "held",
    "next_part",
    "postpone",
    "release",
    "renew",
    "write",
]

LEASE = timedelta(seconds=30)
"""After which a worker that does not say that it lives loses its job to another."""

ATTEMPTS = 5
"""How often a part is tried: one that takes the process down must not do so for ever."""


class LeaseLostError(Exception):
    """The job has ended, or another worker has it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that a worker has taken."""

    job: UUID
    lease: UUID


@dataclass(frozen=True, slots=True)
class Part:
    """Documents of a job to be answered together."""

    number: int
    documents: int
    request: bytes


def claim(session: Session) -> Claim | None:
    """Take the oldest job that nobody works on, or None.

    One that was taken too often without an answer fails.
    """
    free = or_(Job.leased_until.is_(None), Job.leased_until <= now())
    found = select(Job).where(Job.state.in_(UNFINISHED), free).order_by(Job.id).limit(1)
    while job := session.scalars(found.with_for_update(skip_locked=True)).first():
        if job.attempts < ATTEMPTS:
            job.state, job.lease = "running", uuid4()
            job.attempts += 1
            job.leased_until = now() + LEASE
            return Claim(job.id, job.lease)
        job.problem_code = job.problem_code or "internal_error"
        job.problem_detail = job.problem_detail or f"given up after {ATTEMPTS} attempts"
        end(session, job, "failed")
        session.flush()
    return None


def held(session: Session, claimed: Claim) -> Job:
    """The job that a worker has taken, locked for a change.

    Raises:
        LeaseLostError: it is not the worker's any more.
    """
    job = session.get(Job, claimed.job, with_for_update=True)
    if job is None or job.lease != claimed.lease:
        raise LeaseLostError
    return job


def renew(session: Session, claimed: Claim) -> None:
    """Say that the worker lives.

    Raises:
        LeaseLostError: the job is not the worker's any more.
    """
    held(session, claimed).leased_until = now() + LEASE


def release(session: Session, claimed: Claim) -> None:
    """Give a job back, for the next worker to go on with.

    Raises:
        LeaseLostError: the job is not the worker's any more.
    """
    job = held(session, claimed)
    job.state, job.lease, job.leased_until = "waiting", None, None
    job.attempts = max(0, job.attempts - 1)


def postpone(session: Session, claimed: Claim, code: str, detail: str) -> None:
    """Give a job back after a failure that may pass, and let others go first.

    Raises:
        LeaseLostError: the job is not the worker's any more.
    """
    job = held(session, claimed)
    job.problem_code, job.problem_detail = code, detail
    job.lease, job.leased_until = None, now() + LEASE


def fail(session: Session, claimed: Claim, code: str, detail: str) -> None:
    """End a job that can never be answered.

    Raises:
        LeaseLostError: the job is not the worker's any more.
    """
    job = held(session, claimed)
    job.problem_code, job.problem_detail = code, detail
    end(session, job, "failed")


def next_part(session: Session, claimed: Claim) -> Part | None:
    """The first part without answers, or None."""
    open_parts = select(JobPart).where(
        JobPart.job_id == claimed.job, JobPart.answers.is_(None), JobPart.request.is_not(None)
    )
    part = session.scalars(open_parts.order_by(JobPart.number).limit(1)).first()
    return Part(part.number, part.documents, part.request or b"") if part else None


def agree(session: Session, job: Job, answer: Basis) -> bool:
    """Whether an answer has the basis of the job's others; if not, the job begins again.

    A worker may serve another version of the model than the one that had the job before.
    """
    basis = answer.model_dump_json(include={*Basis.model_fields})
    if job.basis in (None, basis):
        job.basis = basis
        return True
    job.basis, job.documents_done = None, 0
    job.decision = job.decision and new_id()
    session.execute(update(JobPart).where(JobPart.job_id == job.id).values(answers=None))
    return False


def write(session: Session, job: Job, part: Part, answer: ClassifyAnswer) -> None:
    """Keep the answers of a part, whose job is locked."""
    row = session.get_one(JobPart, (job.id, part.number))
    row.answers = ",".join(each.model_dump_json() for each in answer.documents).encode()
    job.documents_done += part.documents
    job.attempts = 0
    job.problem_code = job.problem_detail = None


def complete(session: Session, claimed: Claim, keep: timedelta) -> None:
    """End a job whose parts are answered.

    Raises:
        LeaseLostError: the job is not the worker's any more.
    """
    end(session, held(session, claimed), "completed", keep)
