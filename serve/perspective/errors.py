"""Errors in Google's form, for whatever goes wrong on Perspective's routes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ConfigDict, Field
from starlette.requests import ClientDisconnect

from framelens.serve.envelope import log_failure
from framelens.serve.message import Message
from framelens.serve.problems import Problem
from framelens.serve.strict_json import JsonRoute

__all__ = ["ErrorDocument", "ErrorRoute", "PerspectiveError", "error_responses", "problem_error"]

STATUSES = {
    "INVALID_ARGUMENT": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "RESOURCE_EXHAUSTED": 429,
    "INTERNAL": 500,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
}
"""The HTTP status of each of Google's codes that is given here."""

TYPES = {
    "too_many_code_points": "COMMENT_TOO_LONG",
    "body_too_large": "COMMENT_TOO_LONG",
}
"""Perspective's name for a problem that has one; every other bad request is INVALID_REQUEST."""


class UnsupportedLanguage(Message):
    """Which attribute does not support which languages."""

    attribute: str
    requested_languages: list[str] = Field(serialization_alias="requestedLanguages")


class ErrorDetail(Message):
    """Perspective's own name for the kind of error."""

    model_config = ConfigDict(serialize_by_alias=True)

    type: str = Field(
        default="type.googleapis.com/google.commentanalyzer.v1alpha1.Error",
        serialization_alias="@type",
    )
    error_type: str = Field(serialization_alias="errorType")
    unsupported: UnsupportedLanguage | None = Field(
        default=None, serialization_alias="languageNotSupportedByAttributeError"
    )


class ErrorStatus(Message):
    """What went wrong. It never repeats any text of the request."""

    code: int
    message: str
    status: str
    details: list[ErrorDetail] | None = None


class ErrorDocument(Message):
    """An error as Google's services give it."""

    error: ErrorStatus


class PerspectiveError(Exception):
    """A request that is refused with one of Google's codes."""

    def __init__(
        self,
        status: str,
        message: str,
        error_type: str | None = None,
        unsupported: UnsupportedLanguage | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = STATUSES[status]
        self.headers = headers
        details = (
            [ErrorDetail(error_type=error_type, unsupported=unsupported)] if error_type else None
        )
        self.document = ErrorDocument(
            error=ErrorStatus(code=self.code, message=message, status=status, details=details)
        )


class ErrorRoute(JsonRoute):
    """A route that gives every error in Google's form."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of the route, its errors answered."""
        handler = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handler(request)
            except ClientDisconnect:
                raise
            except Exception as error:
                refused = _as_perspective(error, request)
                # For the metrics, which count the reasons.
                code = refused.document.error.status.lower()
                request.state.problem = error.code if isinstance(error, Problem) else code
                return _response(refused)

        return answered


def error_responses() -> dict[int | str, dict[str, Any]]:
    """The responses of a route that fails in Google's form, in FastAPI's form."""
    codes = (400, 500, 503)
    responses = {code: {"description": HTTPStatus(code).phrase} for code in codes}
    responses["default"] = {"description": "Any other error"}  # type: ignore[index]
    return {code: {**each, "model": ErrorDocument} for code, each in responses.items()}


def problem_error(problem: Problem) -> Response:
    """The response that tells of a problem in Google's form."""
    return _response(_of_problem(problem))


def _response(error: PerspectiveError) -> Response:
    content = error.document.model_dump_json(by_alias=True, exclude_none=True)
    return Response(content, error.code, error.headers, "application/json")


def _as_perspective(error: Exception, request: Request) -> PerspectiveError:
    if isinstance(error, PerspectiveError):
        return error
    if isinstance(error, RequestValidationError):
        return _invalid(error.errors())
    if isinstance(error, Problem):
        return _of_problem(error)
    log_failure(error, request.state.request_id)
    message = f"The service failed; its log tells more by request id {request.state.request_id}."
    return PerspectiveError("INTERNAL", message)


def _of_problem(problem: Problem) -> PerspectiveError:
    by_code = {code: status for status, code in STATUSES.items()}
    status = by_code.get(problem.status_code, "INVALID_ARGUMENT")
    error_type = TYPES.get(problem.code, "INVALID_REQUEST")
    return PerspectiveError(
        status,
        problem.detail,
        error_type if status == "INVALID_ARGUMENT" else None,
        headers=problem.headers,
    )


def _invalid(found: Sequence[Any]) -> PerspectiveError:
    message = f"{_place(found[0]['loc'])}: {found[0]['msg']}"
    return PerspectiveError("INVALID_ARGUMENT", message, "INVALID_REQUEST")


def _place(location: Sequence[str | int]) -> str:
    # The first part says where in the request. A key under a map of attributes is the caller's.
    parts = list(location[1:])
    if len(parts) > 1 and str(parts[0]).startswith(("requested", "attribute")):
        parts[1] = "*"
    return ".".join(map(str, parts)) or "the body"
