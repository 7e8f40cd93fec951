"""One call of the classifier at a time, beside the event loop."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from framelens.model import DocumentResult, FramingClassifier
from framelens.serve.app import create_app


def test_calls_wait_for_each_other_and_the_loop_stays_free(
    classifier: FramingClassifier, monkeypatch: pytest.MonkeyPatch
):
    running = 0
    most = 0
    started, may_end = threading.Event(), threading.Event()

    def classify(documents: list[object], **_: object) -> list[DocumentResult]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        started.set()
        assert may_end.wait(10)
        running -= 1
        return [DocumentResult(None) for _ in documents]

    own = FramingClassifier(classifier.artefact, classifier.engine)
    app = create_app(own)
    monkeypatch.setattr(own, "classify", classify)
    # Inside the with block, all requests share one event loop.
    with TestClient(app) as client, ThreadPoolExecutor() as callers:
        answers = [
            callers.submit(client.post, "/v1/classify", json={"text": "a"}) for _ in range(3)
        ]
        assert started.wait(10)
        assert client.get("/livez").status_code == 200
        assert client.get("/").status_code == 200
        may_end.set()
        assert [answer.result().status_code for answer in answers] == [200, 200, 200]
    assert most == 1
