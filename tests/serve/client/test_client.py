"""What the clients ask, what they make of the answers, and when they ask again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from framelens.client import (
    AnswerError,
    AsyncClient,
    Client,
    ClientError,
    DeadlineError,
    Decided,
    Document,
    FailedError,
    ForbiddenError,
    OverloadedError,
    Passage,
    ProblemError,
    RefusedError,
    UnreachableError,
    async_client,
    client,
    retries,
)
from framelens.client.retries import FIRST, Attempts
from framelens.serve.store import Policy, Store

TEXT = "It rained. “We won,” they said. 🎉"
PASSAGE = Passage("It rained.", 0, 10)
FEEDBACK = {"id": "01890000-0000-7000-8000-000000000000", "leaf": None, "text_kept": False}

MakeApp = Callable[..., FastAPI]
Running = Callable[..., AbstractContextManager[str]]


def problem(status: int, code: str, **headers: str) -> httpx2.Response:
    """An answer that is a problem."""
    content = {
        "type": f"urn:problem-type:framelens:{code}",
        "title": "A problem",
        "status": status,
        "detail": "something is wrong",
        "code": code,
        "request_id": "abc",
    }
    return httpx2.Response(status, headers=headers, content=json.dumps(content))


class Script:
    """A transport that gives answers in turn, or raises them, and keeps the requests."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []
        self.transport = httpx2.MockTransport(self._answer)

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        # A response can be given once, and tests share them.
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)


class Both:
    """The two clients, whose calls are made alike."""

    def __init__(self, is_async: bool) -> None:
        self._is_async = is_async

    def call(self, name: str, *given: Any, settings: dict[str, Any], **named: Any) -> Any:
        """Call a method of a new client."""
        if not self._is_async:
            with Client(**settings) as client:
                return getattr(client, name)(*given, **named)

        async def calling() -> Any:
            async with AsyncClient(**settings) as client:
                return await getattr(client, name)(*given, **named)

        return asyncio.run(calling())


