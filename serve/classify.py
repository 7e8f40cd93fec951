"""POST /v1/classify: texts in, framed sentences out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Header, Request, Response
from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from framelens.serve.answers import ClassifyAnswer
from framelens.serve.disconnection import unless_gone
from framelens.serve.openapi import EXAMPLE_REQUESTS, problem_responses
from framelens.serve.requests import ClassifyRequest
from framelens.serve.service import AppService
from framelens.serve.store.keeping import keep
from framelens.serve.strict_json import JsonRoute
from framelens.serve.timing import Timing

__all__ = ["router"]

router = APIRouter(route_class=JsonRoute)

Seconds = Annotated[float, Field(ge=0.1, allow_inf_nan=False)]
RequestTimeout = Annotated[
    # It may be absent; no header is null.
    Seconds | SkipJsonSchema[None],
    Header(description="Seconds after which no answer is wanted any more, at most the limit."),
]


@router.post(
    "/v1/classify",
    response_model=ClassifyAnswer,
    responses=problem_responses(
        "invalid_json",
        "retired_model",
        "invalid_header",
        "request_timeout",
        "body_too_large",
        "too_many_documents",
        "too_many_code_points",
        "too_many_sentences",
        "too_many_tokens",
        "unsupported_media_type",
        "unsupported_encoding",
        "invalid_request",
        "unknown_model",
        "unknown_thresholds",
        "overloaded",
        "internal_error",
        "too_slow",
        "store_unavailable",
        "stopping",
    ),
)
async def classify(
    request: Annotated[ClassifyRequest, Body(openapi_examples=EXAMPLE_REQUESTS)],
    service: AppService,
    connection: Request,
    x_request_timeout: RequestTimeout = None,
) -> Response:
    """Label every sentence of a text, or of several documents.

    A document that cannot be scored gets an `error`, and the others still answer. Texts are
    not logged, and stored only where the deployment keeps them. `/v1/info` tells whether it
    does, and the limits.
    """
    service.limits.check(request.to_documents())
    timing = connection.state.timing = Timing()
    work = service.classify(request, x_request_timeout, timing)
    answer = await unless_gone(connection, work)
    await keep(service.store, request, answer)
    return Response(
        answer.model_dump_json(),
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )
