"""POST /v1/classify: texts in, framed sentences out."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Request, Response
from fastapi.routing import APIRoute
from pydantic import Field, TypeAdapter, ValidationError
from pydantic.json_schema import SkipJsonSchema

from framelens.serve.answers import ClassifyAnswer
from framelens.serve.disconnection import unless_gone
from framelens.serve.openapi import EXAMPLE_REQUESTS, problem_responses
from framelens.serve.problems import Problem, invalid_request, unfit
from framelens.serve.requests import ClassifyRequest
from framelens.serve.service import AppService
from framelens.serve.strict_json import parse_json
from framelens.serve.timing import Timing

__all__ = ["router"]

Seconds = Annotated[float, Field(ge=0.1, allow_inf_nan=False)]
RequestTimeout = Annotated[
    # It may be absent; no header is null.
    Seconds | SkipJsonSchema[None],
    Header(description="Seconds after which no answer is wanted any more, at most the limit."),
]

SECONDS: TypeAdapter[float] = TypeAdapter(Seconds)


class _ClassifyRoute(APIRoute):
    """Reads the request itself, as the endpoint's signature describes it.

    FastAPI's own reading takes a fifth of the event loop's time for a short text.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What calls the endpoint."""

        async def handle(connection: Request) -> Response:
            body = await connection.body()
            if not body:
                raise invalid_request([((), "Field required")], "the body")
            try:
                request = ClassifyRequest.model_validate(parse_json(body))
            except ValidationError as error:
                raise unfit(error, "the body") from None
            seconds = _request_timeout(connection)
            return await classify(request, connection.app.state.service, connection, seconds)

        return handle


def _request_timeout(connection: Request) -> float | None:
    value = connection.headers.get("x-request-timeout")
    try:
        return None if value is None else SECONDS.validate_python(value)
    except ValidationError as error:
        raise Problem("invalid_header", f"x-request-timeout: {error.errors()[0]['msg']}") from None


router = APIRouter(route_class=_ClassifyRoute)


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
    await service.keep(request, answer)
    return Response(
        answer.model_dump_json(),
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )
