"""What can go wrong with a call: one type for each thing that a caller does about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from framelens.client.answers import FieldProblem, ProblemDocument

__all__ = [
    "AnswerError",
    "ClientError",
    "DeadlineError",
    "FailedError",
    "ForbiddenError",
    "OverloadedError",
    "ProblemError",
    "RefusedError",
    "UnreachableError",
    "problem_error",
    "retry_seconds",
]

PASSING = frozenset({429, 502, 503, 504})
"""Statuses after which asking again may help."""


class ClientError(Exception):
    """A call that has no answer.

    Attributes:
        is_passing: whether asking again may help.
        may_be_done: whether the service may have done what was asked all the same.
        retry_after: seconds after which the service wants to be asked again; 0 if it did not say.
    """

    is_passing = False
    may_be_done = False
    retry_after = 0.0


class UnreachableError(ClientError):
    """The service cannot be reached, or the connection broke."""

    is_passing = True

    def __init__(self, detail: str, may_be_done: bool = False) -> None:
        super().__init__(detail)
        self.may_be_done = may_be_done


class DeadlineError(ClientError):
    """The time of the whole call is over."""

    may_be_done = True


class AnswerError(ClientError):
    """The answer is not what the service gives; is another program at its address?"""

    may_be_done = True


class ProblemError(ClientError):
    """The service says that there is a problem (RFC 9457).

    Attributes:
        status: the HTTP status.
        code: the stable name of the kind of problem; empty where something between here and the
            service answered in its place.
        detail: what is wrong, for people.
        request_id: what the service's log has of the request; empty where it did not answer.
        errors: the fields at fault, where a request does not fit its schema.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        request_id: str = "",
        errors: list[FieldProblem] | None = None,
        retry_after: float = 0.0,
    ) -> None:
        super().__init__(f"{code or status}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.request_id = request_id
        self.errors = errors or []
        self.retry_after = retry_after
        # What took too long once does so again.
        self.is_passing = status in PASSING and code != "too_slow"
        self.may_be_done = status >= 500 and status != 503


class RefusedError(ProblemError):
    """The request is at fault, and will be refused again."""


class ForbiddenError(RefusedError):
    """The key is missing, unknown, or not for this."""


class OverloadedError(ProblemError):
    """There is no room for the request now."""


class FailedError(ProblemError):
    """The service, or what stands before it, failed."""


def problem_error(
    status: int, problem: ProblemDocument | None, retry_after: float = 0.0
) -> ProblemError:
    """The error of an answer that is none.

    Args:
        status: of the answer.
        problem: what it holds, if that is a problem document.
        retry_after: its ``retry-after``, in seconds.
    """
    kind = _kind(status)
    if problem is None:
        return kind(status, "", "the answer is no problem document", retry_after=retry_after)
    fields = (problem.code, problem.detail, problem.request_id, problem.errors)
    return kind(status, *fields, retry_after)


def _kind(status: int) -> type[ProblemError]:
    if status in (401, 403):
        return ForbiddenError
    if status == 429:
        return OverloadedError
    return FailedError if status >= 500 else RefusedError


def retry_seconds(headers: Mapping[str, str]) -> float:
    """The seconds of a ``retry-after`` header, which may also be a date; 0 without one."""
    value = headers.get("retry-after", "")
    if value.isdecimal():
        return float(value)
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
