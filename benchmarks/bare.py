"""framelens without a server, under the same loads: what serving could reach at best.

``python -m benchmarks.bare PLAN.json`` classifies for as long as the plan says. A single client
waits for each of its documents, so it gets one at a time; of more clients none waits, so the
classifier gets many documents at once.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.figures import percentile
from benchmarks.load import Outcome
from framelens.model import Document, FramingClassifier

__all__ = ["BARE", "BarePlan", "run"]

BARE = "framelens, no server"
"""What reports call it."""

SENTENCES_AT_ONCE = 1024


@dataclass(frozen=True)
class BarePlan:
    """What to classify for how long; each request is a list of sentences."""

    model: str
    requests: Sequence[Sequence[str]]
    clients: int
    warm_up: float
    seconds: float


def run(plan: BarePlan) -> Outcome:
    """Classify for the warm-up and then for the measured seconds."""
    classifier = FramingClassifier.load(plan.model)
    calls = itertools.cycle(_calls(plan))
    _classify(classifier, calls, plan.warm_up)
    processor = time.process_time()
    begin = time.perf_counter()
    latencies, sentences = _classify(classifier, calls, plan.seconds)
    seconds = time.perf_counter() - begin
    # A call of many documents is no client's latency.
    waited = latencies if plan.clients == 1 else []
    return Outcome(
        requests=len(latencies) / seconds,
        sentences=sentences / seconds,
        p50=percentile(waited, 0.5),
        p99=percentile(waited, 0.99),
        failed=0,
        client_cores=(time.process_time() - processor) / seconds,
    )


def _calls(plan: BarePlan) -> Iterator[list[Document]]:
    """The documents of each call of the classifier."""
    group: list[Document] = []
    sentences = 0
    for request in plan.requests:
        group.append(Document(sentences=request))
        sentences += len(request)
        if plan.clients == 1 or sentences >= SENTENCES_AT_ONCE:
            yield group
            group, sentences = [], 0
    if group:
        yield group


def _classify(
    classifier: FramingClassifier, calls: Iterator[list[Document]], seconds: float
) -> tuple[list[float], int]:
    """The seconds of each call, and the sentences of all of them."""
    latencies: list[float] = []
    sentences = 0
    begin = time.perf_counter()
    while not latencies or time.perf_counter() - begin < seconds:
        call = time.perf_counter()
        results = classifier.classify(next(calls))
        latencies.append(time.perf_counter() - call)
        sentences += sum(len(result.sentences) for result in results)
    return latencies, sentences


if __name__ == "__main__":
    outcome = run(BarePlan(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
    print(json.dumps(asdict(outcome)))
