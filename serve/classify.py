"""POST /v1/classify: texts in, framed sentences out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Response

from framelens.model import FramingClassifier
from framelens.serve.answers import ClassifyAnswer, answer
from framelens.serve.openapi import EXAMPLE_REQUESTS, problem_responses
from framelens.serve.requests import ClassifyRequest
from framelens.serve.service import AppService

__all__ = ["router"]

router = APIRouter()


@router.post(
    "/v1/classify",
    response_model=ClassifyAnswer,
    responses=problem_responses(
        "invalid_json",
        "body_too_large",
        "too_many_documents",
        "too_many_code_points",
        "too_many_sentences",
        "unsupported_media_type",
        "unsupported_encoding",
        "invalid_request",
        "internal_error",
    ),
)
async def classify(
    request: Annotated[ClassifyRequest, Body(openapi_examples=EXAMPLE_REQUESTS)],
    service: AppService,
) -> Response:
    """Label every sentence of a text, or of several documents.

    A document that cannot be scored gets an `error`, and the others still answer. Texts are
    neither stored nor logged. The limits stand in `/v1/info`.
    """
    service.limits.check(request.to_documents())
    content = await service.run(_content, service.classifier, request)
    return Response(content, media_type="application/json", headers={"cache-control": "no-store"})


def _content(classifier: FramingClassifier, request: ClassifyRequest) -> str:
    # Writing the JSON of a long text takes a while too, so it is not left to the event loop.
    return answer(classifier, request).model_dump_json()
