"""Streams of the clients: order, back-pressure, faults of one document, broken connections."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from framelens.client import (
    AnswerError,
    AsyncClient,
    Client,
    Document,
    OverloadedError,
    RefusedError,
    StreamAnswer,
    UnreachableError,
)
from framelens.serve.problems import overloaded, problem_response

SECONDS = 60
MANY = 2_000

Collect = Callable[..., list[StreamAnswer]]
MakeApp = Callable[..., FastAPI]
Running = Callable[..., AbstractContextManager[str]]


@pytest.fixture(params=["sync", "async"])
def collect(request: pytest.FixtureRequest) -> Collect:
    """All answers of a stream."""

    def sync_stream(address: str, documents: Any, **options: Any) -> list[StreamAnswer]:
        settings = options.pop("settings", {})
        with Client(address, **settings) as client:
            return list(client.stream(documents, **options))

    def async_stream(address: str, documents: Any, **options: Any) -> list[StreamAnswer]:
        settings = options.pop("settings", {})

        async def collecting() -> list[StreamAnswer]:
            async with AsyncClient(address, **settings) as client:
                return [answer async for answer in client.stream(documents, **options)]

        return asyncio.run(collecting())

    return sync_stream if request.param == "sync" else async_stream


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("framelens.client.retries.FIRST", 0.0)


def named(numbers: Iterable[int]) -> Iterator[Document]:
    return (Document("It rained.", id=str(number)) for number in numbers)


def ids(answers: list[StreamAnswer]) -> list[str | None]:
    return [answer.document.id if answer.document else None for answer in answers]


def test_answers_are_those_of_classify(collect: Collect, server: str):
    documents = [Document("We won! 🎉 It rained.", id="a"), Document(sentences=["a", "b"]), "c"]
    options: dict[str, Any] = {"offsets": "utf16", "evidence": True, "review_below": 0.5}
    given = collect(server, documents, **options)
    with Client(server) as client:
        answer = client.classify(*documents, **options)
    assert [each.document for each in given] == answer.documents
    assert {each.basis.fingerprint for each in given} == {answer.fingerprint}


def test_many_answers_come_in_order(collect: Collect, address: str):
    assert ids(collect(address, named(range(MANY)))) == [str(number) for number in range(MANY)]


def test_no_documents(collect: Collect, address: str):
    assert collect(address, []) == []


def test_an_answer_comes_before_the_next_document(address: str):
    answered = threading.Event()

    def waiting() -> Iterator[str]:
        yield "It rained."
        assert answered.wait(SECONDS)
        yield "It snowed."

    with Client(address) as client:
        answers = client.stream(waiting())
        assert next(answers).document
        answered.set()
        assert next(answers).document
        assert next(answers, None) is None


def test_documents_may_come_asynchronously(address: str):
    async def documents() -> AsyncIterator[Document]:
        for document in named(range(5)):
            await asyncio.sleep(0)
            yield document

    async def collecting() -> list[StreamAnswer]:
        async with AsyncClient(address) as client:
            return [answer async for answer in client.stream(documents())]

    assert ids(asyncio.run(collecting())) == ["0", "1", "2", "3", "4"]


def test_documents_are_not_taken_for_which_there_is_no_room(address: str):
    taken = 0

    def counted() -> Iterator[str]:
        nonlocal taken
        for _ in range(MANY):
            taken += 1
            yield "It rained. " * 3_000

    with Client(address) as client, closing(client.stream(counted())) as answers:
        next(answers)
        assert taken < MANY


def test_who_stops_early_ends_the_stream(address: str):
    with Client(address) as client:
        for answer in client.stream(named(range(MANY))):
            assert answer.document
            break
        assert client.info().version

    async def stopping() -> None:
        async with AsyncClient(address) as client:
            async for answer in client.stream(named(range(MANY))):
                assert answer.document
                break
            assert (await client.info()).version

    asyncio.run(stopping())


def test_a_document_that_is_refused_has_a_problem_and_the_others_answers(
    collect: Collect, address: str
):
    first, refused, last = collect(address, ["a", Document("a" * 1_000_001), "a"])
    assert first.document == last.document
    assert refused.document is None
    assert isinstance(refused.problem, RefusedError)
    assert refused.problem.code == "too_many_code_points"


def test_a_stream_that_is_refused_is_an_error(collect: Collect, address: str):
    with pytest.raises(RefusedError) as error:
        collect(address, named(range(MANY)), model="none@1")
    assert error.value.code == "unknown_model"


@pytest.mark.parametrize("error", [LookupError("gone"), OSError("gone")])
def test_an_error_of_the_documents_is_the_callers(collect: Collect, address: str, error: Exception):
    def failing() -> Iterator[str]:
        yield "a"
        raise error

    with pytest.raises(type(error), match="gone"):
        collect(address, failing())


@pytest.mark.parametrize("document", [None, b"a", 7])
def test_what_is_no_document_is_said(collect: Collect, address: str, document: Any):
    with pytest.raises(TypeError, match="a document is a Document or a str"):
        collect(address, ["a", document])


class Breaking:
    """The service, of which the first answers end after so many pieces."""

    def __init__(self, app: Any, *pieces: int) -> None:
        self._app = app
        self.pieces = list(pieces)
        self.requests = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer, or a part of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self.requests += 1
        left = self.pieces.pop(0) if self.pieces else None

        async def counted(message: Any) -> None:
            nonlocal left
            if left is not None and message["type"] == "http.response.body":
                if not left:
                    raise RuntimeError("the connection breaks")
                left -= 1
            await send(message)

        await self._app(scope, receive, counted)


def test_what_was_not_answered_is_sent_again(collect: Collect, running: Running, make_app: MakeApp):
    # The first piece of an answer is no document.
    app = Breaking(make_app(), 0, 1, 4, 100)
    with running(app) as address:
        answers = collect(address, named(range(500)))
    assert ids(answers) == [str(number) for number in range(500)]
    assert app.requests == 5


def test_without_progress_there_is_an_end(collect: Collect, running: Running, make_app: MakeApp):
    app = Breaking(make_app(), *[1] * 3)
    with running(app) as address, pytest.raises(UnreachableError):
        collect(address, named(range(5)), settings={"retries": 2})
    assert app.requests == 3


def test_a_refusal_that_passes_is_waited_for(collect: Collect, running: Running, make_app: MakeApp):
    app, refusals = make_app(), [1, 1]

    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and refusals:
            refusals.pop()
            await problem_response(overloaded("full", 0), "abc")(scope, receive, send)
        else:
            await app(scope, receive, send)

    with running(refusing) as address:
        assert len(collect(address, named(range(5)))) == 5
        refusals += [1, 1]
        with pytest.raises(OverloadedError):
            collect(address, named(range(5)), settings={"retries": 1})


def answering(*lines: bytes) -> Any:
    """A service that answers every stream with these lines, and does not end."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            body = b"".join(line + b"\n" for line in lines)
            await send({"type": "http.response.body", "body": body, "more_body": True})
            while (await receive())["type"] != "http.disconnect":
                pass

    return app


