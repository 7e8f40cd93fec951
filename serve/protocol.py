"""How the service speaks HTTP."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["HEAD_BYTES", "BoundedProtocol"]

HEAD_BYTES = 2**16
"""How much may come before the headers of a request are complete, or between pieces of a body."""


class BoundedProtocol(HttpToolsProtocol):
    """httptools under uvicorn, which remembers headers without end, with a limit to them."""

    _unfinished = 0

    def data_received(self, data: bytes) -> None:
        """Read what has come; what stays unfinished for too long ends the connection."""
        self._unfinished += len(data)
        super().data_received(data)
        if self._unfinished > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The headers are too large.")

    def on_headers_complete(self) -> None:
        """Begin a request."""
        self._unfinished = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Pass a piece of the body on."""
        self._unfinished = 0
        super().on_body(body)
