"""/v1/jobs: documents in now, answers later."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from framelens.serve.access.caller import CALLER, caller_name, spending
from framelens.serve.answers import ClassifyAnswer
from framelens.serve.basis import Basis
from framelens.serve.feedback import invalid
from framelens.serve.jobs.callbacks import CallbackError
from framelens.serve.jobs.messages import JobAnswer, JobRequest, check_documents, parts
from framelens.serve.jobs.running import AppJobs, Jobs
from framelens.serve.openapi import problem_responses
from framelens.serve.store import jobs as store
from framelens.serve.store.jobs import NewJob
from framelens.serve.strict_json import JsonRoute

__all__ = ["router"]

router = APIRouter(route_class=JsonRoute)

READING = ("no_jobs", "unknown_record", "invalid_request", "internal_error", "store_unavailable")

NO_STORE = {"cache-control": "no-store"}

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=255,
        pattern="^[ -~]+$",
        description="Yours: within 24 hours, the same request with it gives the same job.",
    ),
]


@router.post(
    "/v1/jobs",
    status_code=202,
    response_model=JobAnswer,
    responses={
        202: {"headers": {"location": {"schema": {"type": "string"}}}},
        **problem_responses(
            "invalid_json",
            "no_jobs",
            "retired_model",
            "invalid_header",
            "request_timeout",
            "body_too_large",
            "too_many_documents",
            "too_many_code_points",
            "too_many_sentences",
            "unsupported_media_type",
            "unsupported_encoding",
            "invalid_request",
            "key_reused",
            "unknown_model",
            "unknown_thresholds",
            "overloaded",
            "internal_error",
            "store_unavailable",
        ),
    },
)
async def create_job(
    request: JobRequest, jobs: AppJobs, idempotency_key: IdempotencyKey = None
) -> Response:
    """Have documents labelled when there is time; once accepted, they are not lost.

    Texts are stored until the job has ended, and answers, which hold the sentences, for as long as
    the deployment keeps them. With an `idempotency-key`, the request may be sent again.
    """
    code_points = check_documents(request, jobs.service.limits)
    # Now, while there is somebody to tell.
    jobs.service.models.find(request.model).thresholds_of(request)
    await _check_callback(request, jobs)
    new = _new_job(request, jobs, idempotency_key)
    most = jobs.service.limits.unfinished_jobs
    with spending(CALLER.get(), code_points) as give_back:
        job = await jobs.store.write(lambda session: JobAnswer.of(store.accept(session, new, most)))
        if job.id != new.id:
            give_back()  # It was accepted, and taken from the quota, before.
    jobs.is_new.set()
    headers = {**NO_STORE, "location": f"/v1/jobs/{job.id}"}
    return Response(job.model_dump_json(), 202, headers, "application/json")


@router.get("/v1/jobs/{id}", responses=problem_responses(*READING))
async def get_job(id: UUID, jobs: AppJobs) -> JobAnswer:  # noqa: A002
    """What has become of a job, and how far it is."""
    return await jobs.store.read(lambda session: JobAnswer.of(store.find(session, id)))


@router.get(
    "/v1/jobs/{id}/result",
    response_model=ClassifyAnswer,
    responses=problem_responses(*READING, "conflict", "result_gone"),
)
async def get_result(id: UUID, jobs: AppJobs) -> Response:  # noqa: A002
    """The answer of a completed job, as `/v1/classify` gives it."""
    before, numbers = await jobs.store.read(partial(_result, identity=id))
    first = await jobs.store.read(partial(store.answers, identity=id, number=numbers[0]))

    async def content() -> AsyncIterator[bytes]:
        yield before + first
        for number in numbers[1:]:
            read = partial(store.answers, identity=id, number=number)
            yield b"," + await jobs.store.read(read)
        yield b"]}"

    return StreamingResponse(content(), headers=NO_STORE, media_type="application/json")


@router.delete("/v1/jobs/{id}", responses=problem_responses(*READING))
async def delete_job(id: UUID, jobs: AppJobs) -> JobAnswer:  # noqa: A002
    """Cancel a job that has not ended, and delete its texts and answers at once."""
    return await jobs.store.write(lambda session: JobAnswer.of(store.cancel(session, id)))


async def _check_callback(request: JobRequest, jobs: Jobs) -> None:
    if request.callback is None:
        return
    try:
        await jobs.callbacks.addresses(jobs.callbacks.check(request.callback))
    except CallbackError as error:
        raise invalid("/callback", str(error)) from None


def _new_job(request: JobRequest, jobs: Jobs, key: str | None) -> NewJob:
    texts = jobs.store.texts
    # As a structured field (RFC 9651) it stands in quotation marks.
    key, owner = (key or "").strip('"') or None, caller_name()
    if key and owner:
        # Another owner may have chosen the same.
        key = f"{owner}\0{key}"
    return NewJob(
        parts=list(parts(request)),
        keep=jobs.keep,
        request_digest=texts.digest(json.dumps(request.model_dump())),
        key_digest=texts.client(key),
        client=texts.client(request.client_token),
        callback_url=request.callback,
        keep_for_review=jobs.store.policy.keep_for_review,
        owner=owner,
    )


def _result(session: Session, identity: UUID) -> tuple[bytes, list[int]]:
    """The answer of a job up to its first document, and the numbers of its parts."""
    job, numbers = store.finished(session, identity)
    basis = Basis.model_validate_json(job.basis or "")
    answer = ClassifyAnswer(**dict(basis), decision=job.decision, documents=[])
    return answer.model_dump_json().removesuffix("]}").encode(), list(numbers)
