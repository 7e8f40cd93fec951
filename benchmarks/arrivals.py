"""The open-loop load generator: requests arrive at random, whether or not the server keeps up.

``python -m benchmarks.arrivals PLAN.json`` sends what the plan says and writes what came of it.
Arrivals are a Poisson process. A latency counts from the moment at which its request was to
be sent, so that a generator or a server that is late makes itself no better (Tene, "How not to
measure latency", 2015).
"""

from __future__ import annotations

import asyncio
import json
import random
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.load import HEAD_END, answer_length

__all__ = ["LOST", "Arrival", "ArrivalPlan", "Arrivals", "Kind", "send_arrivals"]

LOST = 0
"""The status of a request whose connection ended before an answer."""

KEPT_SECONDS = 3.0
"""A connection without a request for longer is not used again: servers end those soon."""

GIVE_UP = 60.0


@dataclass(frozen=True)
class Kind:
    """Requests of one kind, taken in turn: its name, its share of all arrivals, and bodies."""

    name: str
    share: float
    bodies: list[str]


@dataclass(frozen=True)
class ArrivalPlan:
    """What arrives where: ``rate`` requests a second of all kinds, for so many seconds.

    ``deadline`` is what each of them tells the server in seconds.
    """

    port: int
    path: str
    kinds: list[Kind]
    rate: float
    seconds: float
    deadline: float
    seed: int = 0

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> ArrivalPlan:
        """What :func:`dataclasses.asdict` made of a plan."""
        return cls(**{**content, "kinds": [Kind(**kind) for kind in content["kinds"]]})

    def requests(self, kind: Kind) -> Iterator[bytes]:
        """Whole requests of a kind, again and again."""
        head = (
            f"POST {self.path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
            f"x-request-timeout: {self.deadline:g}\r\n"
        )
        return cycle(
            [
                f"{head}content-length: {len(body)}\r\n\r\n".encode() + body
                for body in map(str.encode, kind.bodies)
            ]
        )


class Arrival(NamedTuple):
    """A request: seconds from the begin at which it came, index of its kind, status, latency."""

    at: float
    kind: int
    status: int
    latency: float


@dataclass(frozen=True)
class Arrivals:
    """What became of all requests, and how many cores the generator took."""

    arrivals: list[Arrival]
    client_cores: float

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Arrivals:
        """What :func:`dataclasses.asdict` made of it."""
        return cls([Arrival(*each) for each in content["arrivals"]], content["client_cores"])


class _Clients:
    """Connections that wait for a request, and what became of those that were sent."""

    def __init__(self, port: int, begin: float) -> None:
        self.begin = begin
        self.arrivals: list[Arrival] = []
        self.waiting = 0
        self._port = port
        self._idle: list[_Connection] = []
        self._opening: set[asyncio.Task[None]] = set()

    def send(self, at: float, kind: int, request: bytes) -> None:
        """Send over a connection that waits, or a new one."""
        self.waiting += 1
        while self._idle:
            connection = self._idle.pop()
            if connection.is_fresh():
                connection.send(at, kind, request)
                return
            connection.close()
        task = asyncio.ensure_future(self._open(at, kind, request))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def answered(self, at: float, kind: int, status: int) -> None:
        """Count an answer, or that there is none."""
        self.waiting -= 1
        latency = time.perf_counter() - self.begin - at
        self.arrivals.append(Arrival(round(at, 4), kind, status, round(latency, 5)))

    def keep(self, connection: _Connection) -> None:
        """Use a connection again."""
        self._idle.append(connection)

    def forget(self, connection: _Connection) -> None:
        """Use a connection no more."""
        if connection in self._idle:
            self._idle.remove(connection)

    async def close(self) -> None:
        """Close the connections that wait."""
        for connection in self._idle:
            connection.close()
        while self._idle:
            await asyncio.sleep(0)

    async def _open(self, at: float, kind: int, request: bytes) -> None:
        loop = asyncio.get_running_loop()
        factory = partial(_Connection, self)
        try:
            _, connection = await loop.create_connection(factory, "127.0.0.1", self._port)
        except OSError:
            self.answered(at, kind, LOST)
        else:
            connection.send(at, kind, request)


class _Connection(asyncio.Protocol):
    """A connection, for a request at a time."""

    def __init__(self, clients: _Clients) -> None:
        self._clients = clients
        self._request: tuple[float, int] | None = None
        self._received = bytearray()
        self._used = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.WriteTransport = transport  # type: ignore[assignment]

    def is_fresh(self) -> bool:
        return time.perf_counter() - self._used < KEPT_SECONDS

    def send(self, at: float, kind: int, request: bytes) -> None:
        self._request = at, kind
        if self._received:
            # A server that is full refuses the connection itself.
            self._take_answer()
        elif self._transport.is_closing():
            self._answered(LOST)
        else:
            self._transport.write(request)

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._request is not None:
            self._take_answer()

    def _take_answer(self) -> None:
        length = answer_length(self._received)
        if not length or len(self._received) < length:
            return
        head = self._received[: self._received.find(HEAD_END)].lower()
        self._received.clear()
        self._used = time.perf_counter()
        self._answered(int(head[9:12]))
        if b"\r\nconnection: close" in head or self._transport.is_closing():
            self.close()
        else:
            self._clients.keep(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._clients.forget(self)
        self._answered(LOST)

    def _answered(self, status: int) -> None:
        if self._request is not None:
            self._clients.answered(*self._request, status)
            self._request = None


async def send_arrivals(plan: ArrivalPlan) -> Arrivals:
    """Send requests for as long as the plan says, and wait for the last answers."""
    chooser = random.Random(plan.seed)  # noqa: S311
    requests = [plan.requests(kind) for kind in plan.kinds]
    shares = [kind.share for kind in plan.kinds]
    clients = _Clients(plan.port, time.perf_counter())
    processor = time.process_time()
    at = chooser.expovariate(plan.rate)
    while at < plan.seconds:
        # Also where it is late: answers want to be read.
        await asyncio.sleep(max(0.0, at - (time.perf_counter() - clients.begin)))
        [kind] = chooser.choices(range(len(requests)), shares)
        clients.send(at, kind, next(requests[kind]))
        at += chooser.expovariate(plan.rate)
    processor = time.process_time() - processor
    deadline = time.perf_counter() + GIVE_UP
    while clients.waiting and time.perf_counter() < deadline:
        await asyncio.sleep(0.05)
    await clients.close()
    lost = [Arrival(plan.seconds, 0, LOST, GIVE_UP)] * clients.waiting
    return Arrivals([*clients.arrivals, *lost], processor / plan.seconds)


def _main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    content = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    json.dump(asdict(asyncio.run(send_arrivals(ArrivalPlan.from_json(content)))), sys.stdout)


if __name__ == "__main__":
    _main()
