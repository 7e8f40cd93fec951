"""A server as a process tree: started, asked, watched under load, and stopped."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.contenders import Contender, Models
from benchmarks.environments import MissingError
from benchmarks.load import Outcome, Plan
from benchmarks.loads import Load
from benchmarks.processes import last_words, module

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

__all__ = ["Measured", "Server", "Timing", "Watched", "running"]

ROOT = Path(__file__).parents[1]
FIRST = "Two ships left before noon."
PATIENCE = 180.0
WATCH = 0.25


@dataclass(frozen=True)
class Timing:
    """Seconds of a load: before it is measured, and while it is."""

    warm_up: float
    seconds: float


@dataclass(frozen=True)
class Measured:
    """A load's outcome, and what the server took for it.

    ``memory`` is the highest sum over its processes of resident bytes (what they share counts
    for each), ``server_cores`` the processor time of all of them in a second.
    """

    outcome: Outcome
    memory: float
    server_cores: float


@dataclass(frozen=True)
class Watched:
    """What a load generator wrote, and what the server took meanwhile.

    ``memory`` are resident bytes of all its processes at so many seconds from the begin.
    """

    output: str
    memory: list[tuple[float, float]]
    server_cores: float


class Server:
    """A running server on a port; ``start_seconds`` passed from its start to its first answer."""

    def __init__(self, contender: Contender, process: subprocess.Popen[bytes], port: int) -> None:
        self.contender = contender
        self.start_seconds = 0.0
        self.port = port
        self._process = process

    def labels(self, sentences: Sequence[str]) -> list[str]:
        """The label of each sentence, asked for one at a time."""
        return [self._ask([sentence])[0] for sentence in sentences]

    def measure(self, load: Load, timing: Timing) -> Measured:
        """Put it under a load from another process, and watch.

        Raises:
            MissingError: it takes no connections any more.
        """
        bodies = [self.contender.request(sentences) for sentences in load.requests]
        counts = [len(sentences) for sentences in load.requests]
        plan = Plan(self.port, self.contender.path, bodies, counts, load.clients, **asdict(timing))
        watched = self.watch("benchmarks.load", plan)
        memory = max(used for _, used in watched.memory)
        return Measured(Outcome(**json.loads(watched.output)), memory, watched.server_cores)

    def watch(self, generator: str, plan: DataclassInstance) -> Watched:
        """Run a module that puts it under the load that a plan says.

        Raises:
            MissingError: the load could not be sent.
        """
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as output:
            path = Path(folder) / "plan.json"
            path.write_text(json.dumps(asdict(plan)), encoding="utf-8")
            begin, processor = time.perf_counter(), self._processor_time()
            client = subprocess.Popen(module(generator, path), cwd=ROOT, stdout=output, text=True)
            memory = [(0.0, self.memory())]
            while client.poll() is None:
                time.sleep(WATCH)
                memory.append((time.perf_counter() - begin, self.memory()))
            if client.returncode:
                raise MissingError("the load could not be sent")
            cores = (self._processor_time() - processor) / (time.perf_counter() - begin)
            output.seek(0)
            return Watched(output.read(), memory, cores)

    def metrics(self) -> dict[str, float]:
        """What ``/metrics`` tells: name with labels to value; only framelens has them."""
        address = f"http://127.0.0.1:{self.port}/metrics"
        with urllib.request.urlopen(address, timeout=PATIENCE) as answer:
            text = answer.read().decode()
        return {
            " ".join((sample.name, *sample.labels.values())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def memory(self) -> float:
        """Resident bytes of all its processes."""
        return self._sum(lambda process: process.memory_info().rss)

    def wait_for_first_answer(self, begin: float) -> None:
        """Ask until it answers.

        Raises:
            MissingError: it stopped, or does not answer in three minutes.
        """
        while time.perf_counter() - begin < PATIENCE:
            try:
                self._ask([FIRST])
            except (OSError, http.client.HTTPException):
                if self._process.poll() is not None:
                    raise MissingError("it stopped before its first answer") from None
                time.sleep(0.01)
            else:
                self.start_seconds = time.perf_counter() - begin
                return
        raise MissingError(f"no answer within {PATIENCE:.0f} s")

    def stop(self) -> None:
        """End every process of the tree, those that linger by force."""
        tree = self._tree()
        for process in tree:
            with suppress(psutil.NoSuchProcess):
                process.terminate()
        _, lingering = psutil.wait_procs(tree, timeout=5)
        for process in lingering:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()

    def _ask(self, sentences: Sequence[str]) -> list[str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            headers = {"content-type": "application/json"}
            body = self.contender.request(sentences)
            connection.request("POST", self.contender.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != http.HTTPStatus.OK:
                raise http.client.HTTPException(f"status {answer.status}")
            return self.contender.labels(json.loads(content))
        finally:
            connection.close()

    def _tree(self) -> list[psutil.Process]:
        try:
            root = psutil.Process(self._process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _processor_time(self) -> float:
        return self._sum(lambda process: sum(process.cpu_times()[:2]))

    def _sum(self, figure: Callable[[psutil.Process], float]) -> float:
        """A figure of all processes together, but for those that have just ended."""
        total = 0.0
        for process in self._tree():
            with suppress(psutil.NoSuchProcess):
                total += figure(process)
        return total


@contextmanager
def running(contender: Contender, models: Models) -> Iterator[Server]:
    """Start a server on a free port of this machine, and stop it in the end.

    Raises:
        MissingError: it is not installed, or does not come up; the message has its last words.
    """
    python = contender.python()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        begin = time.perf_counter()
        try:
            with log.open("wb") as output:
                process = subprocess.Popen(
                    contender.command(python, models, port),
                    cwd=folder,
                    env=_environment(contender, models),
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
        except OSError as error:
            raise MissingError(f"it cannot be started: {error}") from None
        server = Server(contender, process, port)
        try:
            server.wait_for_first_answer(begin)
            yield server
        except (MissingError, OSError, http.client.HTTPException) as error:
            words = last_words(log.read_text(encoding="utf-8", errors="replace"))
            raise MissingError(f"{error}: {words}") from None
        finally:
            server.stop()


def _environment(contender: Contender, models: Models) -> dict[str, Any]:
    variables = {**os.environ, **contender.variables, "MODEL": str(models.exported)}
    # No peer is to look for models or send reports on the net.
    variables |= {"HF_HUB_OFFLINE": "1", "DO_NOT_TRACK": "1"}
    if contender.environment:
        variables.pop("PYTHONPATH", None)
    return variables
