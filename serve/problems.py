"""Errors as problem documents (RFC 9457), each with a code that stays the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from framelens.serve.message import Message

__all__ = [
    "HANDLERS",
    "MEDIA_TYPE",
    "PROBLEMS",
    "FieldProblem",
    "Problem",
    "ProblemDocument",
    "invalid_request",
    "overloaded",
    "problem_document",
    "problem_response",
    "unfit",
]

MEDIA_TYPE = "application/problem+json"

PROBLEMS: Mapping[str, tuple[int, str]] = {
    "invalid_http": (400, "The request is not HTTP"),
    "invalid_header": (400, "A header has a value that it cannot have"),
    "invalid_json": (400, "The body is not JSON"),
    "unauthenticated": (401, "The request has no valid key"),
    "forbidden": (403, "The key does not open this route"),
    "not_found": (404, "There is nothing at this path"),
    "no_models_folder": (404, "The deployment changes no models"),
    "no_database": (404, "The deployment keeps no feedback"),
    "no_jobs": (404, "The deployment takes no jobs"),
    "unknown_record": (404, "There is no such record"),
    "method_not_allowed": (405, "This path does not take the method"),
    "request_timeout": (408, "The request came too slowly"),
    "conflict": (409, "The record is in another state"),
    "result_gone": (410, "The result is deleted"),
    "model_conflict": (409, "The models are in another state"),
    "retired_model": (410, "The model is retired"),
    "body_too_large": (413, "The body is too large"),
    "too_many_documents": (413, "The request has too many documents"),
    "too_many_code_points": (413, "The request has too much text"),
    "too_many_sentences": (413, "The request has too many sentences"),
    "too_many_tokens": (413, "The request has more tokens than may wait"),
    "unsupported_media_type": (415, "The body's type is not supported"),
    "unsupported_encoding": (415, "The body's encoding is not supported"),
    "invalid_request": (422, "The request does not fit its schema"),
    "key_reused": (422, "The idempotency key is taken"),
    "unknown_model": (422, "The model is not loaded"),
    "unknown_artefact": (422, "There is no such artefact"),
    "unfit_artefact": (422, "The artefact cannot be served"),
    "unknown_thresholds": (422, "The threshold set is not known"),
    "overloaded": (429, "More is asked for than can be answered in time"),
    "rate_limited": (429, "The key was used too often"),
    "quota_exceeded": (429, "The key's quota is used up"),
    "headers_too_large": (431, "The headers are too large"),
    "internal_error": (500, "The service failed"),
    "too_slow": (503, "The answer took too long"),
    "store_unavailable": (503, "The database failed"),
    "not_ready": (503, "The service is not ready"),
    "stopping": (503, "The service is being stopped"),
    "wedged": (503, "The engine is stuck"),
}
"""Status and title of every problem, by its code."""

# What the framework finds by itself, in our words.
_FOUND_BY_STATUS = {
    404: ("not_found", "the paths are listed in /openapi.json"),
    405: ("method_not_allowed", "the methods of each path are listed in /openapi.json"),
}


class FieldProblem(Message):
    """What is wrong with one field of a request."""

    pointer: str
    """JSON pointer (RFC 6901) to the field in the request's body, or a parameter of its query."""
    detail: str


class ProblemDocument(Message):
    """Why a request was not answered. It never repeats any text of the request."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    """Stable name of the kind of problem, for programs."""
    request_id: str
    """The response's `x-request-id`, which stands in the service's log as well."""
    errors: list[FieldProblem] | None = None
    """The fields at fault, where a request does not fit its schema."""


class Problem(HTTPException):
    """A request that is refused, for a reason in :data:`PROBLEMS`."""

    def __init__(
        self,
        code: str,
        detail: str,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(PROBLEMS[code][0], detail, headers)
        self.code = code
        self.errors = list(errors)


def overloaded(detail: str, retry_seconds: int) -> Problem:
    """More than can be answered in time; the caller is told when to come back."""
    return Problem("overloaded", detail, headers={"retry-after": str(retry_seconds)})


def invalid_request(found: Sequence[tuple[Sequence[str | int], str]], whole: str) -> Problem:
    """The problem of a message that does not fit its schema.

    Args:
        found: where in the message something is wrong, and what.
        whole: what the message is called.
    """
    # Names need no escaping: all are our own.
    errors = [
        FieldProblem(pointer="".join(f"/{part}" for part in location), detail=detail)
        for location, detail in found
    ]
    where = errors[0].pointer or whole
    return Problem("invalid_request", f"{where}: {errors[0].detail}", errors)


def unfit(error: ValidationError, whole: str) -> Problem:
    """The problem of a message that pydantic refuses, as :func:`invalid_request` has it."""
    found = [(each["loc"], each["msg"]) for each in error.errors(include_input=False)]
    return invalid_request(found, whole)


def problem_document(problem: Problem, request_id: str) -> ProblemDocument:
    """The document that tells the caller of a problem."""
    status, title = PROBLEMS[problem.code]
    return ProblemDocument(
        type=f"urn:problem-type:framelens:{problem.code}",
        title=title,
        status=status,
        detail=problem.detail,
        code=problem.code,
        request_id=request_id,
        errors=problem.errors or None,
    )


def problem_response(problem: Problem, request_id: str) -> Response:
    """The response that tells the caller of a problem."""
    content = problem_document(problem, request_id).model_dump_json(exclude_none=True)
    return Response(content, problem.status_code, problem.headers, MEDIA_TYPE)


async def _http_exception(request: Request, error: HTTPException) -> Response:
    if not isinstance(error, Problem):
        code, detail = _FOUND_BY_STATUS[error.status_code]
        headers = {"allow": _allowed(request)} if code == "method_not_allowed" else error.headers
        error = Problem(code, detail, headers=headers)
    return _respond(request, error)


def _allowed(request: Request) -> str:
    """The methods of a path, of which the framework would name those of one route only."""
    path = getattr(request.scope.get("route"), "path", None)
    # Whatever is not in the document is a file of the pages.
    methods = request.app.openapi()["paths"].get(path, {"get": None, "head": None})
    return ", ".join(method.upper() for method in methods)


def _respond(request: Request, problem: Problem) -> Response:
    # For the metrics, which count the reasons.
    request.state.problem = problem.code
    return problem_response(problem, request.state.request_id)


async def _validation_error(request: Request, error: RequestValidationError) -> Response:
    found = error.errors()
    if found[0]["loc"][0] == "header":
        name, message = found[0]["loc"][1], found[0]["msg"]
        problem = Problem("invalid_header", f"{name}: {message}")
    else:
        # The first part of a location says that it is the body, or the query.
        whole = f"the {found[0]['loc'][0]}"
        problem = invalid_request([(item["loc"][1:], item["msg"]) for item in found], whole)
    return _respond(request, problem)


HANDLERS: dict[int | type[Exception], Any] = {
    HTTPException: _http_exception,
    RequestValidationError: _validation_error,
}
"""What answers each kind of exception, as FastAPI takes it."""
