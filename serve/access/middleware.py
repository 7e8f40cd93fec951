"""Lets requests in by their keys, before anything of them is read."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framelens.serve.access.caller import CALLER, Caller
from framelens.serve.access.gate import Gate, is_perspective
from framelens.serve.access.keyring import Keyring
from framelens.serve.perspective import problem_error
from framelens.serve.problems import Problem, problem_response

__all__ = ["AccessMiddleware"]


class AccessMiddleware:
    """Passes on what is open and what a key opens, and refuses everything else.

    Args:
        app: what requests are passed on to.
        keyring: the valid keys.
        gate: what is open, and what opens the rest.
    """

    def __init__(self, app: ASGIApp, keyring: Keyring, gate: Gate) -> None:
        self.app = app
        self.keyring = keyring
        self.gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http" or self.gate.is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        caller: Caller | None = None

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start" and caller is not None:
                MutableHeaders(scope=message).update(caller.allowance.fields())
            await send(message)

        try:
            caller = self._identify(scope)
            scope["state"]["key"] = caller.name
            self.gate.check(scope["method"], scope["path"], caller.scopes)
            caller.allowance.take_request()
        except Problem as problem:
            await _refuse(problem, scope, receive, send_with_limits)
            return
        token = CALLER.set(caller)
        try:
            await self.app(scope, receive, send_with_limits)
        finally:
            CALLER.reset(token)

    def _identify(self, scope: Scope) -> Caller:
        caller = self.keyring.find(_given_key(scope))
        if caller is None:
            # Which of the reasons it is would help nobody who has a key.
            detail = "send a valid key as 'authorization: Bearer KEY'"
            raise Problem("unauthenticated", detail, headers={"www-authenticate": "Bearer"})
        return caller


def _given_key(scope: Scope) -> str:
    """The key that a request brings, empty if none."""
    headers = Headers(scope=scope)
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return key.strip()
    if not is_perspective(scope["path"]):
        return ""
    if "x-goog-api-key" in headers:
        return headers["x-goog-api-key"]
    # A query of many fields is no key of ours, and not worth the reading.
    try:
        query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=100)
    except ValueError:
        return ""
    keys: list[str] = query.get("key", [""])
    return keys[0]


async def _refuse(problem: Problem, scope: Scope, receive: Receive, send: Send) -> None:
    state = scope["state"]
    # For the metrics, which count the reasons.
    state["problem"] = problem.code
    if is_perspective(scope["path"]):
        response = problem_error(problem)
    else:
        response = problem_response(problem, state["request_id"])
    await response(scope, receive, send)
