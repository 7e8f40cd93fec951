"""A process that is killed, frozen, told to stop, or has no room on its disk."""

from __future__ import annotations

import json
import signal
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import Any

import httpx2
import pytest

from .conftest import Running, Start

CALLERS = 4


class Callers:
    """What became of the requests of several callers, who go on until they are stopped."""

    def __init__(self, service: Running) -> None:
        self.statuses: Counter[int] = Counter()
        self.problems: Counter[str] = Counter()
        self.unanswered: list[str] = []
        self.acknowledged: set[str] = set()
        self.stopped = Event()
        self._service = service

    def classify(self) -> None:
        """Ask again and again."""
        self._repeat(self._service.classify)

    def give(self) -> None:
        """Give feedback again and again."""
        self._repeat(self._service.give)

    def _repeat(self, ask: Callable[[], httpx2.Response]) -> None:
        while not self.stopped.is_set():
            try:
                response = ask()
            except httpx2.TransportError as error:
                self.unanswered.append(str(error))
                continue
            self.statuses[response.status_code] += 1
            if response.status_code == 201:
                self.acknowledged.add(response.json()["id"])
            elif response.status_code != 200:
                self.problems[response.json()["code"]] += 1


def under_load(service: Running, end: Callable[[], None]) -> Callers:
    """End a service that many call, and tell what they saw."""
    callers = Callers(service)
    with ThreadPoolExecutor() as threads:
        for _ in range(CALLERS):
            threads.submit(callers.classify)
            threads.submit(callers.give)
        deadline = time.monotonic() + 60
        while len(callers.acknowledged) < 10 or not callers.statuses[200]:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        end()
        service.process.wait(60)
        callers.stopped.set()
    return callers


def test_killed_in_mid_batch_nothing_acknowledged_is_lost(start: Start):
    service = start(engine=0.2)
    callers = under_load(service, service.process.kill)
    assert set(callers.statuses) <= {200, 201}
    assert callers.unanswered, "who waited is told by the connection's end"
    again = start()
    assert callers.acknowledged <= again.written()
    assert again.classify().status_code == 200
    assert again.give().json()["id"] in again.written()


def stream(service: Running, lines: int, received: list[Any]) -> None:
    """Take the answers to so many lines."""
    with httpx2.stream(
        "POST",
        f"{service.address}/v1/classify:stream",
        content=(json.dumps({"text": "It rained."}) + "\n") * lines,
        headers={"content-type": "application/x-ndjson"},
        timeout=60,
    ) as response:
        for line in response.iter_lines():
            received.append(json.loads(line))
            if len(received) == lines // 10:
                service.process.kill()


def test_a_stream_that_is_cut_has_no_last_line(start: Start):
    received: list[Any] = []
    with pytest.raises(httpx2.TransportError):
        stream(start(engine=0.1), 100, received)
    assert [line["line"] for line in received[1:]] == [*range(1, len(received))]


def test_terminated_under_load_it_answers_or_has_not_begun(start: Start):
    service = start(engine=0.05)
    callers = under_load(service, lambda: service.process.send_signal(signal.SIGTERM))
    assert service.process.returncode == -signal.SIGTERM
    assert set(callers.statuses) <= {200, 201, 503}
    assert set(callers.problems) <= {"stopping"}
    assert not [each for each in callers.unanswered if "complete message body" in each]
    assert callers.acknowledged <= start().written()


def test_frozen_and_thawed_it_goes_on_where_it_was(start: Start):
    service = start(engine=1)
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(service.classify)
        service.wait_until_the_engine_runs()
        service.process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(httpx2.TimeoutException):
                service.classify(seconds=0.5)
        finally:
            service.process.send_signal(signal.SIGCONT)
        assert waiting.result().status_code == 200
    assert service.classify().status_code == 200
    assert service.get("/livez").status_code == 200


def test_without_room_on_the_disk_nothing_acknowledged_is_lost(start: Start):
    service = start(most_bytes=600_000)
    acknowledged, status = set(), 201
    for _ in range(2_000):
        response = service.give("n" * 2_000)
        status = response.status_code
        if status != 201:
            break
        acknowledged.add(response.json()["id"])
    assert status == 503
    assert response.json()["code"] == "store_unavailable"
    assert service.classify().status_code == 200
    assert service.get("/readyz").status_code in (200, 503), "it still answers"
    service.process.kill()
    service.process.wait()
    again = start()
    assert acknowledged <= again.written()
    assert again.give().status_code == 201
