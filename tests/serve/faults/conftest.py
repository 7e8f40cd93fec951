"""Services as processes of their own, to be frozen, killed and starved."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from framelens.serve.store import Store, audit

SECONDS = 60

PROCESS = """
import resource, sys, time
import numpy as np
from framelens.model import Artefact, FramingClassifier
from framelens.serve.limits import Limits
from framelens.serve.server import run
from framelens.serve.store import Store

url, seconds, most_bytes = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])

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
    engine.seconds = seconds if room else 0.0
    return first(windows, room, **options)
classifier.batcher.submit = submit
store = Store.open(url)
if most_bytes:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
run(classifier, port=0, limits=Limits(stop_seconds=10), store=store)
"""


@dataclass
class Running:
    """A service in a process, and its address."""

    process: subprocess.Popen[bytes]
    address: str
    url: str

    def classify(self, seconds: float = SECONDS) -> httpx2.Response:
        """Ask over a connection of its own."""
        return httpx2.post(
            f"{self.address}/v1/classify", json={"text": "It rained."}, timeout=seconds
        )

    def give(self, note: str = "a note") -> httpx2.Response:
        """Send feedback over a connection of its own."""
        passage = {"text": "It rained.", "begin": 0, "end": 10}
        content = {"passage": passage, "label": "victim", "note": note}
        return httpx2.post(f"{self.address}/v1/feedback", json=content, timeout=SECONDS)

    def get(self, path: str) -> httpx2.Response:
        """Ask for a path."""
        return httpx2.get(f"{self.address}{path}", timeout=SECONDS)

    def wait_until_the_engine_runs(self) -> None:
        """Wait for a request to be in the engine."""
        deadline = time.monotonic() + SECONDS
        while not self._batch_seconds():
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def _batch_seconds(self) -> float:
        lines = self.get("/metrics").text.splitlines()
        [line] = (each for each in lines if each.startswith("framelens_batch_running_seconds"))
        return float(line.split()[-1])

    def written(self) -> set[str]:
        """The ids of the feedback that is on the disk."""
        with Store.open(self.url).database.reading() as session:
            entries = audit.entries(session, 0, 100_000)
            return {str(each.subject) for each in entries if each.action == "feedback_given"}


Start = Callable[..., Running]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a service whose engine takes so long for a batch, always with the same database."""
    processes: list[subprocess.Popen[bytes]] = []
    url = f"sqlite:///{tmp_path / 'store.db'}"

    def started(engine: float = 0, most_bytes: int = 0) -> Running:
        log = tmp_path / f"log{len(processes)}"
        with log.open("w") as file:
            arguments = [url, str(engine), str(most_bytes)]
            process = subprocess.Popen([sys.executable, "-c", PROCESS, *arguments], stderr=file)
        processes.append(process)
        deadline = time.monotonic() + 2 * SECONDS
        while not (found := re.search(r"running on (http://\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        return Running(process, found[1], url)

    yield started
    for process in processes:
        process.kill()
        process.wait()
