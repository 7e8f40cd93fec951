"""The lines of a request's body, as they arrive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.types import Receive

__all__ = ["Line", "read_lines"]


@dataclass(frozen=True)
class Line:
    """A line without its end; ``number`` counts from one."""

    number: int
    content: bytes | None
    """None where the line is longer than the limit: it is not kept."""

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        return len(self.content or b"")


async def read_lines(receive: Receive, limit: int) -> AsyncIterator[Line]:
    """Read a body line by line, blank ones included; it is read on only when the next is wanted.

    Args:
        receive: gives the body's messages.
        limit: bytes of a line that are kept at most; a longer one is passed over as it arrives.

    Raises:
        ClientDisconnect: the client is gone before the end of the body.
    """
    number, line, more = 1, _Partial(limit), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        *ended, rest = message.get("body", b"").split(b"\n")
        for part in ended:
            line.add(part)
            yield Line(number, line.take())
            number += 1
        line.add(rest)
    if not line.is_empty:
        yield Line(number, line.take())


class _Partial:
    """The beginning of a line whose end has not arrived."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._too_long = False

    @property
    def is_empty(self) -> bool:
        return not self._kept and not self._too_long

    def add(self, part: bytes) -> None:
        self._too_long |= len(self._kept) + len(part) > self._limit
        if self._too_long:
            self._kept.clear()
        else:
            self._kept += part

    def take(self) -> bytes | None:
        content = None if self._too_long else bytes(self._kept)
        self._kept.clear()
        self._too_long = False
        return content