@pytest.fixture(params=[False, True], ids=["sync", "async"])
def both(request: pytest.FixtureRequest) -> Both:
    return Both(request.param)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were made, of which none takes time; jitter is always the half."""
    made: list[float] = []

    async def pause(seconds: float) -> None:
        made.append(seconds)

    # In these modules only: others sleep as well.
    monkeypatch.setattr(client, "time", SimpleNamespace(sleep=made.append))
    asynchronous = SimpleNamespace(sleep=pause, timeout=asyncio.timeout)
    monkeypatch.setattr(async_client, "asyncio", asynchronous)
    monkeypatch.setattr(retries, "random", SimpleNamespace(random=lambda: 0.5))
    return made


def test_classify_gives_what_the_service_answers(both: Both, server: str):
    documents = [Document(TEXT, id="a"), Document(sentences=["It rained.", "We won."]), ""]
    options: dict[str, Any] = {"evidence": True, "offsets": "utf16", "review_below": 0.9}
    given = both.call("classify", *documents, settings={"address": server}, **options)
    request = {
        "documents": [
            {"id": "a", "text": TEXT},
            {"sentences": ["It rained.", "We won."]},
            {"text": ""},
        ],
        "options": options,
    }
    response = httpx2.post(f"{server}/v1/classify", json=request, timeout=60)
    content = asdict(given)
    for sentence in (each for document in content["documents"] for each in document["sentences"]):
        # Answers of schemes with several labels only have these.
        assert (sentence.pop("labels"), sentence.pop("label_evidence")) == (None, None)
    assert content == response.json()


def test_pinned_model_and_thresholds(both: Both, address: str):
    info = both.call("info", settings={"address": address})
    pinned = f"{info.model.name}@{info.model.version}"
    given = both.call(
        "classify", "a", settings={"address": address}, model=pinned, thresholds="default"
    )
    assert (given.model.name, given.thresholds) == (info.model.name, info.thresholds[0].id)


def test_info_gives_what_the_service_answers(both: Both, address: str):
    info = both.call("info", settings={"address": address})
    assert asdict(info) == httpx2.get(f"{address}/v1/info", timeout=60).json()


def test_feedback_is_taken(both: Both, running: Running, make_app: MakeApp, tmp_path: Path):
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", Policy())
    with running(make_app(store=store)) as address:
        settings = {"address": address}
        label = both.call("info", settings=settings).scheme.labels[0].name
        given = both.call("feedback", PASSAGE, label, settings=settings, note="n", reviewer="ada")
        assert isinstance(given.id, UUID)
        assert given.text_kept is False
        decided = Decided(given.id, 0)
        with pytest.raises(RefusedError) as error:
            both.call("feedback", decided, label, settings=settings)
        assert error.value.code == "unknown_record"
    store.database.close()


def test_a_problem_is_an_error_with_its_fields(both: Both, address: str):
    with pytest.raises(RefusedError) as error:
        both.call("classify", TEXT, settings={"address": address}, model="none@1")
    assert error.value.status == 422
    assert error.value.code == "unknown_model"
    assert [each.pointer for each in error.value.errors] == ["/model"]
    assert len(error.value.request_id) == 32
    assert str(error.value).startswith("unknown_model: loaded are framing@")


def test_what_is_asked(both: Both):
    script = Script(httpx2.Response(201, json=FEEDBACK))
    settings = {
        "address": "https://example.org/framelens/",
        "key": "secret",
        "transport": script.transport,
    }
    decided = Decided(UUID(int=7), 2, document=1)
    both.call("feedback", decided, "victim", settings=settings, reviewer="ada", seconds=5)
    [request] = script.requests
    assert str(request.url) == "https://example.org/framelens/v1/feedback"
    assert request.headers["authorization"] == "Bearer secret"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("framelens-client/")
    assert 4 < float(request.headers["x-request-timeout"]) < 5
    assert json.loads(request.content) == {
        "decision": {"id": str(UUID(int=7)), "sentence": 2, "document": 1},
        "label": "victim",
        "note": None,
        "reviewer": "ada",
        "client_token": None,
    }


def test_half_of_a_surrogate_pair_can_be_sent(both: Both, address: str):
    given = both.call("classify", "\ud800", settings={"address": address})
    assert given.documents[0].error.code == "unscorable"


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (lambda: Document(), ValueError),
        (lambda: Document("a", ["a"]), ValueError),
        (lambda: Document(sentences="a"), TypeError),
        (lambda: Client().classify(7), TypeError),  # type: ignore[arg-type]
        (lambda: Client().classify(b"a"), TypeError),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_document(document: Callable[[], object], error: type[Exception]):
    with pytest.raises(error):
        document()


@pytest.mark.parametrize("address", ["", "127.0.0.1:8000", "ftp://example.org", "http://"])
def test_what_is_no_address(address: str):
    with pytest.raises(ValueError, match="an address is http"):
        Client(address)


def test_a_key_is_not_shown():
    with Client(key="secret") as client:
        assert "secret" not in repr(client._settings)


PASSING = [
    problem(429, "overloaded", **{"retry-after": "3"}),
    problem(503, "stopping"),
    httpx2.Response(502, text="<html>"),
    httpx2.ConnectError("refused"),
]


def test_what_passes_is_tried_again_after_longer_and_longer_pauses(both: Both, pauses: list[float]):
    script = Script(*PASSING, problem(422, "invalid_request"))
    with pytest.raises(RefusedError):
        both.call("classify", "a", settings={"transport": script.transport})
    assert pauses == [3 + FIRST / 2, FIRST, 2 * FIRST, 4 * FIRST]
    assert len({request.content for request in script.requests}) == 1


def test_there_is_an_end_to_it(both: Both, pauses: list[float]):
    script = Script(*[problem(429, "overloaded")] * 3)
    with pytest.raises(OverloadedError) as error:
        both.call("classify", "a", settings={"transport": script.transport, "retries": 2})
    assert error.value.code == "overloaded"
    assert len(pauses) == 2


def test_a_pause_that_leaves_no_time_is_not_made(both: Both, pauses: list[float]):
    script = Script(problem(429, "overloaded", **{"retry-after": "30"}))
    with pytest.raises(OverloadedError) as error:
        both.call("classify", "a", settings={"transport": script.transport}, seconds=20)
    assert error.value.retry_after == 30
    assert pauses == []


def test_the_service_may_give_a_date(both: Both, pauses: list[float]):
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    script = Script(problem(429, "overloaded", **{"retry-after": at}), problem(404, "not_found"))
    with pytest.raises(RefusedError):
        both.call("info", settings={"transport": script.transport})
    assert 25 < pauses[0] < 31


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (problem(401, "no_key"), ForbiddenError),
        (problem(403, "wrong_scope"), ForbiddenError),
        (problem(413, "body_too_large"), RefusedError),
        (problem(500, "internal_error"), FailedError),
        (problem(503, "too_slow"), FailedError),
        (httpx2.Response(301, headers={"location": "/"}), RefusedError),
        (httpx2.Response(200, text="<html>"), AnswerError),
        (httpx2.Response(200, json={"model": {}}), AnswerError),
        (httpx2.ReadTimeout("late"), DeadlineError),
        (httpx2.LocalProtocolError("header"), ClientError),
    ],
)
def test_what_does_not_pass_is_not_tried_again(
    both: Both, pauses: list[float], answer: httpx2.Response | Exception, error: type[Exception]
):
    script = Script(answer)
    with pytest.raises(error) as raised:
        both.call("classify", "a", settings={"transport": script.transport})
    assert type(raised.value) is error
    assert pauses == []


def test_an_answer_of_something_between_has_no_code(both: Both):
    script = Script(httpx2.Response(404, text="<html>"))
    with pytest.raises(ProblemError) as error:
        both.call("info", settings={"transport": script.transport})
    assert (error.value.status, error.value.code, error.value.request_id) == (404, "", "")


@pytest.mark.parametrize(
    "answer",
    [problem(429, "overloaded"), problem(503, "store_unavailable"), httpx2.ConnectError("refused")],
)
def test_feedback_that_was_not_taken_is_given_again(
    both: Both, pauses: list[float], answer: httpx2.Response | Exception
):
    script = Script(answer, httpx2.Response(201, json=FEEDBACK))
    both.call("feedback", PASSAGE, "victim", settings={"transport": script.transport})
    assert len(pauses) == 1


@pytest.mark.parametrize(
    "answer", [httpx2.Response(502), httpx2.ReadError("reset"), httpx2.RemoteProtocolError("cut")]
)
def test_feedback_that_may_have_been_taken_is_not(
    both: Both, pauses: list[float], answer: httpx2.Response | Exception
):
    script = Script(answer)
    with pytest.raises(ClientError) as error:
        both.call("feedback", PASSAGE, "victim", settings={"transport": script.transport})
    assert error.value.may_be_done
    assert pauses == []


def test_nobody_is_there(both: Both, pauses: list[float]):
    with pytest.raises(UnreachableError):
        both.call("info", settings={"address": "http://127.0.0.1:1", "retries": 1})
    assert len(pauses) == 1


def test_no_time_is_left():
    with pytest.raises(DeadlineError, match=r"within 0\.05 seconds"):
        Attempts(4, 0.05).left()


def test_an_answer_that_trickles_is_late(both: Both, running: Running):
    async def trickling(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for _ in range(40):
                await send({"type": "http.response.body", "body": b" ", "more_body": True})
                await asyncio.sleep(0.05)

    with running(trickling) as address, pytest.raises(DeadlineError):
        both.call("info", settings={"address": address}, seconds=0.5)
