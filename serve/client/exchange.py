"""One request whose answer is read while its body is still sent.

HTTP clients send a request whole before they read. That cannot work where the service reads on
only as its answers are read.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from contextlib import contextmanager

import h11
import httpx2

from framelens.client.errors import UnreachableError

__all__ = ["BrokenError", "Exchange"]

PIECE = 2**16


class BrokenError(UnreachableError):
    """The connection of an exchange broke, or cannot be made."""


class Exchange:
    """A request over a connection of its own; every method may raise :class:`BrokenError`.

    Args:
        reader: of the connection.
        writer: of the connection.
        seconds: after which silence is looked at.
        is_late: whether an answer is due by now, which ends the connection.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        seconds: float,
        is_late: Callable[[], bool],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._seconds = seconds
        self._is_late = is_late
        self._http = h11.Connection(h11.CLIENT)

    @classmethod
    async def open(
        cls,
        url: httpx2.URL,
        headers: Mapping[str, str],
        ssl_context: ssl.SSLContext | None,
        seconds: float,
        is_late: Callable[[], bool],
    ) -> Exchange:
        """Connect, and send the headers of a POST request.

        Raises:
            BrokenError: nobody answers there, or not within the time.
        """
        host, port = (
            url.raw_host.decode("ascii"),
            url.port or (443 if url.scheme == "https" else 80),
        )
        with _broken("the service cannot be reached"):
            async with asyncio.timeout(seconds):
                streams = await asyncio.open_connection(host, port, ssl=ssl_context)
        exchange = cls(*streams, seconds, is_late)
        given = {"host": url.netloc.decode("ascii"), **headers, "transfer-encoding": "chunked"}
        event = h11.Request(method="POST", target=url.raw_path, headers=list(given.items()))
        await exchange._send(event)
        return exchange

    async def write(self, content: bytes) -> None:
        """Send a piece of the body, when there is room for it."""
        await self._send(h11.Data(data=content))

    async def end(self) -> None:
        """End the request's body."""
        await self._send(h11.EndOfMessage())

    async def response(self) -> h11.Response:
        """Status and headers of the answer."""
        while not isinstance(event := await self._event(), h11.Response):
            pass
        return event

    async def pieces(self) -> AsyncGenerator[bytes]:
        """The body of the answer, as it comes."""
        while isinstance(event := await self._event(), h11.Data):
            yield bytes(event.data)

    async def lines(self) -> AsyncGenerator[bytes]:
        """The lines of the answer's body, as they come; one without an end is none."""
        line = bytearray()
        while isinstance(event := await self._event(), h11.Data):
            *ended, rest = bytes(event.data).split(b"\n")
            for part in ended:
                line += part
                yield bytes(line)
                line.clear()
            line += rest

    def close(self) -> None:
        """End the connection, whatever is left to send."""
        self._writer.transport.abort()

    async def _send(self, event: h11.Event) -> None:
        with _broken():
            self._writer.write(self._http.send(event) or b"")
            await self._writer.drain()

    async def _event(self) -> h11.Event | type[h11.PAUSED]:
        with _broken():
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._http.receive_data(await self._receive())
            return event  # type: ignore[return-value]

    async def _receive(self) -> bytes:
        while True:
            try:
                async with asyncio.timeout(self._seconds):
                    return await self._reader.read(PIECE)
            except TimeoutError:
                if self._is_late():
                    raise TimeoutError(f"no answer within {self._seconds:g} seconds") from None


@contextmanager
def _broken(what: str = "the connection broke") -> Iterator[None]:
    try:
        yield
    except (OSError, h11.ProtocolError) as error:
        raise BrokenError(f"{what}: {error or type(error).__name__}") from error
