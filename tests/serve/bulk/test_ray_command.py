"""``framelens score --engine ray``: the files that the engine of one process writes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from framelens.serve.commands import app

from .slow import slow

pytest.importorskip("ray")

SECONDS = 300
ROWS = 600

SCORE = """
import sys
from framelens.serve.bulk import chunks, sinks
from framelens.serve.commands import app
chunks.CHUNK_ROWS, sinks.CHECKPOINT_SECONDS = 20, 0
app(["score", *sys.argv[1:]], prog_name="framelens")
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty chunks, with a row that cannot be read and one that cannot be scored."""
    path = tmp_path_factory.mktemp("ray") / "texts.jsonl"
    texts = (f"We won {number} times. " * 10 for number in range(ROWS))
    rows = [json.dumps({"id": str(number), "text": text}) for number, text in enumerate(texts)]
    rows[150:150] = ["no JSON", json.dumps({"text": "\ufffc"})]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def local(source: Path) -> Path:
    """What one process makes of it."""
    output = source.parent / "local.csv.gz"
    assert finish(start(source, output, "auto")) == 2
    return output


def start(source: Path, output: Path, engine: str, *options: str) -> subprocess.Popen[str]:
    ray = ["--ray-memory", "0.3", *options] if engine == "ray" else []
    return subprocess.Popen(
        [sys.executable, "-c", SCORE, source, "--output", output, "--engine", engine, *ray],
        stderr=subprocess.PIPE,
        text=True,
        # A job of its own, as in a terminal, whatever this process ignores.
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def finish(process: subprocess.Popen[str]) -> int:
    _, errors = process.communicate(timeout=SECONDS)
    print(errors)  # noqa: T201
    return process.returncode


def wait_for_a_checkpoint(process: subprocess.Popen[str], output: Path) -> list[psutil.Process]:
    """Wait until a chunk is done; the processes that the run has begun."""
    checkpoint = output.with_name(f"{output.name}.checkpoint")
    deadline = time.monotonic() + SECONDS
    while not (checkpoint.exists() and json.loads(checkpoint.read_bytes())["chunks"]):
        assert process.poll() is None, finish(process)
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return psutil.Process(process.pid).children(recursive=True)


def assert_gone(processes: Sequence[psutil.Process]) -> None:
    """Ray's agents, which hold no model and no text, take minutes to see that they are alone."""
    names = {each.pid: each.name() for each in processes if each.is_running()}
    waited = [each for each in processes if not names.get(each.pid, "").endswith("Agent")]
    _, alive = psutil.wait_procs(waited, timeout=60)
    assert not [each for each in alive if each.status() != psutil.STATUS_ZOMBIE]


def assert_alike(output: Path, local: Path) -> None:
    assert output.read_bytes() == local.read_bytes()
    errors, counts = [], []
    for path in (output, local):
        errors.append(path.with_name(f"{path.name}.errors.jsonl").read_bytes())
        manifest = json.loads(path.with_name(f"{path.name}.manifest.json").read_bytes())
        counts.append({name: manifest[name] for name in ("fingerprint", "job", "counts")})
    assert errors[0] == errors[1]
    assert counts[0] == counts[1]


@slow
def test_the_files_are_those_of_one_process(source: Path, local: Path):
    output = source.parent / "ray.csv.gz"
    assert finish(start(source, output, "ray")) == 2
    assert_alike(output, local)


@slow
def test_what_was_killed_on_ray_is_ended_by_one_process(source: Path, local: Path):
    output = source.parent / "killed.csv.gz"
    process = start(source, output, "ray")
    begun = wait_for_a_checkpoint(process, output)
    process.kill()
    process.communicate()
    assert_gone(begun)
    assert finish(start(source, output, "auto")) == 2
    assert_alike(output, local)


@slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_interrupted_goes_on(number: int, source: Path, local: Path):
    output = source.parent / f"interrupted-{number}.csv.gz"
    process = start(source, output, "ray")
    begun = wait_for_a_checkpoint(process, output)
    # As a terminal does.
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    assert finish(process) == 130
    assert_gone(begun)
    assert finish(start(source, output, "ray")) == 2
    assert_alike(output, local)


def test_what_cannot_be_is_told(source: Path):
    def message(*options: str, engine: str = "ray") -> str:
        words = ["score", str(source), "--engine", engine, *options]
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 1
        return result.stderr

    assert "--format table: not with --engine ray" in message("--format", "table")
    assert "--ray-actors 3:2: LEAST is at least 1" in message("--ray-actors", "3:2")
    assert "--ray-cpus: only with --engine ray" in message("--ray-cpus", "2", engine="auto")
    assert "use HOST:PORT or auto" in message("--ray-address", "ray://head:10001")


@slow
def test_a_cluster_that_loses_a_node_writes_the_same(source: Path, local: Path):
    from ray.cluster_utils import Cluster

    node = {"include_dashboard": False, "object_store_memory": 100_000_000}
    # As on Kubernetes: the node on which this runs has no core for actors.
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, **node})
    try:
        kept, lost = (cluster.add_node(num_cpus=1, **node) for _ in range(2))
        output = source.parent / "two-nodes.csv.gz"
        options = ["--ray-address", cluster.address, "--ray-actors", "2", "--ray-cpus", "1"]
        process = start(source, output, "ray", *options)
        wait_for_a_checkpoint(process, output)
        cluster.remove_node(lost, allow_graceful=False)
        assert finish(process) == 2
        assert kept.remaining_processes_alive()
    finally:
        cluster.shutdown()
    assert_alike(output, local)
