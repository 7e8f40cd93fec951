"""Which request bodies are read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framelens.serve.limits import Limits
from framelens.serve.problems import Problem, overloaded

__all__ = ["BodyMiddleware", "BodyRule", "check_type"]

JSON = "application/json"

BODILESS = frozenset({"DELETE", "GET", "HEAD"})
"""Methods whose bodies no route reads; an answer in pieces only listens for the client's end."""


@dataclass(frozen=True)
class BodyRule:
    """Which bodies a path takes: of this media type, named or, where ``unnamed``, not named at all.

    A body that is not ``limited`` passes unchecked: its route calls :func:`check_type`, and reads
    on only while it has room.
    """

    media_type: str = JSON
    unnamed: bool = False
    limited: bool = True


class BodyMiddleware:
    """Refuses a body of another type, too large or too slow, as soon as a route reads it.

    A path without a rule of its own takes JSON up to the limit. It also bounds what all requests
    together have sent of bodies that are not complete.
    """

    def __init__(self, app: ASGIApp, limits: Limits, rules: Mapping[str, BodyRule]) -> None:
        self.app = app
        self.limits = limits
        self.rules = rules
        self._receiving = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body checked."""
        rule = self.rules.get(scope.get("path", ""), BodyRule())
        if scope["type"] != "http" or not rule.limited or scope["method"] in BODILESS:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        deadline = asyncio.get_running_loop().time() + self.limits.body_seconds
        received, is_complete = 0, False

        async def checked_receive() -> Message:
            nonlocal received, is_complete
            if is_complete:
                return await receive()
            if not received:
                check_type(headers, rule)
                self._check_size(_declared_size(headers))
            message = await self._receive_until(deadline, receive)
            size = len(message.get("body", b""))
            received += size
            self._receiving += size
            # Content-Length is only what the client says; a chunked body has none.
            self._check_size(received)
            self._check_all()
            if not message.get("more_body"):
                is_complete = True
                self._receiving -= received
            return message

        try:
            await self.app(scope, checked_receive, send)
        finally:
            if not is_complete:
                self._receiving -= received

    async def _receive_until(self, deadline: float, receive: Receive) -> Message:
        try:
            async with asyncio.timeout_at(deadline):
                return await receive()
        except TimeoutError:
            detail = f"the body took longer than {self.limits.body_seconds:g} seconds"
            raise Problem("request_timeout", detail, headers={"connection": "close"}) from None

    def _check_size(self, size: int) -> None:
        if size > self.limits.body_bytes:
            detail = f"at most {self.limits.body_bytes} bytes are allowed"
            raise Problem("body_too_large", detail)

    def _check_all(self) -> None:
        if self._receiving > self.limits.receiving_bytes:
            detail = f"over {self.limits.receiving_bytes} bytes are being received"
            raise overloaded(detail, 1)


def check_type(headers: Headers, rule: BodyRule) -> None:
    """Refuse a body of another type than a rule's, or a compressed one.

    Raises:
        Problem: unsupported media type or encoding.
    """
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != rule.media_type and (media_type or not rule.unnamed):
        raise Problem("unsupported_media_type", f"the content-type must be '{rule.media_type}'")
    # Without decompression there are no bombs.
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem("unsupported_encoding", "the content-encoding must be 'identity', or absent")


def _declared_size(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0
