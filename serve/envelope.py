"""What stands around every request: an id, a line in the log, an answer if the code fails."""

from __future__ import annotations

import logging
import re
import traceback
from http import HTTPMethod
from time import perf_counter
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framelens.serve.problems import Problem, problem_response

__all__ = ["EnvelopeMiddleware", "log_failure"]

REQUEST_ID = "x-request-id"

GONE = 499
"""What the log says of a request whose client left before the answer, as other servers' do."""

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_logger = logging.getLogger(__name__)


class EnvelopeMiddleware:
    """Puts an id on every response, logs it, and answers where the code inside fails.

    The log has no query, no unknown path or method and no message of an exception: a
    caller's text could stand in any of them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and see it answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0
        begin = perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except ClientDisconnect:
            status = GONE
        except Exception as error:
            log_failure(error, request_id)
            if not status:
                problem = Problem("internal_error", "the service's log tells more by request id")
                await problem_response(problem, request_id)(scope, receive, send_with_id)
        _log_request(scope, status, perf_counter() - begin, request_id)


def log_failure(error: Exception, request_id: str) -> None:
    """Log an unexpected exception by type and place, without its message."""
    place = "".join(traceback.format_tb(error.__traceback__))
    _logger.error("%s in request %s\n%s", type(error).__qualname__, request_id, place)


def _log_request(scope: Scope, status: int, seconds: float, request_id: str) -> None:
    method = scope["method"] if scope["method"] in HTTPMethod.__members__ else "(unknown method)"
    path = scope["path"] if "endpoint" in scope else "(unknown path)"
    _logger.info("%s %s %d %.0f ms %s", method, path, status, 1000 * seconds, request_id)


def _request_id(headers: Headers) -> str:
    """The caller's id, unless it is missing or no plain word."""
    given = headers.get(REQUEST_ID, "")
    return given if _SANE_ID.fullmatch(given) else uuid4().hex
