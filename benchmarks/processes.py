"""Commands in processes of their own: how long they take, and how much memory at most."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.environments import MissingError

__all__ = ["COMMANDS", "Finished", "last_words", "module", "peak_bytes", "run_to_the_end"]

COMMANDS = "framelens.serve.commands"
"""The module of framelens's command line."""

ROOT = Path(__file__).parents[1]
WATCH = 0.05
PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


@dataclass(frozen=True)
class Finished:
    """A command that ended well: its output, seconds from start to end, highest resident bytes."""

    output: str
    seconds: float
    peak: float


def module(name: str, *arguments: str | Path) -> list[str | Path]:
    """The command that runs a module of this environment."""
    return [sys.executable, "-m", name, *arguments]


def peak_bytes(process: int | str = "self") -> float:
    """The most that a process has had in memory, or 0 for one that has ended.

    Not what ``getrusage`` tells, which for a child begins with the peak of its parent.
    """
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    found = PEAK.search(status)
    return float(found[1]) * 1024 if found else 0.0


def run_to_the_end(
    command: Sequence[str | Path], variables: Mapping[str, str] | None = None
) -> Finished:
    """Run a command in the project's folder, watching its memory.

    Raises:
        MissingError: it failed; the message has its last words.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=output,
            stderr=errors,
            env={**os.environ, **(variables or {})},
        )
        peak = 0.0
        while process.poll() is None:
            peak = max(peak, peak_bytes(process.pid))
            time.sleep(WATCH)
        seconds = time.perf_counter() - begin
        if process.returncode:
            errors.seek(0)
            raise MissingError(last_words(errors.read()))
        output.seek(0)
        return Finished(output.read(), seconds, peak)


def last_words(log: str) -> str:
    """The last line of a process's messages that says anything."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it gave no reason"
