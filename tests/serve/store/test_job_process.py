"""A service that is killed in the middle of a job, and another that ends it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from .conftest import Opening
from .receiver import Receiver, receiving

PROCESS = """
import sys, time
from datetime import timedelta
from framelens.model import FramingClassifier
from framelens.serve.jobs import CallbackSettings, messages
from framelens.serve.server import run
from framelens.serve.store import Policy, Store, job_queue

job_queue.LEASE = timedelta(seconds=2)
messages.PART_DOCUMENTS = 3
classifier = FramingClassifier.load(engine="openvino", precision="f32")
infer = classifier.engine.infer
def slowly(ids, mask):
    time.sleep(float(sys.argv[2]))
    return infer(ids, mask)
classifier.engine.infer = slowly
callbacks = CallbackSettings((b"s" * 32,), frozenset({"127.0.0.1"}))
store = Store.open(sys.argv[1], Policy(keep_jobs_hours=1))
run(classifier, port=0, store=store, callbacks=callbacks)
"""

SECONDS = 120
DOCUMENTS = [
    {"id": str(number), "text": f"We won {number} times. It rained."} for number in range(60)
]

Start = Callable[..., tuple[subprocess.Popen[str], httpx2.Client]]


@pytest.fixture
def start(tmp_path: Path, opened: Opening, url: str) -> Iterator[Start]:
    """Starts a service in a process, its engine slowed down, and gives a client of it."""
    started: list[tuple[subprocess.Popen[str], httpx2.Client]] = []

    def starting(seconds: float = 0.0) -> tuple[subprocess.Popen[str], httpx2.Client]:
        log = tmp_path / f"log-{len(started)}"
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-c", PROCESS, url, str(seconds)], stderr=file, text=True
            )
        deadline = time.monotonic() + SECONDS
        while not (found := re.search(r"running on (http://\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        started.append((process, httpx2.Client(base_url=found[1], timeout=SECONDS)))
        return started[-1]

    yield starting
    for process, client in started:
        client.close()
        process.kill()
        process.wait()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def wait_for(client: httpx2.Client, job: str, condition: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + SECONDS
    while not condition(found := client.get(f"/v1/jobs/{job}").json()):
        assert time.monotonic() < deadline, found
        time.sleep(0.02)
    return found


def is_half_done(job: Any) -> bool:
    return 0 < job["documents_done"] < job["documents"]


def test_a_killed_service_loses_nothing_and_does_nothing_twice(start: Start, receiver: Receiver):
    process, client = start(seconds=0.3)
    request = {"documents": DOCUMENTS, "callback": f"{receiver.address}/ended"}
    headers = {"idempotency-key": "k"}
    job = client.post("/v1/jobs", json=request, headers=headers).json()["id"]
    before = wait_for(client, job, is_half_done)
    process.send_signal(signal.SIGKILL)
    process.wait()

    _, client = start()
    assert client.post("/v1/jobs", json=request, headers=headers).json()["id"] == job
    resumed = client.get(f"/v1/jobs/{job}").json()
    assert resumed["documents_done"] >= before["documents_done"] > 0
    done = wait_for(client, job, lambda job: job["callback"] == "delivered")
    assert done["state"] == "completed"
    given = client.post("/v1/classify", json={"documents": DOCUMENTS}).json()
    assert client.get(f"/v1/jobs/{job}/result").json() == given
    assert {each.headers["webhook-id"] for each in receiver.received} == {job}
    assert len({each.body for each in receiver.received}) == 1


def test_two_services_share_a_queue(start: Start):
    (_, first), (_, second) = start(seconds=0.05), start(seconds=0.05)
    request = {"documents": DOCUMENTS[:12]}
    jobs = [first.post("/v1/jobs", json=request).json()["id"] for _ in range(6)]
    for job in jobs:
        wait_for(second, job, lambda job: job["state"] == "completed")
    given = first.post("/v1/classify", json=request).json()
    assert [second.get(f"/v1/jobs/{job}/result").json() for job in jobs] == [given] * 6
