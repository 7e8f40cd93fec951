"""An engine that fails for one item of a batch: this one has no answer, and the others have."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from starlette.testclient import TestClient

from framelens.model import Artefact, FramingClassifier
from framelens.model.engines.base import Ids, Logits
from framelens.serve.app import create_app

LONG = "The ferry that was to leave for the islands on Tuesday was kept in port by a storm."
FEW = 12
"""Tokens: the long sentence has more of them, the short ones fewer."""


def _raise(_: Logits) -> None:
    raise RuntimeError("the engine's message, which may hold text")


def _fill(value: float) -> Callable[[Logits], None]:
    def fill(row: Logits) -> None:
        row[0, 0] = value

    return fill


class Failing:
    """Fails on long windows once it is told to."""

    name, precision, streams = "failing", "f32", 1

    def __init__(self, leaves: int, fail: Callable[[Logits], None]) -> None:
        self._leaves = leaves
        self._fail = fail
        self.is_failing = False
        self.rows: list[int] = []

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """Find every leaf as likely as the others."""
        self.rows.append(len(ids))
        logits = np.zeros((*ids.shape, self._leaves), dtype=np.float32)
        for row, tokens in zip(logits, mask.sum(axis=1), strict=True):
            if self.is_failing and tokens > FEW:
                self._fail(row)
        return logits


@pytest.fixture(params=[_raise, _fill(np.nan), _fill(np.inf)], ids=["raises", "nan", "infinite"])
def engine(request: pytest.FixtureRequest) -> Failing:
    return Failing(len(Artefact.load("framing").scheme.leaves), request.param)


@pytest.fixture
def client(engine: Failing) -> TestClient:
    client = TestClient(create_app(FramingClassifier(Artefact.load("framing"), engine)))
    engine.is_failing = True
    engine.rows.clear()
    return client


def test_the_item_at_fault_has_an_error_and_the_others_answers(client: TestClient, engine: Failing):
    documents = [{"id": "a", "text": "It rained."}, {"text": LONG}, {"text": "It snowed."}]
    response = client.post("/v1/classify", json={"documents": documents})
    assert response.status_code == 200
    before, failed, after = response.json()["documents"]
    assert engine.rows[0] == 3, "they shared a batch"
    assert failed["error"]["code"] == "unscorable"
    assert failed["sentences"] == []
    assert "which may hold text" not in response.text
    for document in (before, after):
        assert document["error"] is None
        [sentence] = document["sentences"]
        assert sum(sentence["scores"].values()) == pytest.approx(1)


def test_a_line_at_fault_does_not_end_its_stream(client: TestClient):
    response = client.post(
        "/v1/classify:stream",
        content=f'{{"text": "It rained."}}\n{{"text": "{LONG}"}}\n{{"text": "It snowed."}}\n',
        headers={"content-type": "application/x-ndjson"},
    )
    assert response.status_code == 200
    _, before, failed, after, end = response.text.splitlines()
    assert '"unscorable"' in failed
    assert '"unscorable"' not in before + after
    assert end == '{"documents":3,"problems":0}'


def test_the_engine_goes_on(client: TestClient, engine: Failing):
    for _ in range(5):
        client.post("/v1/classify", json={"text": LONG})
    assert client.get("/livez").status_code == 200
    engine.is_failing = False
    assert client.post("/v1/classify", json={"text": LONG}).json()["documents"][0]["sentences"]
