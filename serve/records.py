"""GET /v1/audit and DELETE /v1/texts: what was done, and what is to be forgotten."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from framelens.serve.message import Message
from framelens.serve.openapi import problem_responses
from framelens.serve.requests import Name
from framelens.serve.store.app import AppStore
from framelens.serve.store.audit import entries

__all__ = ["router"]

router = APIRouter()

PROBLEMS = ("no_database", "invalid_request", "internal_error", "store_unavailable")


class AuditAnswer(Message):
    """Who did what, when and why."""

    id: int
    at: datetime
    actor: str | None
    """Who did it, as they called themselves or else their key; null where nobody said so."""
    action: str
    subject: UUID | None
    """What it was done to."""
    reason: str | None
    text_digest: str | None
    """Salted digest of the text concerned."""
    key: str | None
    """Name of the key that it was done with; null where no keys are demanded."""


class AuditPage(Message):
    """Some of the audit log, oldest first."""

    entries: list[AuditAnswer]
    after: int | None
    """What to ask for as `after` to get the following page; null at the end."""


class Erased(Message):
    """What was erased."""

    texts: int


@router.get("/v1/audit", responses=problem_responses(*PROBLEMS))
async def audit(
    store: AppStore,
    after: Annotated[int, Query(ge=0, le=2**31 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> AuditPage:
    """The audit log, oldest first."""
    found = await store.read(
        lambda session: [
            AuditAnswer.model_validate(entry) for entry in entries(session, after, limit + 1)
        ]
    )
    page = found[:limit]
    return AuditPage(entries=page, after=page[-1].id if len(found) > limit else None)


@router.delete("/v1/texts", responses=problem_responses(*PROBLEMS))
async def erase(
    client_token: Annotated[Name, Query()],
    store: AppStore,
    reviewer: Annotated[Name | None, Query()] = None,
) -> Erased:
    """Delete every kept text that came with a client token, and the notes of its feedback.

    Labels and salted digests stay. The audit log tells how many texts there were.
    """
    return await store.write(
        lambda session: Erased(texts=store.texts.erase(session, client_token, reviewer))
    )