@pytest.fixture(scope="module")
def begin(address: str) -> bytes:
    headers = {"content-type": "application/x-ndjson"}
    response = httpx2.post(
        f"{address}/v1/classify:stream", content=b"", headers=headers, timeout=60
    )
    return response.content.splitlines()[0]


def test_a_service_that_is_stuck_is_given_up(collect: Collect, running: Running, begin: bytes):
    with running(answering(begin)) as address, pytest.raises(UnreachableError, match="no answer"):
        collect(address, ["a"], settings={"seconds": 0.3, "retries": 0})


@pytest.mark.parametrize("line", [b"<html>", b"[]", b'{"documents": 1, "problems": 0}', b"{}"])
def test_what_is_no_answer_is_said(collect: Collect, running: Running, begin: bytes, line: bytes):
    with running(answering(begin, line)) as address, pytest.raises(AnswerError):
        collect(address, ["a"])


def test_the_basis_is_in_every_answer(collect: Collect, address: str):
    [answer] = collect(address, ["a"])
    assert asdict(answer.basis)["model"]["name"] == "framing"


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, Path]:
    """A certificate for this machine, that nobody knows."""
    files = {"ssl_keyfile": tmp_path / "key.pem", "ssl_certfile": tmp_path / "certificate.pem"}
    command = ["openssl", "req", "-x509", "-nodes", "-subj", "/CN=framelens", "-newkey", "ec"]
    command += ["-pkeyopt", "ec_paramgen_curve:prime256v1"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(files["ssl_keyfile"]), "-out", str(files["ssl_certfile"])]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no openssl to make a certificate with")
    return files


def test_everything_goes_over_tls_as_well(
    collect: Collect, running: Running, make_app: MakeApp, certificate: dict[str, Path]
):
    known = ssl.create_default_context(cafile=certificate["ssl_certfile"])
    with running(make_app(), **certificate) as address:
        answers = collect(address, named(range(200)), settings={"ssl_context": known})
        assert ids(answers) == [str(number) for number in range(200)]
        with Client(address, ssl_context=known) as client:
            assert client.info().version
        for refused in ({}, {"ssl_context": ssl.create_default_context()}):
            with pytest.raises(UnreachableError, match="certificate"):
                collect(address, ["a"], settings={"retries": 0, **refused})
