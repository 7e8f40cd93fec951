"""The load generator: clients in closed loops, in a process of its own.

``python -m benchmarks.load PLAN.json`` sends what the plan says and writes what came of it. A
client is a connection that sends its next request when it has an answer: a bare
``asyncio.Protocol`` with no task for a request and only as much of HTTP as the answers need.
That costs a sixth of what aiohttp takes, and the cores are the server's.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import cycle
from pathlib import Path

from benchmarks.figures import percentile

__all__ = ["HEAD_END", "Outcome", "Plan", "answer_length", "run"]

HEAD_END = b"\r\n\r\n"
"""Between the headers of an answer and its body."""

LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
GIVE_UP = 120.0


@dataclass(frozen=True)
class Plan:
    """What to send where: bodies in turn, with the number of sentences in each.

    Requests answered within the first ``warm_up`` seconds count for nothing, those answered in
    the ``seconds`` after it are measured.
    """

    port: int
    path: str
    bodies: list[str]
    sentences: list[int]
    clients: int
    warm_up: float
    seconds: float

    def requests(self) -> Iterator[tuple[bytes, int]]:
        """Whole requests and their sentences, again and again."""
        head = f"POST {self.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        return cycle(
            (f"{head}content-length: {len(body)}\r\n\r\n".encode() + body, count)
            for body, count in zip(map(str.encode, self.bodies), self.sentences, strict=True)
        )


@dataclass(frozen=True)
class Outcome:
    """What a load came to: rates a second, latencies in seconds, cores that the client took.

    ``failed`` counts answers whose status is not 200, and connections lost before an answer.
    """

    requests: float
    sentences: float
    p50: float
    p99: float
    failed: int
    client_cores: float


@dataclass
class _Tally:
    """What the clients share: the requests to send, the time, and what was measured."""

    requests: Iterator[tuple[bytes, int]]
    begin: float
    end: float
    latencies: list[float] = field(default_factory=list)
    sentences: int = 0
    failed: int = 0

    def answered(self, sent: float, sentences: int, sound: bool) -> None:
        """Count an answer that came in the measured time."""
        now = time.perf_counter()
        if self.begin <= now < self.end:
            self.failed += not sound
            if sound:
                self.latencies.append(now - sent)
                self.sentences += sentences


class _Client(asyncio.Protocol):
    """One connection, which ends when the time is over."""

    def __init__(self, tally: _Tally, done: asyncio.Future[None]) -> None:
        self._tally = tally
        self._done = done
        self._received = bytearray()
        self._expected = 0
        self._sent = 0.0
        self._sentences = 0
        self._over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._expected:
            self._expected = answer_length(self._received)
        if self._expected and len(self._received) >= self._expected:
            sound = self._received.startswith(b"HTTP/1.1 200")
            self._tally.answered(self._sent, self._sentences, sound)
            self._received.clear()
            self._expected = 0
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        self._tally.failed += not self._over
        self._done.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        if self._sent >= self._tally.end:
            self._over = True
            self._transport.close()
            return
        request, self._sentences = next(self._tally.requests)
        self._transport.write(request)


def answer_length(received: bytearray) -> int:
    """The bytes of a whole answer, zero until its head is there.

    Raises:
        ValueError: it does not tell its length.
    """
    end = received.find(HEAD_END)
    if end < 0:
        return 0
    length = LENGTH.search(received, 0, end)
    if length is None:
        raise ValueError("an answer does not tell its length")
    return end + len(HEAD_END) + int(length[1])


async def run(plan: Plan) -> Outcome:
    """Send requests for as long as the plan says, and wait for the last answers."""
    loop = asyncio.get_running_loop()
    begin = time.perf_counter() + plan.warm_up
    tally = _Tally(plan.requests(), begin, begin + plan.seconds)
    clients: list[asyncio.Future[None]] = [loop.create_future() for _ in range(plan.clients)]
    for done in clients:
        await loop.create_connection(partial(_Client, tally, done), "127.0.0.1", plan.port)
    await asyncio.sleep(begin - time.perf_counter())
    processor = time.process_time()
    await asyncio.sleep(tally.end - time.perf_counter())
    processor = time.process_time() - processor
    await asyncio.wait(clients, timeout=GIVE_UP)
    return Outcome(
        requests=len(tally.latencies) / plan.seconds,
        sentences=tally.sentences / plan.seconds,
        p50=percentile(tally.latencies, 0.5),
        p99=percentile(tally.latencies, 0.99),
        failed=tally.failed,
        client_cores=processor / plan.seconds,
    )


if __name__ == "__main__":
    outcome = asyncio.run(run(Plan(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))))
    print(json.dumps(asdict(outcome)))
