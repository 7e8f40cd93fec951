"""POST /v1/classify:stream: a document a line in, an answer a line out, without an end."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ConfigDict, ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from framelens.serve.answers import ClassifyAnswer, DocumentAnswer
from framelens.serve.basis import Basis
from framelens.serve.body import BodyRule, check_type
from framelens.serve.envelope import log_failure
from framelens.serve.in_flight import InFlight
from framelens.serve.lines import Line, read_lines
from framelens.serve.message import Message
from framelens.serve.models import LoadedModel
from framelens.serve.openapi import COMPONENT, problem_responses
from framelens.serve.problems import Problem, ProblemDocument, problem_document, unfit
from framelens.serve.requests import ClassifyRequest, DocumentRequest, Name, Options
from framelens.serve.service import AppService, Service
from framelens.serve.strict_json import parse_json

__all__ = ["MEDIA_TYPE", "PATH", "RULE", "describe_stream", "router"]

router = APIRouter()

PATH = "/v1/classify:stream"

MEDIA_TYPE = "application/x-ndjson"

RULE = BodyRule(MEDIA_TYPE, limited=False)

LINES_IN_FLIGHT = 16
"""Enough for the engine to fill its batches; together they are no longer than one line may be."""


class StreamOptions(Options):
    """How the answers are to be given, and by what."""

    model_config = ConfigDict(strict=False)

    model: str | None = None
    """As in a request to `/v1/classify`."""
    thresholds: str | None = None
    """As in a request to `/v1/classify`."""
    client_token: Name | None = None
    """As in a request to `/v1/classify`."""

    def request(self, *documents: DocumentRequest) -> ClassifyRequest:
        """The request for documents with these options."""
        names = {"model", "thresholds", "client_token"}
        return ClassifyRequest(
            documents=[*documents],
            options=Options(**self.model_dump(exclude=names)),
            **self.model_dump(include=names),
        )


class StreamBegin(Basis):
    """The first line of an answer: what determines the others."""


class StreamDocument(Message):
    """The answer to a line."""

    line: int
    """The line's number in the request, from one."""
    decision: UUID | None = None
    """What to name in feedback; null unless the deployment keeps decisions for review."""
    document: DocumentAnswer


class StreamProblem(Message):
    """Why a line has no answer; the others have theirs."""

    line: int
    problem: ProblemDocument


class StreamEnd(Message):
    """The last line: without it, the answer is not whole."""

    documents: int
    """Lines that were answered."""
    problems: int
    """Lines that were refused."""


@router.post(
    PATH,
    responses={
        200: {
            "description": "An answer for each line, in the request's order",
            "content": {
                MEDIA_TYPE: {
                    "itemSchema": {
                        "anyOf": [
                            {"$ref": COMPONENT.format(model=each.__name__)}
                            for each in (StreamBegin, StreamDocument, StreamProblem, StreamEnd)
                        ]
                    }
                }
            },
        },
        **problem_responses(
            "retired_model",
            "unsupported_media_type",
            "unsupported_encoding",
            "invalid_request",
            "unknown_model",
            "unknown_thresholds",
        ),
    },
    response_class=Response,
    openapi_extra={
        "requestBody": {
            "content": {
                MEDIA_TYPE: {
                    "itemSchema": {"$ref": COMPONENT.format(model=DocumentRequest.__name__)}
                }
            },
        }
    },
)
async def classify_stream(
    options: Annotated[StreamOptions, Query()], service: AppService, connection: Request
) -> Response:
    """Label the sentences of any number of documents, one a line, and answer as they come.

    A line that is refused gets a problem, and the others still answer. The request is read on
    only while few lines wait for their answers to be read.
    """
    check_type(connection.headers, RULE)
    try:
        request = options.request()
    except ValidationError as error:
        raise unfit(error, "the query") from None
    model = service.models.find(request.model)
    basis = model.basis(model.thresholds_of(request))
    return _StreamResponse(service, model, options, basis, connection.state.request_id)


