"""The engine works beside the event loop, for those who still wait."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import httpx2
import numpy as np
import pytest
from starlette.testclient import TestClient

from framelens.model import Artefact, FramingClassifier, Room
from framelens.model.batching import Pending
from framelens.model.classifier import Prepared
from framelens.model.engines.base import Ids, Logits
from framelens.serve.app import create_app
from framelens.serve.limits import Limits

Serving = Callable[[FramingClassifier], AbstractContextManager[str]]


REQUEST = {"text": "It rained."}
SECONDS = 60


class GatedEngine:
    """Waits with every batch until its gate is open, and remembers the batches' rows."""

    name = "gated"
    precision = "f32"
    streams = 1

    def __init__(self, leaves: int) -> None:
        self._leaves = leaves
        self.started, self.gate = threading.Event(), threading.Event()
        self.gate.set()
        self.rows: list[int] = []

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """Find every leaf as likely as the others."""
        self.started.set()
        assert self.gate.wait(SECONDS)
        self.rows.append(len(ids))
        return np.zeros((*ids.shape, self._leaves), dtype=np.float32)


class GatedClassifier(FramingClassifier):
    """A classifier whose engine can be held up; ``futures`` are those it has given."""

    def __init__(self, artefact: Artefact) -> None:
        self.gated = GatedEngine(len(artefact.scheme.leaves))
        super().__init__(artefact, self.gated)
        self.futures: list[Pending] = []

    def start(self, prepared: Sequence[Prepared], room: Room | None = None) -> Pending:
        """Queue the windows."""
        future = super().start(prepared, room)
        self.futures.append(future)
        return future

    def hold(self) -> None:
        """Close the gate, and forget what came before."""
        self.gated.gate.clear()
        self.gated.started.clear()
        self.gated.rows.clear()
        self.futures.clear()


@pytest.fixture
def gated(classifier: FramingClassifier) -> GatedClassifier:
    return GatedClassifier(classifier.artefact)


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for something that another thread does."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_the_loop_stays_free_and_those_who_wait_share_a_batch(gated: GatedClassifier):
    app = create_app(gated)
    # Inside the with block, all requests share one event loop.
    with TestClient(app) as client, ThreadPoolExecutor() as callers:

        def ask() -> int:
            return client.post("/v1/classify", json=REQUEST).status_code

        gated.hold()
        first = callers.submit(ask)
        assert gated.gated.started.wait(SECONDS)
        others = [callers.submit(ask) for _ in range(3)]
        assert client.get("/livez").status_code == 200
        assert client.get("/").status_code == 200
        wait_until(lambda: len(gated.futures) == 4)
        gated.gated.gate.set()
        assert [each.result() for each in (first, *others)] == [200] * 4
    assert gated.gated.rows == [1, 3]


def test_what_a_client_that_hung_up_wanted_is_not_read(
    serving: Serving, gated: GatedClassifier, capfd: pytest.CaptureFixture[str]
):
    body = json.dumps(REQUEST)
    request = (
        "POST /v1/classify HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n{body}"
    )
    with serving(gated) as address, ThreadPoolExecutor() as callers:
        url = httpx2.URL(address)
        gated.hold()
        first = callers.submit(httpx2.post, f"{address}/v1/classify", json=REQUEST, timeout=SECONDS)
        assert gated.gated.started.wait(SECONDS)
        with socket.create_connection((url.host, url.port)) as connection:
            connection.sendall(request.encode())
            wait_until(lambda: len(gated.futures) == 2)
        wait_until(lambda: gated.futures[1].cancelled())
        gated.gated.gate.set()
        assert first.result().status_code == 200
        assert httpx2.post(f"{address}/v1/classify", json=REQUEST, timeout=60).status_code == 200
    assert gated.gated.rows == [1, 1]
    assert " 499 " in capfd.readouterr().err


def test_an_answer_that_takes_too_long_is_given_up(gated: GatedClassifier):
    with TestClient(create_app(gated, Limits(answer_seconds=0.2))) as client:
        gated.hold()
        response = client.post("/v1/classify", json=REQUEST)
        gated.gated.gate.set()
        assert response.status_code == 503
        assert response.json()["code"] == "too_slow"
        assert response.json()["detail"].startswith("the answer took longer than 0.2 seconds")
        assert client.post("/v1/classify", json=REQUEST).status_code == 200
