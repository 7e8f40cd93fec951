"""/v1/jobs: what is accepted, answered, refused and forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from framelens.model import FramingClassifier, Room
from framelens.model.batching import Output
from framelens.model.classifier import Prepared
from framelens.serve.limits import Limits
from framelens.serve.models import Models
from framelens.serve.store import job_queue, texts
from framelens.serve.store.job_schema import JobPart
from framelens.serve.store.schema import now

from .asking import (
    CANARY,
    JSON,
    TEXT,
    accepted,
    change,
    ended,
    files,
    parts,
    post,
    problem,
    store_of,
    wait_until,
)

Client = Callable[..., TestClient]

DOCUMENTS: list[dict[str, Any]] = [
    {"id": "plain", "text": "Nine houses burned 🔥 down. We won, and they ran!"},
    {"id": "split", "sentences": ["They said it.", "We will never forget."]},
    {"id": "empty", "text": ""},
    {"id": "half", "text": "half \ud800"},
    {"text": "They took our orchards! And you kept silent.\n\n" * 500},
    *({"id": str(number), "text": "It rained. " * (number % 5 + 1)} for number in range(80)),
]
"""More than one part, of every kind."""


def test_a_job_gives_the_answer_of_classify(connected: Client):
    request = {"documents": DOCUMENTS, "options": {"offsets": "utf16", "evidence": True}}
    with connected(keep_jobs_hours=1) as client:
        given = client.post("/v1/classify", content=json.dumps(request), headers=JSON).json()
        job = accepted(client, request)
        assert job["documents"] == len(DOCUMENTS)
        assert job["documents_done"] == 0
        assert parts(client) > 2
        done = ended(client, job)
        assert done["state"] == "completed"
        assert done["documents_done"] == len(DOCUMENTS)
        assert done["problem"] is done["callback"] is None
        result = client.get(f"/v1/jobs/{job['id']}/result")
        assert result.headers["content-type"] == "application/json"
        assert result.json() == given
    with store_of(client).database.reading() as session:
        assert set(session.scalars(select(JobPart.request))) == {None}, "texts are deleted"


@pytest.mark.parametrize("request_", [{"text": "It rained."}, {"documents": []}])
def test_one_text_and_none(connected: Client, request_: Any):
    with connected(keep_jobs_hours=1) as client:
        given = client.post("/v1/classify", json=request_).json()
        job = ended(client, accepted(client, request_))
        assert client.get(f"/v1/jobs/{job['id']}/result").json() == given


def test_an_idempotency_key_stands_for_one_job(connected: Client):
    client = connected(keep_jobs_hours=1)
    first = accepted(client, TEXT, "tuesday")
    assert accepted(client, TEXT, "tuesday") == first
    assert accepted(client, TEXT, '"tuesday"') == first, "as a structured field"
    spaced = client.post(
        "/v1/jobs",
        content=json.dumps(TEXT, indent=4),
        headers={**JSON, "idempotency-key": "tuesday"},
    )
    assert spaced.json() == first
    assert problem(post(client, {"text": "Another."}, "tuesday")) == (422, "key_reused")
    assert accepted(client, TEXT, "wednesday")["id"] != first["id"]
    assert accepted(client)["id"] != accepted(client)["id"], "without a key"
    change(client, first, created_at=now() - timedelta(hours=24))
    assert accepted(client, {"text": "Another."}, "tuesday")["id"] != first["id"]


def test_the_same_request_many_times_at_once_is_one_job(connected: Client):
    with connected(keep_jobs_hours=1) as client, ThreadPoolExecutor(8) as callers:
        sent = [callers.submit(accepted, client, TEXT, "k") for _ in range(16)]
    assert len({each.result()["id"] for each in sent}) == 1


@pytest.mark.parametrize("key", ["", "é".encode("latin-1"), "k" * 256])
def test_what_is_no_idempotency_key(connected: Client, key: str):
    client = connected(keep_jobs_hours=1)
    response = client.post("/v1/jobs", json=TEXT, headers={"idempotency-key": key})
    assert problem(response) == (400, "invalid_header")


def test_the_result_of_a_job_that_waits(connected: Client):
    client = connected(keep_jobs_hours=1)
    job = accepted(client)
    assert job["state"] == "waiting"
    assert client.get(f"/v1/jobs/{job['id']}").json() == job
    assert problem(client.get(f"/v1/jobs/{job['id']}/result")) == (409, "conflict")


def test_a_cancelled_job_is_forgotten(connected: Client):
    client = connected(keep_jobs_hours=1)
    job = accepted(client)
    cancelled = client.delete(f"/v1/jobs/{job['id']}").json()
    assert cancelled["state"] == "cancelled"
    assert cancelled["documents_done"] == 0
    assert client.delete(f"/v1/jobs/{job['id']}").json() == cancelled
    assert client.get(f"/v1/jobs/{job['id']}").json() == cancelled
    assert problem(client.get(f"/v1/jobs/{job['id']}/result")) == (409, "conflict")
    assert parts(client) == 0
    entries = client.get("/v1/audit").json()["entries"]
    actions = [entry["action"] for entry in entries if entry["subject"] == job["id"]]
    assert actions == ["job_accepted", "job_cancelled", "job_cancelled"]


def test_nothing_of_a_deleted_job_lies_on_the_disk(connected: Client):
    with connected(keep_jobs_hours=1) as client:
        job = ended(client, accepted(client))
        assert client.delete(f"/v1/jobs/{job['id']}").json()["state"] == "completed"
        assert problem(client.get(f"/v1/jobs/{job['id']}/result")) == (410, "result_gone")
        assert parts(client) == 0
    assert CANARY.encode() not in files(client)


class HeldClassifier(FramingClassifier):
    """A classifier that answers no request before it is released."""

    def __init__(self, classifier: FramingClassifier) -> None:
        super().__init__(classifier.artefact, classifier.engine)
        self.is_held = False
        self.held: list[Future[list[Output]]] = []

    def start(self, prepared: Sequence[Prepared], room: Room | None = None) -> Any:
        """Queue the windows, or leave them."""
        if not self.is_held:
            return super().start(prepared, room)
        self.held.append(Future())
        return self.held[-1]


def test_a_running_job_is_cancelled(
    connected: Client, classifier: FramingClassifier, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(job_queue, "LEASE", timedelta(seconds=0.3))
    held = HeldClassifier(classifier)
    with connected(held, keep_jobs_hours=1) as client:
        held.is_held = True
        job = accepted(client)
        wait_until(lambda: bool(held.held))
        assert client.get(f"/v1/jobs/{job['id']}").json()["state"] == "running"
        assert client.delete(f"/v1/jobs/{job['id']}").json()["state"] == "cancelled"
        wait_until(held.held[0].cancelled)
        held.is_held = False
        assert ended(client, accepted(client))["state"] == "completed", "others go on"
        assert client.get(f"/v1/jobs/{job['id']}").json()["state"] == "cancelled"


def test_a_service_that_stops_gives_its_job_back(connected: Client, classifier: FramingClassifier):
    held = HeldClassifier(classifier)
    with connected(held, keep_jobs_hours=1) as client:
        held.is_held = True
        job = accepted(client)
        wait_until(lambda: bool(held.held))
    assert held.held[0].cancelled()
    with connected(keep_jobs_hours=1) as client:
        assert client.get(f"/v1/jobs/{job['id']}").json()["problem"] is None
        assert ended(client, job)["state"] == "completed"


@pytest.mark.parametrize(
    ("request_", "status", "code"),
    [
        ({}, 422, "invalid_request"),
        ({"text": "a", CANARY: 1}, 422, "invalid_request"),
        ({"text": "a", "model": "nothing"}, 422, "unknown_model"),
        ({"text": "a", "thresholds": "nothing"}, 422, "unknown_thresholds"),
        ({"documents": [{"text": "a"}] * 4}, 413, "too_many_documents"),
        ({"documents": [{"text": "a" * 31}]}, 413, "too_many_code_points"),
        ({"documents": [{"sentences": ["a"] * 3}]}, 413, "too_many_sentences"),
        ({"text": "a" * 300}, 413, "body_too_large"),
    ],
)
def test_refused_jobs(connected: Client, request_: Any, status: int, code: str):
    limits = Limits(job_documents=3, documents=1, code_points=30, sentences=2, body_bytes=250)
    client = connected(limits=limits, keep_jobs_hours=1)
    assert problem(post(client, request_)) == (status, code)
    assert parts(client) == 0
    accepted(client, {"documents": [{"text": "a" * 30}] * 3})


def test_only_so_many_jobs_wait(connected: Client):
    client = connected(limits=Limits(unfinished_jobs=2), keep_jobs_hours=1)
    first = accepted(client, key="first")
    accepted(client)
    refused = post(client, TEXT)
    assert problem(refused) == (429, "overloaded")
    assert int(refused.headers["retry-after"]) > 0
    assert accepted(client, key="first") == first, "which is there already"
    client.delete(f"/v1/jobs/{first['id']}")
    accepted(client)


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_unknown_jobs(connected: Client, method: str):
    client = connected(keep_jobs_hours=1)
    assert problem(client.request(method, f"/v1/jobs/{uuid4()}")) == (404, "unknown_record")
    assert problem(client.get(f"/v1/jobs/{uuid4()}/result")) == (404, "unknown_record")
    assert problem(client.request(method, f"/v1/jobs/{CANARY}")) == (422, "invalid_request")


def test_jobs_are_off_unless_switched_on(connected: Client):
    assert problem(post(connected(), TEXT)) == (404, "no_jobs")


def test_a_job_fails_whose_model_is_not_served_any_more(
    connected: Client, classifier: FramingClassifier
):
    job = accepted(connected(keep_jobs_hours=1), {"text": "a", "model": "framing"})
    models = Models.of(classifier)
    models._by_name.clear()
    with connected(models, keep_jobs_hours=1) as client:
        found = ended(client, job)
        assert (found["state"], found["problem"]["code"]) == ("failed", "unknown_model")
        assert problem(client.get(f"/v1/jobs/{job['id']}/result")) == (409, "conflict")
        assert parts(client) == 0


def test_a_part_that_fails_is_tried_again(
    connected: Client, classifier: FramingClassifier, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(job_queue, "LEASE", timedelta(seconds=0.1))
    monkeypatch.setattr(job_queue, "ATTEMPTS", 2)
    own = FramingClassifier(classifier.artefact, classifier.engine)
    with connected(own, keep_jobs_hours=1) as client:
        prepare, failures = own.prepare, [RuntimeError(CANARY)]

        def fail(documents: Any) -> Any:
            if failures:
                raise failures.pop()
            return prepare(documents)

        monkeypatch.setattr(own, "prepare", fail)
        assert ended(client, accepted(client))["state"] == "completed"
        failures[:] = [RuntimeError(CANARY)] * 2
        found = ended(client, accepted(client))
        assert (found["state"], found["problem"]["code"]) == ("failed", "internal_error")
        assert CANARY not in str(found)


def test_doubtful_sentences_of_a_job_are_kept_for_review(connected: Client):
    documents = [{"text": f"It rained on {number}. It snowed."} for number in range(70)]
    request = {"documents": documents, "options": {"review_below": 1}}
    with connected(keep_jobs_hours=1, keep_for_review=True) as client:
        job = ended(client, accepted(client, request))
        decision = client.get(f"/v1/jobs/{job['id']}/result").json()["decision"]
        items = client.get("/v1/reviews", params={"limit": 200}).json()["items"]
    assert {item["decision_id"] for item in items} == {decision}
    places = {(item["document"], item["sentence"]) for item in items}
    assert places == {(document, sentence) for document in range(70) for sentence in range(2)}
    assert len(items) == len(places)


def expire(client: TestClient) -> int:
    with store_of(client).database.writing() as session:
        return texts.expire(session)


def test_results_expire(connected: Client):
    with connected(keep_jobs_hours=1) as client:
        job = ended(client, accepted(client, key="k"))
        result = f"/v1/jobs/{job['id']}/result"
        assert expire(client) == 0
        change(client, job, expires_at=now())
        assert problem(client.get(result)) == (410, "result_gone")
        assert expire(client) == 1
        assert parts(client) == 0
        assert problem(client.get(result)) == (410, "result_gone")
        assert accepted(client, key="k")["id"] == job["id"], "the key outlives the result"
        change(client, job, ended_at=now() - timedelta(hours=24))
        assert expire(client) == 0
        assert problem(client.get(f"/v1/jobs/{job['id']}")) == (404, "unknown_record")


def test_a_job_that_never_ended_expires(connected: Client):
    client = connected(keep_jobs_hours=1)
    job = accepted(client)
    change(client, job, expires_at=now())
    assert expire(client) == 1
    found = client.get(f"/v1/jobs/{job['id']}").json()
    assert (found["state"], found["problem"]["code"]) == ("failed", "expired")
    assert parts(client) == 0


def test_erasure_by_client_token_covers_jobs(connected: Client):
    with connected(keep_jobs_hours=1) as client:
        done = ended(client, accepted(client, {**TEXT, "client_token": "a"}))
    client = connected(keep_jobs_hours=1)
    waits = accepted(client, {"documents": [TEXT, TEXT], "client_token": "a"})
    other = accepted(client, {**TEXT, "client_token": "b"})
    assert client.delete("/v1/texts", params={"client_token": "a"}).json() == {"texts": 3}
    states = [client.get(f"/v1/jobs/{job['id']}").json()["state"] for job in (done, waits, other)]
    assert states == ["completed", "cancelled", "waiting"]
    assert problem(client.get(f"/v1/jobs/{done['id']}/result")) == (410, "result_gone")
    assert parts(client) == 1
