"""Killed at any moment, the same command goes on and writes what it would have written."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

KILLS = int(os.environ.get("FRAMELENS_KILLS", "2"))
"""Random moments for each output; fifty take an hour."""

SCORE = """
import sys
from framelens.serve.bulk import chunks, sinks
from framelens.serve.commands import app
chunks.CHUNK_ROWS, sinks.CHECKPOINT_SECONDS = 8, 0
app(["score", *sys.argv[1:]], prog_name="framelens")
"""
DOCUMENTS = 100

WORDS = ["we", "they", "won", "lost", "said", "peace", "our", "brave", "never", "market", "rain"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Documents of one to twelve sentences, some without any."""
    draw = random.Random(7)  # noqa: S311
    path = tmp_path_factory.mktemp("kill") / "in.jsonl"

    def sentence() -> str:
        words = draw.choices(WORDS, k=draw.randint(3, 30))
        return f"{' '.join(words).capitalize()}."

    texts = [
        " ".join(sentence() for _ in range(draw.choice((0, 1, 2, 12)))) for _ in range(DOCUMENTS)
    ]
    texts[1::5] = texts[0::5]  # As --duplicates finds them.
    lines = (json.dumps({"id": n, "text": text, "n": n}) for n, text in enumerate(texts))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def start(source: Path, output: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCORE, source, "--output", output, *options],
        stderr=subprocess.PIPE,
        text=True,
        # As in a terminal, whatever this process ignores.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )


def written(output: Path) -> dict[str, bytes]:
    """The files of a job, but for the times in its manifest."""
    files = {path.name: path.read_bytes() for path in output.parent.iterdir()}
    name = f"{output.name}.manifest.json"
    manifest = json.loads(files.pop(name))
    del manifest["started_at"], manifest["ended_at"]
    return {**files, name: json.dumps(manifest).encode()}


@pytest.fixture(scope="module")
def draw() -> random.Random:
    return random.Random(7)  # noqa: S311


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("out.jsonl", []),
        ("out.csv.gz", ["--explode"]),
        ("out.parquet", []),
        ("out.jsonl.zst", ["--evidence"]),
        ("out.tsv", ["--duplicates", "once"]),
    ],
)
def test_killed_at_random_moments(
    source: Path, tmp_path: Path, draw: random.Random, name: str, options: list[str]
):
    whole = tmp_path / "whole" / name
    whole.parent.mkdir()
    began = time.monotonic()
    process = start(source, whole, *options)
    process.communicate()
    assert process.returncode == 2
    seconds = time.monotonic() - began
    expected = written(whole)
    kills = ends = 0
    while kills < KILLS:
        output = tmp_path / str(ends) / name
        output.parent.mkdir(exist_ok=True)
        process = start(source, output, *options)
        try:
            process.communicate(timeout=draw.uniform(0.1, 1) * seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            kills += 1
        process.communicate()
        if process.returncode == 2:
            assert written(output) == expected
            ends += 1
    process = start(source, output, *options)
    process.communicate()
    assert process.returncode == 2
    assert written(output) == expected


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_keeps_what_is_done(source: Path, tmp_path: Path, number: signal.Signals):
    output = tmp_path / "out.jsonl"
    process = start(source, output)
    checkpoint = tmp_path / "out.jsonl.checkpoint"
    while not checkpoint.exists():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    _, message = process.communicate(timeout=60)
    rows = json.loads(checkpoint.read_text())["tally"]["rows"]
    assert message == f"framelens: interrupted at row {rows}; the same command goes on\n"
    assert process.returncode == 130
    again = start(source, output)
    again.communicate()
    assert again.returncode == 2
    assert (
        json.loads((tmp_path / "out.jsonl.manifest.json").read_text())["counts"]["rows"]
        == DOCUMENTS
    )
    assert {path.name for path in tmp_path.iterdir()} == {
        "out.jsonl",
        "out.jsonl.errors.jsonl",
        "out.jsonl.manifest.json",
    }
