"""An engine in a process of its own, as who compares engines sees it: asked for rounds in turn."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from benchmarks.environments import MissingError
from benchmarks.figures import Spread
from benchmarks.processes import module

__all__ = ["Engine", "EngineProcess", "Measured"]

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Engine:
    """An engine to measure; framelens's own chooses precision and window by itself."""

    name: str
    engine: str
    model: str
    precision: str = "auto"
    network: Path | None = None
    window: int = 0


@dataclass
class Measured:
    """What the rounds of one engine gave, each over its share of the texts.

    ``tokens``, ``sentences`` and ``seconds`` have an entry for each round; ``labels`` are those of
    all rounds.
    """

    precision: str
    start_seconds: float
    labels: list[str] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    sentences: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    peak: float = 0.0

    def rate(self, items: Sequence[int]) -> Spread:
        """Items a second, of which each round had so many."""
        pairs = zip(items, self.seconds, strict=True)
        return Spread.of([count / seconds for count, seconds in pairs])

    def against(self, other: Measured) -> float:
        """How many times as fast it is as another, over the same texts: the rounds' median."""
        pairs = zip(self.seconds, other.seconds, strict=True)
        return Spread.of([theirs / ours for ours, theirs in pairs]).median


class EngineProcess:
    """One engine in a process of its own, ready for rounds."""

    def __init__(self, engine: Engine, folder: Path, texts: Path) -> None:
        settings = folder / f"{engine.name}.json"
        settings.write_text(json.dumps(asdict(engine), default=str), encoding="utf-8")
        command = module("benchmarks.engine_process", settings, texts)
        begin = time.perf_counter()
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        precision = self._answer()["precision"]
        self.measured = Measured(precision, time.perf_counter() - begin)

    def __enter__(self) -> EngineProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def take_turn(self, turn: int, rounds: int) -> None:
        """Classify a round's share of the texts."""
        stdin = cast(IO[str], self._process.stdin)
        stdin.write(f"{turn} {rounds}\n")
        stdin.flush()
        answer = self._answer()
        self.measured.seconds.append(answer["seconds"])
        self.measured.tokens.append(answer["tokens"])
        self.measured.sentences.append(len(answer["labels"]))
        self.measured.labels += answer["labels"]
        self.measured.peak = answer["peak"]

    def _answer(self) -> dict[str, Any]:
        line = cast(IO[str], self._process.stdout).readline()
        if not line:
            raise MissingError("the process stopped; its error stands above")
        answer: dict[str, Any] = json.loads(line)
        return answer
