"""What jobs take and give, and how a request is divided."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from framelens.model import Document
from framelens.serve.limits import Limits
from framelens.serve.message import Message
from framelens.serve.problems import Problem
from framelens.serve.requests import ClassifyRequest, DocumentRequest
from framelens.serve.store.callbacks import CallbackState
from framelens.serve.store.job_schema import Job
from framelens.serve.store.jobs import JobState

__all__ = ["JobAnswer", "JobRequest", "check_documents", "parts"]

PART_DOCUMENTS = 64
PART_LENGTH = 20_000
"""Code points and sentences of a part: about what an engine reads in a second."""


class JobRequest(ClassifyRequest):
    """What `/v1/classify` takes, with more documents, and whom to tell when it is done."""

    callback: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    """An https URL that is told when the job has ended."""


class JobProblem(Message):
    """Why a job failed, or the last attempt at its next documents did."""

    code: str
    detail: str


class JobAnswer(Message):
    """A job."""

    id: UUID
    state: JobState
    """The last three are for ever; `running` may be between two attempts."""
    documents: int
    documents_done: int
    created_at: datetime
    ended_at: datetime | None
    expires_at: datetime
    """When texts and answers are deleted; a job that has not ended by then fails."""
    problem: JobProblem | None
    callback: CallbackState | None
    """Null where none was asked for."""

    @classmethod
    def of(cls, job: Job) -> JobAnswer:
        """The answer that tells of a job."""
        problem = None
        if job.problem_code is not None:
            problem = JobProblem(code=job.problem_code, detail=job.problem_detail or "")
        return cls.model_validate(
            {
                "id": job.id,
                "state": job.state,
                "documents": job.documents,
                "documents_done": job.documents_done,
                "created_at": job.created_at,
                "ended_at": job.ended_at,
                "expires_at": job.expires_at,
                "problem": problem,
                "callback": job.callback_state,
            }
        )


def check_documents(request: JobRequest, limits: Limits) -> int:
    """Refuse documents that are too many, or one that is too long; their code points.

    Raises:
        Problem: as for a request, with the limits of jobs.
    """
    documents = request.to_documents()
    if len(documents) > limits.job_documents:
        allowed = f"at most {limits.job_documents} are allowed"
        raise Problem("too_many_documents", f"{len(documents)} documents in one job; {allowed}")
    for document in documents:
        limits.check([document])
    return sum(document.code_points for document in documents)


def parts(request: JobRequest) -> Iterator[tuple[int, bytes]]:
    """Requests to `/v1/classify` with some documents each: their number, and the JSON."""
    documents = request.documents
    if documents is None:
        documents = [DocumentRequest(text=request.text)]
    part: list[DocumentRequest] = []
    room = PART_LENGTH
    for document in documents:
        length = _length(document)
        if part and (length > room or len(part) == PART_DOCUMENTS):
            yield _part(request, part)
            part, room = [], PART_LENGTH
        part.append(document)
        room -= length
    # Without documents there is one part as well: even then, something determines the answer.
    yield _part(request, part)


def _length(document: DocumentRequest) -> int:
    asked = Document(document.text, document.sentences)
    return asked.code_points + len(document.sentences or ())


def _part(request: JobRequest, documents: list[DocumentRequest]) -> tuple[int, bytes]:
    part = ClassifyRequest(
        documents=documents,
        options=request.options,
        model=request.model,
        thresholds=request.thresholds,
        client_token=request.client_token,
    )
    # Not pydantic's JSON, which has no halves of surrogate pairs; these are told of later.
    return len(documents), json.dumps(part.model_dump()).encode()
