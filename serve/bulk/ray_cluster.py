"""Ray: the cluster that actors run in, or this machine as one."""

from __future__ import annotations

import logging
import math
import os
import signal
import socket
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from framelens.model import EngineError, InputError

__all__ = ["Pool", "RayOptions", "connected", "last_line", "parse_actors"]

CPUS = 2
"""Cores of an actor, where nodes have so many: OpenVINO reads two batches side by side."""

CONNECT_SECONDS = 10.0

LOCAL_STORE_BYTES = 512 * 2**20
"""Ray would take a third of the machine's memory; what is on its way needs far less."""

_QUIET = {
    # No word leaves the machine.
    "RAY_USAGE_STATS_ENABLED": "0",
    # The workers are to have this process's environment, not one that is built anew.
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
}


@dataclass(frozen=True, slots=True)
class RayOptions:
    """Where the actors run, and what each of them has.

    Args:
        address: of a cluster, ``HOST:PORT`` or ``auto``; None makes one of this machine.
        least: actors that are always there.
        most: actors where there is enough to do; None stands for as many as have room when it
            begins.
        cpus: cores of an actor; None stands for 2, or what the largest node has.
        gpus: of an actor; 0.5 lets two share one.
        memory: bytes that an actor takes of its node.
        patience: seconds without any result after which it is given up.
    """

    address: str | None = None
    least: int = 1
    most: int | None = None
    cpus: int | None = None
    gpus: float = 0.0
    memory: int = 2**30
    patience: float = 600.0

    def __post_init__(self) -> None:
        if self.address is not None and "://" in self.address:
            advice = "run framelens on a node of the cluster, as 'ray job submit' does"
            raise InputError(f"--ray-address {self.address}: use HOST:PORT or auto; {advice}")


def parse_actors(text: str) -> tuple[int, int]:
    """The least and the most actors that ``LEAST:MOST`` or one number names.

    Raises:
        InputError: it is neither.
    """
    least, separator, most = text.partition(":")
    numbers = [least, most] if separator else [least]
    if not all(number.isascii() and number.isdigit() for number in numbers):
        raise InputError(f"--ray-actors {text}: use a number, or LEAST:MOST such as 1:8")
    low, high = int(least), int(numbers[-1])
    if not 1 <= low <= high:
        raise InputError(f"--ray-actors {text}: LEAST is at least 1, and MOST no less")
    return low, high


@dataclass(frozen=True, slots=True)
class Pool:
    """The actors of one job: how many, what each asks of its node, and how long we wait for it."""

    least: int
    most: int
    cpus: int
    gpus: float
    memory: int
    patience: float
    nodes: str
    """What the nodes had when it began, for messages."""

    @property
    def needs(self) -> str:
        """What an actor asks for, in words."""
        return _resources(self.cpus, self.gpus, self.memory)

    @property
    def no_room(self) -> str:
        """The message where nothing has come of it all."""
        seconds = f"no result for {self.patience:g} seconds (--ray-timeout)"
        return f"Ray: {seconds}; an actor needs {self.needs}; there was {self.nodes}"


def last_line(error: Exception) -> str:
    """The end of a message of Ray's, which may have a page of tracebacks before it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1]}" if lines else type(error).__name__


@contextmanager
def connected(options: RayOptions) -> Iterator[Pool]:
    """Connect to the cluster, or start one on this machine, until the end of the block.

    Raises:
        EngineError: Ray is not installed, does not answer, or no actor fits on this machine.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError as error:
        message = "Ray is not installed: pip install 'framelens[ray]'"
        raise EngineError(f"{message} ({error})") from error
    _connect(options)
    try:
        # What it would log is raised as well.
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)
        pool = _pool([node["Resources"] for node in ray.nodes() if node["Alive"]], options)
        if options.address is None and not pool.most:
            advice = "see --ray-cpus, --ray-gpus and --ray-memory"
            message = f"an actor needs {pool.needs}; there is {pool.nodes}"
            raise EngineError(f"Ray: {message}; {advice}")
        yield pool
    finally:
        ray.shutdown()


def _connect(options: RayOptions) -> None:
    import ray

    if options.address is not None and options.address != "auto":
        _check_listens(options.address)
    ours = signal.getsignal(signal.SIGTERM)
    arguments: dict[str, Any] = {"address": options.address}
    if options.address is None:
        arguments = {"address": "local", "object_store_memory": LOCAL_STORE_BYTES}
        arguments["include_dashboard"] = False
    try:
        ray.init(**arguments, logging_level=logging.ERROR, log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise EngineError(f"Ray at {options.address or 'this machine'}: {reason}") from error
    finally:
        # Ray takes the signal for itself, but the job has to end in its own way.
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ours)


def _check_listens(address: str) -> None:
    """Find out at once what Ray would try for many minutes."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise EngineError(f"Ray at {address}: no cluster answers: {error}") from error


def _pool(nodes: list[Mapping[str, float]], options: RayOptions) -> Pool:
    """How many actors, given the resources of the nodes."""
    largest = max((int(node.get("CPU", 0)) for node in nodes), default=0)
    cpus = options.cpus or min(CPUS, largest) or CPUS
    asked = {"CPU": cpus, "GPU": options.gpus, "memory": options.memory}
    room = sum(
        min(math.floor(node.get(name, 0) / share) for name, share in asked.items() if share)
        for node in nodes
    )
    # A cluster may grow where no actor has room yet.
    most = options.most or (room if options.address is None else max(room, options.least))
    if options.address is None:
        most = min(most, room)
    return Pool(
        least=min(options.least, most),
        most=most,
        cpus=cpus,
        gpus=options.gpus,
        memory=options.memory,
        patience=options.patience,
        nodes=_in_words(nodes),
    )


def _in_words(nodes: Iterable[Mapping[str, float]]) -> str:
    counts = Counter(
        _resources(node.get("CPU", 0), node.get("GPU", 0), node.get("memory", 0)) for node in nodes
    )
    words = (f"{count} node{'s'[: count > 1]} with {each}" for each, count in counts.items())
    return "; ".join(words) or "no node"


def _resources(cpus: float, gpus: float, memory: float) -> str:
    return f"{cpus:g} CPU, {f'{gpus:g} GPU, ' if gpus else ''}{memory / 2**30:.1f} GiB"
