"""Which request bodies are read."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framelens.serve.limits import Limits
from framelens.serve.problems import Problem, overloaded

__all__ = ["BodyMiddleware"]


class BodyMiddleware:
    """Refuses a body that is not plain JSON, too large or too slow, as soon as a route reads it.

    It also bounds what all requests together have sent of bodies that are not complete.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits
        self._receiving = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body checked."""
        if scope["type"] != "http":
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
                _check_type(headers)
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


def _check_type(headers: Headers) -> None:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Problem("unsupported_media_type", "the content-type must be 'application/json'")
    # Without decompression there are no bombs.
    if headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Problem("unsupported_encoding", "the content-encoding must be 'identity', or absent")


def _declared_size(headers: Headers) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0
