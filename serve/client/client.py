"""The client for programs without an event loop."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar, Unpack

import httpx2
from anyio.from_thread import start_blocking_portal

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

__all__ = ["Client"]

Answer = TypeVar("Answer")


class Client:
    """A service at an address. Threads may share one.

    A call that fails in passing is made again, after a pause: when there is no room (429), the
    service is not there (502, 503) or the connection broke. Feedback is given again only where
    it certainly was not taken.

    Args:
        address: ``http(s)://HOST[:PORT][/PATH]``.
        key: sent as ``authorization: Bearer KEY``.
        seconds: that a call takes at most, with all its attempts; the service is told, and does
            not work on what nobody waits for.
        retries: how often a call is tried again.
        ssl_context: for ``https``, instead of the system's certificates.
        transport: of httpx2, instead of the network; streams do not use it.
    """

    def __init__(
        self,
        address: str = "http://127.0.0.1:8000",
        key: str | None = None,
        *,
        seconds: float = 60,
        retries: int = 4,
        ssl_context: ssl.SSLContext | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._settings = Settings(address, key, seconds, retries, ssl_context)
        self._http = httpx2.Client(transport=transport, **self._settings.of_httpx)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def classify(
        self,
        *documents: Document | str,
        seconds: float | None = None,
        **options: Unpack[Options],
    ) -> ClassifyAnswer:
        """Label every sentence of texts or documents, in one request.

        Raises:
            ClientError: there is no answer; its type says why.
        """
        return self._do(classify_call(documents, options), seconds)

    def stream(
        self, documents: Iterable[Document | str], **options: Unpack[Options]
    ) -> Iterator[StreamAnswer]:
        """Label the sentences of any number of documents; answers come in order, as they are made.

        Documents are taken as the service has room for them, in a thread beside the caller's,
        so that answers come while the next document is waited for. What was not answered when a
        connection breaks is sent again over a new one.

        Raises:
            ClientError: the service refuses the stream, or stays away.
        """
        with start_blocking_portal("asyncio") as portal:
            answers = Stream(self._settings, options, beside(documents)).answers()

            async def following() -> StreamAnswer | None:
                return await anext(answers, None)

            try:
                while (answer := portal.call(following)) is not None:
                    yield answer
            except GeneratorExit:
                # The caller wants no more. Any other end has ended the stream already.
                portal.call(answers.aclose)
                raise

    def feedback(
        self,
        sentence: Passage | Decided,
        label: str,
        *,
        note: str | None = None,
        reviewer: str | None = None,
        client_token: str | None = None,
        seconds: float | None = None,
    ) -> FeedbackAnswer:
        """Say what the label of a sentence should be.

        Raises:
            ClientError: it was not taken, or, with ``may_be_done``, may have been.
        """
        return self._do(feedback_call(sentence, label, note, reviewer, client_token), seconds)

    def info(self, *, seconds: float | None = None) -> Info:
        """The models, labels, threshold sets and limits of the service.

        Raises:
            ClientError: there is no answer.
        """
        return self._do(INFO, seconds)

    def _do(self, call: Call[Answer], seconds: float | None) -> Answer:
        settings = self._settings
        attempts = Attempts(settings.retries, seconds or settings.seconds, call.repeatable)
        while True:
            try:
                return self._attempt(call, attempts)
            except httpx2.TransportError as error:
                pause = attempts.pause(unreachable(error, attempts))
            except ProblemError as error:
                pause = attempts.pause(error)
            time.sleep(pause)

    def _attempt(self, call: Call[Answer], attempts: Attempts) -> Answer:
        left = attempts.left()
        with self._http.stream(
            call.method,
            call.path,
            content=call.content,
            headers=call.headers(left),
            timeout=timeout(left),
        ) as response:
            # Piece by piece: the timeouts are of each piece, and the deadline of all.
            pieces = []
            for piece in response.iter_bytes():
                pieces.append(piece)
                attempts.left()
            return call.read(response.status_code, response.headers, b"".join(pieces))
