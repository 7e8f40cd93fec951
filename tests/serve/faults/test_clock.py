"""A clock that is set ahead or back: deadlines hold, and nothing that was written is lost."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from framelens.model import Artefact, FramingClassifier
from framelens.model.engines.base import Ids, Logits
from framelens.serve.app import create_app
from framelens.serve.store import Policy, Store, texts

DAY = timedelta(days=1)
JUMPS = pytest.mark.parametrize("jump", [400 * DAY, -400 * DAY], ids=["ahead", "back"])
MARKED = {"text": "It rained.", "options": {"review_below": 1}}

Jump = Callable[[timedelta], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Jump:
    """Sets the wall clock ahead or back; the clock that measures stays, as on a real machine."""
    shift = timedelta()
    seconds = time.time

    def jump(by: timedelta) -> None:
        nonlocal shift
        shift = by

    monkeypatch.setattr(time, "time", lambda: seconds() + shift.total_seconds())
    monkeypatch.setattr(time, "time_ns", lambda: int(time.time() * 1e9))
    for name, module in list(sys.modules.items()):
        if name.startswith("framelens.serve") and hasattr(module, "now"):
            monkeypatch.setattr(module, "now", lambda: datetime.now(UTC) + shift)
    return jump


class Gated:
    """Waits with every batch until its gate is open."""

    name, precision, streams = "gated", "f32", 1

    def __init__(self, leaves: int) -> None:
        self._leaves = leaves
        self.started, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """Find every leaf as likely as the others."""
        self.started.set()
        assert self.gate.wait(60)
        return np.zeros((*ids.shape, self._leaves), dtype=np.float32)


@pytest.fixture
def engine() -> Gated:
    return Gated(len(Artefact.load("framing").scheme.leaves))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(f"sqlite:///{tmp_path / 'store.db'}", Policy(True, 30))


@pytest.fixture
def client(engine: Gated, store: Store) -> Iterator[TestClient]:
    classifier = FramingClassifier(Artefact.load("framing"), engine)
    with TestClient(create_app(classifier, store=store)) as client:
        yield client


def give(client: TestClient) -> str:
    passage = {"text": "It rained.", "begin": 0, "end": 10}
    response = client.post("/v1/feedback", json={"passage": passage, "label": "victim"})
    assert response.status_code == 201
    return str(response.json()["id"])


def audit(client: TestClient, action: str) -> list[str]:
    entries: list[dict[str, Any]] = client.get("/v1/audit").json()["entries"]
    return [entry["subject"] for entry in entries if entry["action"] == action]


@JUMPS
def test_a_request_is_not_late_because_the_clock_was_set(
    client: TestClient, engine: Gated, set_clock: Jump, jump: timedelta
):
    engine.gate.clear()
    engine.started.clear()
    with ThreadPoolExecutor() as threads:
        headers = {"x-request-timeout": "50"}
        waiting = threads.submit(
            client.post, "/v1/classify", json={"text": "It rained."}, headers=headers
        )
        assert engine.started.wait(60)
        set_clock(jump)
        assert client.get("/livez").status_code == 200
        engine.gate.set()
        response = waiting.result()
    assert response.status_code == 200
    total = response.headers["server-timing"].rpartition("total;dur=")[2]
    assert 0 <= float(total) < 60_000
    assert client.post("/v1/classify", json={"text": "It rained."}).status_code == 200


@JUMPS
def test_the_audit_log_keeps_the_order_of_what_happened(
    client: TestClient, set_clock: Jump, jump: timedelta
):
    given = [give(client)]
    set_clock(jump)
    given += [give(client), give(client)]
    set_clock(timedelta())
    given.append(give(client))
    assert audit(client, "feedback_given") == given
    assert len(set(given)) == 4


def test_a_claim_may_end_early_but_no_decision_is_lost(client: TestClient, set_clock: Jump):
    assert client.post("/v1/classify", json=MARKED).json()["decision"]
    [item] = client.get("/v1/reviews").json()["items"]
    address = f"/v1/reviews/{item['id']}"
    claim, decision = {"reviewer": "ann"}, {"reviewer": "ann", "label": "victim"}
    assert client.post(f"{address}/claim", json=claim).status_code == 200
    set_clock(DAY)
    assert client.post(f"{address}/decide", json=decision).status_code == 409
    assert client.post(f"{address}/claim", json=claim).status_code == 200
    assert client.post(f"{address}/decide", json=decision).status_code == 200
    set_clock(-DAY)
    assert client.get("/v1/reviews", params={"state": "decided"}).json()["items"]


def test_kept_texts_may_expire_early_but_no_label_does(
    client: TestClient, store: Store, set_clock: Jump
):
    given = give(client)
    set_clock(60 * DAY)
    with store.database.writing() as session:
        assert texts.expire(session) == 1
    assert audit(client, "feedback_given") == [given]
