"""Which request bodies are read."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from framelens.serve.problems import Problem

__all__ = ["BodyMiddleware"]


class BodyMiddleware:
    """Refuses a body that is not plain JSON, or too large, as soon as a route reads it."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, its body checked."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        received = 0

        async def checked_receive() -> Message:
            nonlocal received
            if not received:
                _check_type(headers)
                self._check_size(_declared_size(headers))
            message = await receive()
            received += len(message.get("body", b""))
            # Content-Length is only what the client says; a chunked body has none.
            self._check_size(received)
            return message

        await self.app(scope, checked_receive, send)

    def _check_size(self, size: int) -> None:
        if size > self.limit:
            raise Problem("body_too_large", f"at most {self.limit} bytes are allowed")


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
