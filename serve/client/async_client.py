"""The client for asyncio."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable
from contextlib import aclosing
from types import TracebackType
from typing import Self, TypeVar, Unpack

import httpx2

from framelens.client.answers import ClassifyAnswer, FeedbackAnswer, Info
from framelens.client.calls import (
    INFO,
    Call,
    Decided,
    Document,
    Options,
    Passage,
    classify_call,
    feedback_call,
)
from framelens.client.errors import ProblemError
from framelens.client.retries import Attempts
from framelens.client.settings import Settings, timeout, unreachable
from framelens.client.source import beside
from framelens.client.stream import Stream, StreamAnswer

__all__ = ["AsyncClient"]

Answer = TypeVar("Answer")


class AsyncClient:
    """As :class:`framelens.client.Client`, for asyncio."""

    def __init__(
        self,
        address: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        seconds: float = 60,
        retries: int = 4,
        ssl_context: ssl.SSLContext | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._settings = Settings(address, key, seconds, retries, ssl_context)
        self._http = httpx2.AsyncClient(transport=transport, **self._settings.of_httpx)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def classify(
        self,
        *documents: Document | str,
        seconds: float | None = None,
        **options: Unpack[Options],
    ) -> ClassifyAnswer:
        """As :meth:`framelens.client.Client.classify`."""
        return await self._do(classify_call(documents, options), seconds)

    async def stream(
        self,
        documents: Iterable[Document | str] | AsyncIterable[Document | str],
        **options: Unpack[Options],
    ) -> AsyncIterator[StreamAnswer]:
        """As :meth:`framelens.client.Client.stream`; documents may come asynchronously as well."""
        source = documents if isinstance(documents, AsyncIterable) else beside(documents)
        async with aclosing(Stream(self._settings, options, source).answers()) as answers:
            async for answer in answers:
                yield answer

    async def feedback(
        self,
        sentence: Passage | Decided,
        label: str,
        *,
        note: str | None = None,
        reviewer: str | None = None,
        client_token: str | None = None,
        seconds: float | None = None,
    ) -> FeedbackAnswer:
        """As :meth:`framelens.client.Client.feedback`."""
        call = feedback_call(sentence, label, note, reviewer, client_token)
        return await self._do(call, seconds)

    async def info(self, *, seconds: float | None = None) -> Info:
        """As :meth:`framelens.client.Client.info`."""
        return await self._do(INFO, seconds)

    async def _do(self, call: Call[Answer], seconds: float | None) -> Answer:
        settings = self._settings
        attempts = Attempts(settings.retries, seconds or settings.seconds, call.repeatable)
        while True:
            try:
                return await self._attempt(call, attempts)
            except httpx2.TransportError as error:
                pause = attempts.pause(unreachable(error, attempts))
            except ProblemError as error:
                pause = attempts.pause(error)
            await asyncio.sleep(pause)

    async def _attempt(self, call: Call[Answer], attempts: Attempts) -> Answer:
        left = attempts.left()
        try:
            async with asyncio.timeout(left):
                response = await self._http.request(
                    call.method,
                    call.path,
                    content=call.content,
                    headers=call.headers(left),
                    timeout=timeout(left),
                )
        except TimeoutError:
            raise attempts.late() from None
        return call.read(response.status_code, response.headers, response.content)
