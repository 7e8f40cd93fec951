"""Over capacity: 429 and when to come back, before anything is queued; nothing waits for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from starlette.testclient import TestClient

from framelens.model import Artefact, FramingClassifier
from framelens.model.engines.base import Ids, Logits
from framelens.serve.app import create_app
from framelens.serve.limits import Limits

SECONDS = 60
TEXT = {"text": "It rained."}
LONG = {"text": "It rained. " * 1_000}
PADDED = 32


class GatedEngine:
    """Waits with every batch until its gate is open."""

    name = "gated"
    precision = "f32"
    streams = 1

    def __init__(self, leaves: int) -> None:
        self._leaves = leaves
        self.started, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """Find every leaf as likely as the others."""
        self.started.set()
        assert self.gate.wait(SECONDS)
        return np.zeros((*ids.shape, self._leaves), dtype=np.float32)


@pytest.fixture(scope="module")
def artefact() -> Artefact:
    return Artefact.load("framing")


@pytest.fixture
def engine(artefact: Artefact) -> Iterator[GatedEngine]:
    engine = GatedEngine(len(artefact.scheme.leaves))
    yield engine
    engine.gate.set()


class Service:
    """A service whose engine is held up, and callers who wait for it."""

    def __init__(
        self, client: TestClient, engine: GatedEngine, callers: ThreadPoolExecutor
    ) -> None:
        self.client, self.engine, self._callers = client, engine, callers

    def hold(self) -> None:
        """Close the gate behind the examples, and put one window into the engine."""
        self.engine.gate.clear()
        self.engine.started.clear()
        self.send(TEXT)
        assert self.engine.started.wait(SECONDS)

    def send(self, content: Any, **headers: str) -> Future[Any]:
        """Ask beside the test."""
        return self._callers.submit(self.ask, content, **headers)

    def ask(self, content: Any, **headers: str) -> Any:
        """Ask."""
        return self.client.post("/v1/classify", json=content, headers=headers)

    def tokens(self) -> int:
        """That wait."""
        return self.client.app.state.service.models.default.classifier.batcher.load().tokens


Start = Callable[..., Service]


@pytest.fixture
def start(artefact: Artefact, engine: GatedEngine) -> Iterator[Start]:
    """Starts a service with its engine held up."""
    with ThreadPoolExecutor(16) as callers:
        clients = []

        def started(**limits: Any) -> Service:
            app = create_app(FramingClassifier(artefact, engine), Limits(**limits))
            clients.append(TestClient(app).__enter__())
            return Service(clients[-1], engine, callers)

        yield started
        engine.gate.set()
        callers.shutdown()
        for client in clients:
            client.__exit__(None, None, None)


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def assert_overloaded(response: Any) -> None:
    assert response.status_code == 429
    assert response.json()["code"] == "overloaded"
    assert 1 <= int(response.headers["retry-after"]) <= 60


def test_what_has_no_room_is_refused_before_it_is_prepared(start: Start):
    service = start(queue_tokens=1_850)
    service.hold()
    service.send(TEXT)
    wait_until(lambda: service.tokens() == PADDED)
    classifier = service.client.app.state.service.models.default.classifier
    with patch.object(classifier, "prepare", side_effect=AssertionError):
        assert_overloaded(service.ask(LONG))


def test_a_full_queue_refuses_before_anything_is_queued(start: Start):
    service = start(queue_tokens=4 * PADDED)
    service.hold()
    waiting = [service.send(TEXT) for _ in range(4)]
    wait_until(lambda: service.tokens() == 4 * PADDED)
    response = service.ask(TEXT)
    assert_overloaded(response)
    assert response.json()["detail"] == "128 tokens wait already; at most 128 may"
    assert service.tokens() == 4 * PADDED
    service.engine.gate.set()
    assert [each.result(SECONDS).status_code for each in waiting] == [200] * 4
    assert service.ask(TEXT).status_code == 200


def test_more_than_ever_may_wait_is_too_much(start: Start):
    service = start(queue_tokens=4 * PADDED)
    response = service.ask(LONG)
    assert response.status_code == 413
    assert response.json()["code"] == "too_many_tokens"


def test_long_requests_are_bounded(start: Start):
    service = start(long_requests=1)
    service.hold()
    long = service.send(LONG)
    wait_until(lambda: service.tokens() > PADDED)
    assert_overloaded(service.ask(LONG))
    short = service.send(TEXT)
    service.engine.gate.set()
    assert long.result(SECONDS).status_code == short.result(SECONDS).status_code == 200
    assert service.ask(LONG).status_code == 200


def test_the_client_may_shorten_the_deadline_and_its_windows_leave_the_queue(start: Start):
    service = start()
    service.hold()
    begin = time.monotonic()
    response = service.ask(TEXT, **{"x-request-timeout": "0.3"})
    assert time.monotonic() - begin < 30
    assert response.status_code == 503
    assert response.json()["code"] == "too_slow"
    assert response.json()["detail"].startswith("the answer took longer than 0.3 seconds")
    assert service.tokens() == 0


def test_the_client_cannot_extend_the_deadline(start: Start):
    service = start(answer_seconds=0.3)
    service.hold()
    response = service.ask(TEXT, **{"x-request-timeout": "100"})
    assert response.json()["detail"].startswith("the answer took longer than 0.3 seconds")


@pytest.mark.parametrize("value", ["soon", "0", "-1", "0.01", "nan", "inf", ""])
def test_a_deadline_that_is_none_is_refused(client_of_fake: TestClient, value: str):
    headers = {"x-request-timeout": value}
    response = client_of_fake.post("/v1/classify", json=TEXT, headers=headers)
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_header"
    assert response.json()["detail"].startswith("x-request-timeout: ")


@pytest.fixture
def client_of_fake(start: Start) -> TestClient:
    return start().client


def test_the_time_of_an_answer_is_told(start: Start):
    service = start()
    header = service.ask(TEXT).headers["server-timing"]
    parts = dict(part.split(";dur=") for part in header.split(", "))
    assert list(parts) == ["prepare", "queue", "inference", "total"]
    times = [float(value) for value in parts.values()]
    assert all(value >= 0 for value in times)
    assert sum(times[:3]) <= times[3] + 0.1


def test_not_live_while_the_engine_is_stuck_over_a_batch(start: Start):
    service = start(wedged_seconds=0.3)
    assert service.client.get("/livez").status_code == 200
    service.hold()
    wait_until(lambda: service.client.get("/livez").status_code == 503)
    assert service.client.get("/livez").json()["code"] == "wedged"
    service.engine.gate.set()
    wait_until(lambda: service.client.get("/livez").status_code == 200)


def test_probes_share_a_canary_for_a_second_and_do_not_wait_for_ever(
    start: Start, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("framelens.serve.health.CANARY_SECONDS", 0.2)
    monkeypatch.setattr("framelens.serve.health.KNOWN_SECONDS", 60)
    service = start()
    service.hold()
    response = service.client.get("/readyz")
    assert response.status_code == 503
    detail = "the canary of framing@1.2.0 was not scored within 0.2 seconds"
    assert response.json()["detail"] == detail
    service.engine.gate.set()
    begin = time.monotonic()
    assert [service.client.get("/readyz").status_code for _ in range(5)] == [503] * 5
    assert time.monotonic() - begin < 30
    assert service.tokens() == 0


def test_the_canary_joins_a_queue_that_is_full(start: Start, artefact: Artefact):
    service = start(queue_tokens=PADDED)
    canary = artefact.manifest.canary
    even = dict.fromkeys(canary.scores, 0.0)
    own = service.client.app.state.service.models.default.classifier
    own.artefact = replace(
        artefact, manifest=replace(artefact.manifest, canary=replace(canary, scores=even))
    )
    service.hold()
    waiting = service.send(TEXT)
    wait_until(lambda: service.tokens() == PADDED)
    probe = ThreadPoolExecutor(1).submit(service.client.get, "/readyz")
    wait_until(lambda: service.tokens() > PADDED)
    service.engine.gate.set()
    assert "canary's scores" in probe.result(SECONDS).json()["detail"]
    assert waiting.result(SECONDS).status_code == 200
