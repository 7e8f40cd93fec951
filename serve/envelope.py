"""What stands around every request: an id, a line in the log, an answer if the code fails."""

from __future__ import annotations

import asyncio
import logging
import re
import traceback
from http import HTTPMethod
from time import perf_counter
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framelens.serve.metrics import Metrics
from framelens.serve.problems import Problem, problem_response

__all__ = ["EnvelopeMiddleware", "log_failure", "method_of", "route_of"]

GONE = 499
"""What the log says of a request whose client left before the answer, as other servers' do."""

_SANE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_logger = logging.getLogger(__name__)


class EnvelopeMiddleware:
    """Puts an id on every response, logs it, and answers where the code inside fails.

    The log has no query, no unknown path or method and no message of an exception: a
    caller's text could stand in any of them.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and see it answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0
        begin = perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = [(b"x-request-id", request_id.encode())]
                if timing := scope["state"].get("timing"):
                    headers.append((b"server-timing", timing.header(perf_counter() - begin)))
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except ClientDisconnect:
            status = GONE
        except (Exception, asyncio.CancelledError) as error:
            problem = _problem(error, request_id)
            scope["state"]["problem"] = problem.code
            if not status:
                await problem_response(problem, request_id)(scope, receive, send_with_id)
        self._record(scope, status, perf_counter() - begin)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        method, route = method_of(scope), route_of(scope)
        state = scope["state"]
        self.metrics.count_request(method, route, status, seconds)
        if code := state.get("problem"):
            self.metrics.count_problem(code)
        fields = {"method": method, "route": route, "status": status}
        fields |= {"milliseconds": round(1000 * seconds, 2), "request_id": state["request_id"]}
        fields["key"] = state.get("key")
        line = (method, route, status, 1000 * seconds, state["request_id"])
        _logger.info("%s %s %d %.0f ms %s", *line, extra=fields)


def method_of(scope: Scope) -> str:
    """A request's method, if HTTP knows it: a text could stand there."""
    method: str = scope["method"]
    return method if method in HTTPMethod.__members__ else "(unknown method)"


def route_of(scope: Scope) -> str:
    """The path of a request's route, once it is found; no other path is told."""
    path = str(getattr(scope.get("route"), "path", scope["path"]))
    return path if "endpoint" in scope else "(unknown path)"


def _problem(error: BaseException, request_id: str) -> Problem:
    """What the client is told of an unexpected end, after the log."""
    if isinstance(error, asyncio.CancelledError):  # by the server, when its time to stop is over
        return Problem("stopping", "there was no time left to answer; ask again")
    log_failure(error, request_id)
    return Problem("internal_error", "the service's log tells more by request id")


def log_failure(error: BaseException, request_id: str) -> None:
    """Log an unexpected exception by type and place, without its message."""
    place = "".join(traceback.format_tb(error.__traceback__))
    line = (type(error).__qualname__, request_id, place)
    _logger.error("%s in request %s\n%s", *line, extra={"request_id": request_id})


def _request_id(scope: Scope) -> str:
    """The caller's id, unless it is missing or no plain word."""
    given = Headers(scope=scope).get("x-request-id", "")
    return given if _SANE_ID.fullmatch(given) else uuid4().hex
