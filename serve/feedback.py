"""POST /v1/feedback: what a person says that a sentence's label is."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import select
from sqlalchemy.orm import Session

from framelens.model import Document, Scheme, SchemeError
from framelens.model.errors import one_of
from framelens.model.scheme import SEPARATOR
from framelens.serve.message import Message
from framelens.serve.offsets import OffsetUnit, code_points
from framelens.serve.openapi import problem_responses
from framelens.serve.problems import Problem, invalid_request
from framelens.serve.requests import (
    WHOLE,
    LabelNames,
    Name,
    Note,
    Strict,
    exactly_one,
    whole_characters,
)
from framelens.serve.service import AppService
from framelens.serve.store.app import AppStore
from framelens.serve.store.feedback import Correction, give, leaf_of
from framelens.serve.store.schema import Feedback, Item
from framelens.serve.strict_json import JsonRoute

__all__ = ["Identity", "check_label", "invalid", "router"]

router = APIRouter(route_class=JsonRoute)

COUNT = 2**31 - 1


# JSON has no identifiers, so that a strict one could never be sent.
Identity = Annotated[UUID, Field(strict=False)]
Count = Annotated[int, Field(ge=0, le=COUNT), WHOLE]


class DecidedSentence(Strict):
    """A sentence with the review mark in an answer that had a decision id."""

    id: Identity
    """The answer's `decision`."""
    document: Count = 0
    """Number of the document in the answer, from 0."""
    sentence: Count
    """Number of the sentence in its document, from 0."""


class Passage(Strict):
    """A sentence and the text around it."""

    text: Annotated[str, AfterValidator(whole_characters)]
    begin: Count
    """Where the sentence begins in the text, in the unit that `offsets` names."""
    end: Count
    offsets: OffsetUnit = "utf32"
    """What `begin` and `end` count: code points, UTF-16 code units or UTF-8 bytes."""

    @model_validator(mode="after")
    def _not_empty(self) -> Self:
        if not self.begin < self.end:
            raise PydanticCustomError("empty_span", "'end' must be more than 'begin'")
        return self


class FeedbackRequest(Strict):
    """A sentence, by its decision or by its text, and the label that it should have."""

    model_config = ConfigDict(
        json_schema_extra={
            **exactly_one("decision", "object", "passage", "object"),
            "examples": [
                {
                    "passage": {"text": "Nine houses burned down.", "begin": 0, "end": 24},
                    "label": "neutral",
                    "note": "Nothing but what happened.",
                    "reviewer": "ada",
                    "client_token": "desk-7",
                }
            ],
        }
    )

    decision: DecidedSentence | None = None
    passage: Passage | None = None
    label: LabelNames
    """A public label or a leaf of the scheme in `/v1/info`. To train on it takes a leaf, or a
    label with one leaf. Where the scheme is multi-label, all labels that the sentence should have,
    such as `angry|sad`, or nothing."""
    note: Note | None = None
    reviewer: Name | None = None
    client_token: Name | None = None
    """Yours: the text and the note can be erased by it."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.decision is None) == (self.passage is None):
            raise PydanticCustomError("one_of", "needs exactly one of 'decision' and 'passage'")
        return self


class FeedbackAnswer(Message):
    """What became of feedback."""

    id: UUID
    leaf: str | None
    """The leaf to train on; null for a label with several."""
    text_kept: bool
    """Whether the text is kept, so that a corpus can be made of it."""


@router.post(
    "/v1/feedback",
    status_code=201,
    responses=problem_responses(
        "invalid_json",
        "no_database",
        "unknown_record",
        "body_too_large",
        "too_many_code_points",
        "unsupported_media_type",
        "unsupported_encoding",
        "invalid_request",
        "internal_error",
        "store_unavailable",
    ),
)
async def feedback(
    request: FeedbackRequest, service: AppService, store: AppStore
) -> FeedbackAnswer:
    """Say what the label of a sentence should be.

    Kept are the label, the note, the reviewer and a salted digest of the text; the text
    itself only where the deployment keeps texts. Once answered, it is not lost.
    """
    leaf = check_label(request.label, service.models.default.classifier.artefact.scheme)
    span = _span(request.passage)
    if request.passage:
        service.limits.check([Document(request.passage.text)])
    correction = Correction(
        request.label,
        leaf,
        request.note,
        request.reviewer,
        store.texts.client(request.client_token),
    )

    def write(session: Session) -> FeedbackAnswer:
        if request.decision:
            row = _of_decision(session, request.decision, correction)
        if request.passage:
            text = request.passage.text
            text_id = store.texts.keep(session, text, request.client_token)
            row = give(session, correction, store.texts.digest(text), text_id, span)
        return FeedbackAnswer(id=row.id, leaf=leaf, text_kept=row.text_id is not None)

    return await store.write(write)


def check_label(label: str, scheme: Scheme) -> str | None:
    """The leaf that a label means, if there is only one; of a multi-label scheme, all its leaves.

    Raises:
        Problem: the scheme has no such label.
    """
    known = dict.fromkeys((*scheme.label_names, *scheme.leaf_names))
    if scheme.multi_label:
        if {*label.split(SEPARATOR)} <= {*known, ""}:
            with suppress(SchemeError):
                return leaf_of(label, scheme)
        several = f"any of {one_of(known)}, each once, with {SEPARATOR!r} between them, or empty"
        raise invalid("/label", f"must be {several}")
    if label not in known:
        raise invalid("/label", f"must be {one_of(known)}")
    return leaf_of(label, scheme)


def invalid(pointer: str, detail: str) -> Problem:
    """The problem of a request whose field does not fit."""
    return invalid_request([(pointer.split("/")[1:], detail)], "the body")


def _span(passage: Passage | None) -> tuple[int, int]:
    if passage is None:
        return 0, 0
    at = code_points(passage.text, passage.offsets)
    for name, offset in (("begin", passage.begin), ("end", passage.end)):
        if offset not in at:
            raise invalid(f"/passage/{name}", "is past the text's end, or inside a character")
    span = at[passage.begin], at[passage.end]
    if not passage.text[slice(*span)].strip():
        raise invalid("/passage", "the sentence is empty")
    return span


def _of_decision(session: Session, decided: DecidedSentence, correction: Correction) -> Feedback:
    key = (decided.id, decided.document, decided.sentence)
    columns = (Item.decision_id, Item.document, Item.sentence)
    where = (column == value for column, value in zip(columns, key, strict=True))
    item = session.scalars(select(Item).where(*where)).one_or_none()
    if item is None:
        detail = "no such sentence was kept for review; send its 'passage' instead"
        raise Problem("unknown_record", detail)
    span = (item.begin, item.end)
    return give(session, correction, item.text_digest, item.text_id, span, item.id)
