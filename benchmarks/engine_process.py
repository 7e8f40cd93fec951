"""One engine in a process of its own.

``python -m benchmarks.engine_process ENGINE.json TEXTS.json`` tells its number format when it
has classified a first sentence. Then, for each line on standard input, a round and how many there
are, it classifies the round's share of the texts and writes what that took, in JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.processes import peak_bytes
from framelens.model import Artefact, FramingClassifier

__all__ = ["OURS", "main"]

OURS = "framelens"
FIRST = "Two ships left before noon."

Classify = Callable[[Sequence[str]], tuple[list[str], int]]


def main(engine: Path, texts: Path) -> None:
    """Load, then run rounds until standard input ends."""
    classify, precision = _load(json.loads(engine.read_text(encoding="utf-8")))
    classify([FIRST])
    _tell({"precision": precision})
    documents = json.loads(texts.read_text(encoding="utf-8"))
    for line in sys.stdin:
        turn, rounds = map(int, line.split())
        share = documents[turn::rounds]
        begin = time.perf_counter()
        labels, tokens = classify(share)
        seconds = time.perf_counter() - begin
        answer = {"seconds": seconds, "tokens": tokens, "labels": labels}
        _tell(answer | {"peak": peak_bytes()})


def _load(engine: dict[str, Any]) -> tuple[Classify, str]:
    """What classifies, and its number format."""
    if engine["engine"] == OURS:
        classifier = FramingClassifier.load(engine["model"])
        return _ours(classifier), classifier.engine.precision
    from benchmarks.plain_engines import PlainClassifier, load_engine

    run = load_engine(engine["engine"], engine["precision"], Path(engine["network"]))
    plain = PlainClassifier(Artefact.load(engine["model"]), run, engine["window"])
    return plain, engine["precision"]


def _ours(classifier: FramingClassifier) -> Classify:
    def classify(texts: Sequence[str]) -> tuple[list[str], int]:
        results = classifier.classify(texts)
        found = [sentence for result in results for sentence in result.sentences]
        return [sentence.label for sentence in found], sum(each.tokens for each in found)

    return classify


def _tell(message: dict[str, Any]) -> None:
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
