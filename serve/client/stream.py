"""Any number of documents over ``/v1/classify:stream``: read while they are written, in order."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass
from functools import cached_property
from time import monotonic
from typing import Any
from uuid import UUID

import httpx2

from framelens.client.answers import (
    Basis,
    DocumentAnswer,
    StreamBegin,
    StreamDocument,
    StreamProblem,
)
from framelens.client.calls import Document, Options, document_line, problem_of, stream_query
from framelens.client.decoding import decode, decode_json
from framelens.client.errors import AnswerError, ClientError, ProblemError, problem_error
from framelens.client.exchange import BrokenError, Exchange
from framelens.client.retries import Attempts
from framelens.client.settings import Settings
from framelens.client.source import Source

__all__ = ["PATH", "Stream", "StreamAnswer"]

PATH = "/v1/classify:stream"


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamAnswer:
    """The answer to one document of a stream: its sentences, or why there are none."""

    basis: Basis
    """What determines the answer, beside the text."""
    decision: UUID | None = None
    """What to name in feedback; None unless the deployment keeps decisions for review."""
    document: DocumentAnswer | None = None
    problem: ProblemError | None = None
    """Of this document alone; the others have their answers."""


class Stream:
    """Documents on their way to the service, and their answers on the way back."""

    def __init__(
        self, settings: Settings, options: Options, documents: AsyncIterable[Document | str]
    ) -> None:
        self._settings = settings
        self._query = stream_query(options)
        self._documents = Source(documents)
        # What was sent, to send it again where a connection breaks.
        self._unanswered: deque[bytes] = deque()
        self._attempts = Attempts(settings.retries)
        self._is_sent = False
        self._progress = 0.0

    async def answers(self) -> AsyncGenerator[StreamAnswer]:
        """The answers in the order of the documents.

        Raises:
            ClientError: the service refuses the stream, or stays away.
        """
        try:
            while True:
                try:
                    async with aclosing(self._over_one_connection()) as answers:
                        async for answer in answers:
                            self._attempts.reset()
                            yield answer
                    return
                except ClientError as error:
                    await asyncio.sleep(self._attempts.pause(error))
        finally:
            await self._documents.close()

    async def _over_one_connection(self) -> AsyncGenerator[StreamAnswer]:
        exchange = await self._open()
        writing = asyncio.create_task(self._write(exchange))
        try:
            response = await exchange.response()
            if response.status_code != 200:
                content = b"".join([piece async for piece in exchange.pieces()])
                headers = httpx2.Headers(list(response.headers))
                raise problem_of(response.status_code, headers, content)
            async with aclosing(self._read(exchange)) as answers:
                async for answer in answers:
                    yield answer
        except BrokenError:
            if writing.done():
                # Where the documents themselves failed, it is their error that is told.
                await writing
            raise
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            exchange.close()

    async def _open(self) -> Exchange:
        settings = self._settings
        headers = {**settings.headers, "content-type": "application/x-ndjson"}
        self._progress = monotonic()
        return await Exchange.open(
            self._url, headers, self._ssl_context, settings.seconds, self._is_late
        )

    async def _write(self, exchange: Exchange) -> None:
        try:
            for line in list(self._unanswered):
                await exchange.write(line)
            async for document in self._documents:
                line = document_line(document)
                if not self._unanswered:
                    self._progress = monotonic()
                self._unanswered.append(line)
                await exchange.write(line)
            self._is_sent = True
            await exchange.end()
        except BrokenError:
            return  # The reader finds out too, with the answer if there is one.
        except Exception:
            # So that the reader does not wait for ever.
            exchange.close()
            raise

    async def _read(self, exchange: Exchange) -> AsyncGenerator[StreamAnswer]:
        async with aclosing(exchange.lines()) as lines:
            begin = decode_json(StreamBegin, await anext(lines, b""))
            async for line in lines:
                content = _parsed(line)
                is_end = "line" not in content
                if is_end == bool(self._unanswered) or is_end > self._is_sent:
                    raise AnswerError("the service did not answer document by document")
                if is_end:
                    return
                self._unanswered.popleft()
                self._progress = monotonic()
                yield _answer(begin, content)
        raise BrokenError("the answer ended too early")

    def _is_late(self) -> bool:
        waits = bool(self._unanswered)
        return waits and monotonic() - self._progress >= self._settings.seconds

    @cached_property
    def _url(self) -> httpx2.URL:
        url = httpx2.URL(self._settings.address)
        path = url.path.rstrip("/") + PATH
        return url.copy_with(path=path, params=self._query)

    @cached_property
    def _ssl_context(self) -> ssl.SSLContext | None:
        if self._url.scheme == "http":
            return None
        return self._settings.ssl_context or httpx2.create_ssl_context()


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise AnswerError("a line of the answer is no JSON object")
    return content


def _answer(basis: Basis, content: dict[str, Any]) -> StreamAnswer:
    if "problem" in content:
        problem = decode(StreamProblem, content).problem
        return StreamAnswer(basis=basis, problem=problem_error(problem.status, problem))
    found = decode(StreamDocument, content)
    return StreamAnswer(basis=basis, decision=found.decision, document=found.document)
