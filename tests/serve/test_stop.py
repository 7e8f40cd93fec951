"""SIGTERM to a real process, whose engine may be slow or stuck."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

PROCESS = """
import sys, time
import numpy as np
from framelens.model import Artefact, FramingClassifier
from framelens.serve.limits import Limits
from framelens.serve.server import run

class Slow:
    name, precision, streams, seconds = "slow", "f32", 1, 0.0
    def infer(self, ids, mask):
        time.sleep(self.seconds)
        return np.zeros((*ids.shape, len(artefact.scheme.leaves)), dtype=np.float32)

artefact, engine = Artefact.load("framing"), Slow()
classifier = FramingClassifier(artefact, engine)
# The examples of the OpenAPI document are scored first.
first = classifier.batcher.submit
def submit(windows, room=None, **options):
    engine.seconds = float(sys.argv[1]) if room else 0.0
    return first(windows, room, **options)
classifier.batcher.submit = submit
run(classifier, port=0, limits=Limits(stop_seconds=int(sys.argv[2])),
    drain_seconds=float(sys.argv[3]))
"""

Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a service in a process, and gives its address."""
    processes = []

    def started(engine: float, stop: int, drain: float) -> tuple[subprocess.Popen[str], str]:
        log = tmp_path / "log"
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-c", PROCESS, str(engine), str(stop), str(drain)],
                stderr=file,
                text=True,
            )
        processes.append(process)
        deadline = time.monotonic() + 120
        while not (found := re.search(r"running on (http://\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return process, found[1]

    yield started
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=60) as client:
        yield client


def ask(client: httpx2.Client, address: str) -> httpx2.Response:
    return client.post(f"{address}/v1/classify", json={"text": "It rained."})


def wait_until_the_engine_runs(client: httpx2.Client, address: str) -> None:
    deadline = time.monotonic() + 60
    name = "framelens_batch_running_seconds"
    while f"{name} 0.0" in client.get(f"{address}/metrics").text:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_is_accepted_is_answered_and_nobody_else_is(start: Start, client: httpx2.Client):
    process, address = start(engine=10, stop=60, drain=0)
    with ThreadPoolExecutor() as callers:
        accepted = callers.submit(ask, client, address)
        wait_until_the_engine_runs(client, address)
        process.send_signal(signal.SIGTERM)
        time.sleep(3)
        with pytest.raises(httpx2.HTTPError):
            client.get(f"{address}/livez")
        assert accepted.result().status_code == 200
    assert process.wait(60) == -signal.SIGTERM


def test_while_it_drains_it_accepts_but_is_not_ready(start: Start, client: httpx2.Client):
    process, address = start(engine=0.1, stop=10, drain=60)
    process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + 60
    while (response := client.get(f"{address}/readyz")).status_code != 503:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert response.json()["code"] == "stopping"
    assert client.get(f"{address}/livez").status_code == 200
    assert ask(client, address).status_code == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == -signal.SIGTERM


def test_a_stuck_engine_does_not_hold_the_process(start: Start, client: httpx2.Client):
    process, address = start(engine=10_000, stop=1, drain=0)
    with ThreadPoolExecutor() as callers:
        accepted = callers.submit(ask, client, address)
        wait_until_the_engine_runs(client, address)
        # After which, unlike SIGTERM, Python waits for the threads that are left.
        process.send_signal(signal.SIGINT)
        process.wait(60)
        response = accepted.result()
    assert response.status_code == 503
    assert response.json()["code"] == "stopping"
