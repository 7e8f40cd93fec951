"""``python -m benchmarks.robustness``: hostile input in rounds, and what memory it takes."""

from __future__ import annotations

import argparse
import http.client
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import OURS, Models
from benchmarks.figures import MEGABYTE
from benchmarks.hostile import BODIES
from benchmarks.machine import versions
from benchmarks.report import number, paragraph, table, write_report
from benchmarks.server import Server, running
from framelens.model import DEFAULT, Artefact

HERE = Path(__file__).parent
WATCH = 0.02
PATIENCE = 120.0
PATH = "/v1/classify"
HEAD = f"POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n".encode()
LARGE = 3 * 2**20

Case = Callable[[int], str]
"""Does something to the server at a port, and says what came of it."""


@dataclass(frozen=True)
class Seen:
    """What came of a case, how often, and the highest resident bytes of every round."""

    case: str
    outcomes: Mapping[str, int]
    peaks: Sequence[float]


def main() -> None:
    """Measure, and print where the report stands."""
    arguments = _parser().parse_args()
    rounds, times = (2, 2) if arguments.quick else (5, 20)
    folder = HERE.parent / "runs" / "benchmarks" if arguments.quick else HERE
    with tempfile.TemporaryDirectory() as name:
        models = Models(str(Artefact.load(DEFAULT).folder.resolve()), Path(name))
        with running(OURS, models) as server:
            seen = _measure(server, rounds, times)
            content = {"versions": versions(("framelens", "uvicorn")), "cases": seen}
            print(write_report(folder, "robustness", _page(seen, rounds, times), content))


def _measure(server: Server, rounds: int, times: int) -> list[Seen]:
    outcomes: dict[str, Counter[str]] = {}
    peaks: dict[str, list[float]] = {}
    # A round before the first, after which the process has all that it keeps.
    for turn in range(-1, rounds):
        for name, case in _cases().items():
            print(f"robustness: round {turn + 1}, {name}", flush=True)
            with _Watch(server) as watch:
                results = [case(server.port) for _ in range(times)]
            if turn >= 0:
                outcomes.setdefault(name, Counter()).update(results)
                peaks.setdefault(name, []).append(watch.peak)
    return [Seen(name, outcomes[name], peaks[name]) for name in peaks]


class _Watch:
    """The highest resident bytes of a server while the block runs."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.peak = 0.0

    def __enter__(self) -> _Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            self.peak = max(self.peak, self._server.memory())
            if self._ended.wait(WATCH):
                return


def _cases() -> dict[str, Case]:
    bodies: dict[str, Case] = {
        each.name: lambda port, body=each.body: _post(port, body) for each in BODIES
    }
    return bodies | {
        "3 MB of a body, then reset": lambda port: _leave(port, b" " * LARGE),
        "a body without an end": _endless,
        "headers without an end": _endless_headers,
        "a body that trickles, for a second": _trickle,
        "20 bodies of 3 MB that do not end": _hold,
        "1,000 connections that say nothing": _be_idle,
        "4,000 ranges of the page": _ranges,
    }


def _post(port: int, body: bytes) -> str:
    return _ask(port, "POST", PATH, {"content-type": "application/json"}, body)


def _ranges(port: int) -> str:
    return _ask(port, "GET", "/", {"range": "bytes=" + ",".join(["0-"] * 4_000)})


def _ask(
    port: int, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
) -> str:
    """The status that comes back for a request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.read()
        return str(response.status)
    finally:
        connection.close()


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)


def _leave(port: int, content: bytes) -> str:
    with _connect(port) as connection, suppress(OSError):
        connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % (2 * LARGE) + content)
    return "left"


def _status(connection: socket.socket) -> str:
    with suppress(OSError):
        answer = connection.recv(2**16)
        return answer[9:12].decode() if answer else "closed"
    return "closed"


def _endless(port: int) -> str:
    with _connect(port) as connection:
        with suppress(OSError):
            connection.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n")
            for _ in range(200):
                connection.sendall(b"10000\r\n%s\r\n" % (b" " * 2**16))
        return _status(connection)


def _endless_headers(port: int) -> str:
    with _connect(port) as connection:
        with suppress(OSError):
            connection.sendall(HEAD + b"a: " + b"b" * LARGE)
        return _status(connection)


def _trickle(port: int) -> str:
    with _connect(port) as connection, suppress(OSError):
        connection.sendall(HEAD + b"content-length: 5000\r\n\r\n")
        for _ in range(20):
            connection.sendall(b" ")
            time.sleep(0.05)
    return "left"


def _hold(port: int) -> str:
    with ExitStack() as stack:
        connections = [stack.enter_context(_connect(port)) for _ in range(20)]
        for connection in connections:
            with suppress(OSError):
                connection.sendall(
                    HEAD + b"content-length: %d\r\n\r\n" % (LARGE + 1) + b" " * LARGE
                )
        return _post(port, b'{"text": "It rained."}')


def _be_idle(port: int) -> str:
    with ExitStack() as stack:
        for _ in range(1_000):
            stack.enter_context(_connect(port))
        return _post(port, b'{"text": "It rained."}')


def _page(seen: Sequence[Seen], rounds: int, times: int) -> Iterator[str]:
    yield "Robustness"
    yield paragraph(
        f"What [should never come](../docs/robustness.md), sent to `framelens serve` {times} times "
        f"in each of {rounds} rounds, after one that is not counted: the status that came back, or "
        "what became of the connection, and the highest resident memory in MB meanwhile, in the "
        "first round, and in the last."
    )
    yield ""
    first, last = (max(each.peaks[turn] for each in seen) for turn in (0, -1))
    yield paragraph(
        f"Over all cases, memory was {number(first / MEGABYTE)} MB at its highest in the first "
        f"round and {number(last / MEGABYTE)} MB in the last."
    )
    yield ""
    yield from table(
        ("case", "what came of it", "first round", "last round"),
        (
            (
                each.case,
                ", ".join(f"{outcome} × {count}" for outcome, count in each.outcomes.items()),
                number(each.peaks[0] / MEGABYTE),
                number(each.peaks[-1] / MEGABYTE),
            )
            for each in seen
        ),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m benchmarks.robustness", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="see that it works; no figures")
    return parser


if __name__ == "__main__":
    main()
