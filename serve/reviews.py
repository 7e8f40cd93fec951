"""/v1/reviews: the queue of doubtful sentences, for people to decide."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy.orm import Session

from framelens.model.errors import one_of
from framelens.serve.feedback import check_label, invalid
from framelens.serve.message import Message
from framelens.serve.openapi import problem_responses
from framelens.serve.requests import WHOLE, LabelNames, Name, Note, Strict
from framelens.serve.service import AppService
from framelens.serve.store import review
from framelens.serve.store.app import AppStore
from framelens.serve.store.feedback import Correction
from framelens.serve.store.review import Filters, State
from framelens.serve.store.schema import Item
from framelens.serve.strict_json import JsonRoute

__all__ = ["router"]

router = APIRouter(route_class=JsonRoute)

READING = ("no_database", "invalid_request", "internal_error", "store_unavailable")
CHANGING = (
    *READING,
    "invalid_json",
    "unknown_record",
    "conflict",
    "body_too_large",
    "unsupported_media_type",
    "unsupported_encoding",
)


class ReviewItem(Message):
    """A sentence with the review mark."""

    id: UUID
    decision_id: UUID
    """The answer's `decision`."""
    document: int
    """Number of the document in the answer, from 0."""
    sentence: int
    """Number of the sentence in its document, from 0."""
    begin: int
    """Where the sentence begins in its document, in code points."""
    end: int
    label: str
    """The model's."""
    confidence: float
    scores: dict[str, float]
    state: State
    claimed_by: str | None
    claimed_until: datetime | None
    """After this time, another reviewer may claim it."""
    decided_by: str | None
    decided_label: str | None
    decided_at: datetime | None
    text_digest: str
    """Salted digest of the document's text."""


class ReviewDetail(ReviewItem):
    """A sentence with the review mark, and its document where the deployment keeps texts."""

    text: str | None
    """Of the document; null where it is not kept, or not any more."""


class ReviewPage(Message):
    """Some of the queue, oldest first."""

    items: list[ReviewItem]
    after: UUID | None
    """What to ask for as `after` to get the following page; null at the end."""


class ClaimRequest(Strict):
    """Who wants to decide an item, and for how long nobody else may."""

    reviewer: Name
    seconds: Annotated[int, Field(ge=1, le=86400), WHOLE] = 900


class DecideRequest(Strict):
    """The label that a sentence has, in the eyes of the reviewer who claimed it."""

    reviewer: Name
    label: LabelNames
    """A public label or a leaf of the scheme in `/v1/info`, or, where that is multi-label, all
    labels that the sentence has, such as `angry|sad`."""
    reason: Note | None = None


class AppealRequest(Strict):
    """Why another person should decide."""

    reviewer: Name
    """Who appeals."""
    reason: Note


@router.get("/v1/reviews", responses=problem_responses(*READING))
async def list_reviews(
    service: AppService,
    store: AppStore,
    state: Annotated[State | None, Query()] = None,
    label: Annotated[Name | None, Query()] = None,
    claimed: Annotated[bool | None, Query()] = None,
    after: Annotated[UUID | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReviewPage:
    """The review queue, oldest first, all of it or some by state, label and claim."""
    labels = service.models.default.classifier.artefact.scheme.label_names
    if label is not None and label not in labels:
        raise invalid("/label", f"must be {one_of(labels)}")
    filters = Filters(state, label, claimed)

    def read(session: Session) -> ReviewPage:
        found = review.items(session, filters, after, limit + 1)
        page = [ReviewItem.model_validate(item) for item in found[:limit]]
        return ReviewPage(items=page, after=page[-1].id if len(found) > limit else None)

    return await store.read(read)


@router.get("/v1/reviews/{id}", responses=problem_responses(*READING, "unknown_record"))
async def get_review(id: UUID, store: AppStore) -> ReviewDetail:  # noqa: A002
    """One sentence of the queue, with its text where that is kept."""
    return await store.read(lambda session: _detail(session, review.find(session, id)))


@router.post("/v1/reviews/{id}/claim", responses=problem_responses(*CHANGING))
async def claim_review(id: UUID, request: ClaimRequest, store: AppStore) -> ReviewDetail:  # noqa: A002
    """Reserve a sentence that waits, or that was appealed against, for a reviewer.

    Claiming again prolongs the claim. An appeal is decided by another than the first decision.
    """
    return await store.write(
        lambda session: _detail(
            session, review.claim(session, id, request.reviewer, request.seconds)
        )
    )


@router.post("/v1/reviews/{id}/decide", responses=problem_responses(*CHANGING))
async def decide_review(
    id: UUID,  # noqa: A002
    request: DecideRequest,
    service: AppService,
    store: AppStore,
) -> ReviewItem:
    """Settle the label of a sentence that the reviewer has claimed; it counts as feedback too."""
    leaf = check_label(request.label, service.models.default.classifier.artefact.scheme)
    correction = Correction(request.label, leaf, request.reason, request.reviewer)
    return await store.write(
        lambda session: ReviewItem.model_validate(
            review.decide(session, id, correction, request.reason)
        )
    )


@router.post("/v1/reviews/{id}/appeal", responses=problem_responses(*CHANGING))
async def appeal_review(id: UUID, request: AppealRequest, store: AppStore) -> ReviewItem:  # noqa: A002
    """Put a decided sentence into the queue again, for another reviewer."""
    return await store.write(
        lambda session: ReviewItem.model_validate(
            review.appeal(session, id, request.reviewer, request.reason)
        )
    )


def _detail(session: Session, item: Item) -> ReviewDetail:
    known = ReviewItem.model_validate(item).model_dump()
    return ReviewDetail(**known, text=review.text_of(session, item))