class _StreamResponse(Response):
    """Reads the request while it answers it."""

    media_type = MEDIA_TYPE

    def __init__(
        self,
        service: Service,
        model: LoadedModel,
        options: StreamOptions,
        basis: Basis,
        request_id: str,
    ) -> None:
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no"})
        del self.headers["content-length"]
        self._service = service
        # For all lines, even if another becomes the default meanwhile.
        self._model = model
        self._options = options
        self._basis = basis
        self._request_id = request_id
        self._in_flight: InFlight[StreamDocument | StreamProblem] = InFlight(
            LINES_IN_FLIGHT, service.limits.body_bytes
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer until the request ends, or its client is gone."""
        with self._model.in_use():
            # A proxy that has answered before its own "100 Continue" may mix the two.
            await self._answer_lines(_begun(await receive(), receive), send)

    async def _answer_lines(self, receive: Receive, send: Send) -> None:
        reading = asyncio.ensure_future(self._read(receive))
        writing = asyncio.ensure_future(self._write(send))
        try:
            await asyncio.wait((reading, writing), return_when=asyncio.FIRST_COMPLETED)
            if not writing.done():
                await reading
                raise ClientDisconnect
            await writing
        finally:
            reading.cancel()
            writing.cancel()
            self._in_flight.cancel()

    async def _read(self, receive: Receive) -> None:
        """Start the lines; the end is when the client goes."""
        with suppress(ClientDisconnect):
            async for line in read_lines(receive, self._service.limits.body_bytes):
                if line.content is None or line.content.strip():
                    await self._in_flight.wait_for_room(line.size)
                    await self._in_flight.add(self._answer(line), line.size)
            await self._in_flight.end()
            # With its body read, nothing else comes of a request but its end.
            await receive()

    async def _write(self, send: Send) -> None:
        async def write(content: str, more: bool = True) -> None:
            body = f"{content}\n".encode()
            await send({"type": "http.response.body", "body": body, "more_body": more})

        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await write(StreamBegin(**dict(self._basis)).model_dump_json())
        end = StreamEnd(documents=0, problems=0)
        while answer := await self._in_flight.first():
            if isinstance(answer, StreamDocument):
                end.documents += 1
                await write(answer.model_dump_json())
            else:
                end.problems += 1
                await write(answer.model_dump_json(exclude_none=True))
            # Only now: who does not read the answers is not asked for more lines.
            await self._in_flight.remove_first()
        await write(end.model_dump_json(), more=False)

    async def _answer(self, line: Line) -> StreamDocument | StreamProblem:
        try:
            answer = await self._classify(line)
            [document] = answer.documents
            return StreamDocument(line=line.number, decision=answer.decision, document=document)
        except Problem as refused:
            found = refused
        except Exception as error:
            log_failure(error, self._request_id)
            found = Problem("internal_error", "the service's log tells more by request id")
        problem = problem_document(found, self._request_id)
        return StreamProblem(line=line.number, problem=problem)

    async def _classify(self, line: Line) -> ClassifyAnswer:
        limits = self._service.limits
        if line.content is None:
            raise Problem("body_too_large", f"at most {limits.body_bytes} bytes a line are allowed")
        try:
            document = DocumentRequest.model_validate(parse_json(line.content, "the line"))
        except ValidationError as error:
            raise unfit(error, "the line") from None
        request = self._options.request(document)
        limits.check(request.to_documents())
        answer = await self._service.classify_with_patience(request, self._model)
        await self._service.keep(request, answer)
        return answer


def _begun(first: MutableMapping[str, Any], receive: Receive) -> Receive:
    """What gives a body again from its first message on."""
    given = iter([first])

    async def receive_again() -> MutableMapping[str, Any]:
        return next(given, None) or await receive()

    return receive_again


def describe_stream(document: dict[str, Any]) -> None:
    """Put the lines of an answer into an app's OpenAPI document."""
    schemas = document["components"]["schemas"]
    for message in (StreamBegin, StreamDocument, StreamProblem, StreamEnd):
        schema = message.model_json_schema(ref_template=COMPONENT, mode="serialization")
        for name, each in {**schema.pop("$defs", {}), message.__name__: schema}.items():
            schemas.setdefault(name, each)
