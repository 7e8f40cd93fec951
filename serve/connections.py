"""Connections with deadlines: whoever sends or reads slowly is cut off, and room is made."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from http import HTTPStatus
from itertools import islice
from selectors import EVENT_READ, DefaultSelector
from typing import Any, Literal
from uuid import uuid4

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from framelens.serve.limits import Limits
from framelens.serve.problems import Problem, overloaded, problem_response

__all__ = ["Connection", "Connections"]

GRACE = 1.0
"""Seconds in which the application itself refuses a slow body, before the connection ends, and
in which one that is turned away may send its request."""

IDLE_SECONDS = 1.0
"""After a request, in which its client may just be sending the next one."""

LOOKED_AT = 8
"""Connections that are looked at for one that gives way: the longest without a request."""

Phase = Literal["", "headers", "body"]
"""What of a request is missing; nothing between two requests."""


class Connections:
    """Makes the connections of one server, as uvicorn takes it, and room for them.

    Args:
        limits: of every connection, and how many there may be.
        streams: paths whose bodies have no end, so that each piece has the time of a body.
    """

    def __init__(self, limits: Limits, streams: Collection[str] = ()) -> None:
        self.limits = limits
        self.streams = streams
        self.waiting: dict[Connection, float] = {}
        """Those without a request, since when, the one that has waited longest first."""

    def __call__(self, **arguments: Any) -> Connection:
        """A connection, given what uvicorn gives."""
        return Connection(self, **arguments)

    def has_room(self, number: int) -> bool:
        """Whether there may be one more than so many; one that is idle gives way to it."""
        if number < self.limits.connections:
            return True
        for connection in islice(self.waiting, LOOKED_AT):
            if connection.is_idle():
                connection.give_way()
                return True
        return False

    def refusal(self) -> bytes:
        """What a connection is answered that there is no room for."""
        detail = f"{self.limits.connections} connections are open already"
        return _response(overloaded(detail, 1))


class _HeadersTooLargeError(Exception):
    """Stops the parser; the answer is sent already."""


class Connection(HttpToolsProtocol):
    """uvicorn's connection, which by itself bounds neither headers nor the time of anything.

    The deadlines are absolute: a byte now and then moves none of them, except in a stream, which
    has no end and is read only as fast as it is answered. Where there are more connections than
    allowed, the one that has waited longest without a request gives way.

    Args:
        connections: all of the server, with their limits.
        arguments: what uvicorn gives.
    """

    def __init__(self, connections: Connections, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._all = connections
        self._limits = connections.limits
        self._phase: Phase = ""
        self._is_turned_away = False
        self._deadline: asyncio.TimerHandle | None = None
        self._reader_deadline: asyncio.TimerHandle | None = None
        # Bytes since headers were complete or a piece of a body came, and of the headers read.
        self._unfinished = self._head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, if there is room."""
        super().connection_made(transport)
        if not self._all.has_room(len(self.connections) - 1):
            self._turn_away()
            return
        self._all.waiting[self] = self.loop.time()
        self._enter("headers")

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._enter("")
        self._stop_reader_deadline()
        self._all.waiting.pop(self, None)
        super().connection_lost(exc)

    def is_idle(self) -> bool:
        """Whether no request has come, nor one that waits to be read where there is much to do."""
        since = self._all.waiting[self]
        if self.cycle is not None and self.loop.time() < since + IDLE_SECONDS:
            return False
        with DefaultSelector() as selector:
            selector.register(self.transport.get_extra_info("socket"), EVENT_READ)
            return not selector.select(0)

    def give_way(self) -> None:
        """End, since others wait."""
        self.connections.discard(self)
        self._all.waiting.pop(self, None)
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what has come, unless too much of it makes no request yet."""
        if self._is_turned_away:
            self.transport.close()
            return
        self._unfinished += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._unfinished > self._limits.header_bytes:
            self._refuse_headers()
        elif not self._phase and self._answered:
            # Not even a request's first letter, and uvicorn waits for the next one no more.
            self._enter("headers")

    def on_message_begin(self) -> None:
        """Begin to read a request."""
        super().on_message_begin()
        self._head = 0
        # Its first bytes may have come together with the end of the request before.
        self._unfinished = self._unfinished or 1
        self._enter("headers")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self._head += len(name) + len(": ") + len(value) + len("\r\n")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer a request, unless its headers are too long."""
        line = b"%b %b HTTP/1.1" % (self.parser.get_method(), self.url)
        if len(line) + self._head > self._limits.header_bytes:
            self._refuse_headers()
            raise _HeadersTooLargeError
        self._unfinished = 0
        self._enter("body")
        super().on_headers_complete()
        self._all.waiting.pop(self, None)

    def on_body(self, body: bytes) -> None:
        """Pass a piece of the body on."""
        self._unfinished = 0
        super().on_body(body)
        if self._is_stream:
            self._expect_body()

    def on_message_complete(self) -> None:
        """End a request; its answer may be there already."""
        self._unfinished = 0
        super().on_message_complete()
        self._enter("")
        self._wait()

    def on_response_complete(self) -> None:
        """Wait for the next request; uvicorn ends a connection on which none begins."""
        super().on_response_complete()
        self._wait()

    def pause_writing(self) -> None:
        """The client reads too slowly: it gets a deadline for what it was sent already."""
        super().pause_writing()
        self._stop_reader_deadline()
        seconds = self._limits.write_seconds
        self._reader_deadline = self.loop.call_later(seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """The client has read."""
        self._stop_reader_deadline()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP, unless it is refused already."""
        if not self.transport.is_closing():
            self._refuse(Problem("invalid_http", msg))

    @property
    def _is_stream(self) -> bool:
        return self.scope.get("path") in self._all.streams

    @property
    def _answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _wait(self) -> None:
        """Become one of those that give way, unless there is a request."""
        if self._answered and self._phase != "body":
            self._all.waiting.setdefault(self, self.loop.time())

    def _enter(self, phase: Phase) -> None:
        if phase == self._phase:
            return
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self._phase = phase
        if phase == "headers":
            seconds = self._limits.header_seconds
            self._deadline = self.loop.call_later(seconds, self._headers_are_late)
        elif phase == "body":
            self._expect_body()

    def _expect_body(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        seconds = self._limits.body_seconds + GRACE
        self._deadline = self.loop.call_later(seconds, self._body_is_late)

    def _body_is_late(self) -> None:
        if self._is_stream and self.flow.read_paused:
            # It is this side that does not read.
            self._expect_body()
        else:
            self._end()

    def _headers_are_late(self) -> None:
        if not self._unfinished:
            self._end()
            return
        detail = f"the headers took longer than {self._limits.header_seconds:g} seconds"
        self._refuse(Problem("request_timeout", detail))

    def _turn_away(self) -> None:
        """Answer that there is no room, and end when the request has come.

        To close before it is read would reset the connection, and the answer with it.
        """
        self._is_turned_away = True
        self.connections.discard(self)
        self.transport.write(self._all.refusal())
        self.loop.call_later(GRACE, self.transport.close)

    def _refuse_headers(self) -> None:
        detail = f"at most {self._limits.header_bytes} bytes are allowed"
        self._refuse(Problem("headers_too_large", detail))

    def _refuse(self, problem: Problem) -> None:
        """Answer without the application, and end."""
        if self._answered or not self.cycle.response_started:
            self.transport.write(_response(problem))
        self._end()

    def _end(self) -> None:
        """Close, after what is written has been read or the reader's time is over."""
        self.transport.close()
        self.loop.call_later(self._limits.write_seconds, self.transport.abort)

    def _stop_reader_deadline(self) -> None:
        if self._reader_deadline is not None:
            self._reader_deadline.cancel()
            self._reader_deadline = None


def _response(problem: Problem) -> bytes:
    response = problem_response(problem, uuid4().hex)
    status = HTTPStatus(response.status_code)
    lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode()]
    headers = [*response.raw_headers, (b"connection", b"close")]
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join([*lines, b"", bytes(response.body)])
