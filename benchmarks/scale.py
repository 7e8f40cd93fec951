"""What a billion sentences take past this machine, reckoned from what each step takes here.

Every step but the engine's has the processor time of the process, whatever thread computes: the
tokenizer has threads of its own. The engine's time is that of all cores.
"""

from __future__ import annotations

import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.contenders import Models
from benchmarks.documents import Documents
from benchmarks.efforts import Effort
from benchmarks.figures import Spread
from benchmarks.ideal import operations_per_token
from benchmarks.machine import versions
from benchmarks.report import number, paragraph, table, write_report
from benchmarks.rows import rows_by_kind, write_rows
from framelens.serve.bulk.chunks import in_chunks
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.inputs import Inputs
from framelens.serve.bulk.rows import Chunk
from framelens.serve.bulk.scorer import ChunkScorer, ScoringSettings
from framelens.serve.bulk.sinks import FileSink

__all__ = ["H100_SHARE", "Costs", "Plan", "measure_scale", "plans"]

BILLION = 1e9
CORES = (2, 64, 1_000)
GPUS = (1, 8)
CORES_BESIDE_GPU = 16
H100_OPERATIONS = 989e12
"""Of bf16 a second at best, without sparsity
(https://www.nvidia.com/en-us/data-center/h100/)."""

H100_SHARE = 0.2
"""What the engine got of its processor's best matrix products (``engines.md``), taken over."""

Result = TypeVar("Result")


@dataclass(frozen=True)
class Costs:
    """Microseconds of one core for a sentence, step by step."""

    read: float
    prepare: float
    engine: float
    finish: float
    encode: float
    write: float
    travel: float
    """To another process and back, which a cluster adds."""
    tokens: float
    """Of a sentence: no time."""

    @property
    def process(self) -> float:
        """What one process does beside its engine, reckoned as if its one thread did all of it."""
        return self.read + self.prepare + self.finish + self.encode + self.write

    @property
    def driver(self) -> float:
        """What the one process does that reads and writes for a cluster."""
        return self.read + self.travel + self.write

    @property
    def actor(self) -> float:
        """What others do for it on one thread beside their engine."""
        return self.prepare + self.finish + self.encode + self.travel


@dataclass(frozen=True)
class Plan:
    """A way to score many sentences, and what ends its growth."""

    machine: str
    way: str
    rate: float
    """Sentences a second."""
    limit: str

    @property
    def hours(self) -> float:
        """For a billion."""
        return BILLION / self.rate / 3600


def plans(costs: Costs, operations: float) -> Iterator[Plan]:
    """What machines do at best.

    Args:
        costs: of a sentence.
        operations: of the network for a token.
    """
    for cores in CORES:
        machine = f"{cores:,} cores"
        one = cores * 1e6 / (costs.engine + costs.process)
        yield _lesser(machine, "one process", one, 1e6 / costs.process, "its one thread")
        many = cores * 1e6 / (costs.engine + costs.actor)
        driver = 1e6 / costs.driver
        yield _lesser(machine, "Ray, one job", many, driver, "the process that reads and writes")
        if many > driver:
            jobs = -int(-many // driver)
            yield Plan(machine, f"Ray, {jobs} jobs, a part of the files each", many, "the cores")
    for gpus in GPUS:
        engine = gpus * H100_OPERATIONS * H100_SHARE / (operations * costs.tokens)
        cores = gpus * CORES_BESIDE_GPU
        fed = cores * 1e6 / (costs.actor + costs.driver)
        machine = f"{gpus} H100, {cores} cores (not measured)"
        yield _lesser(machine, f"Ray, {cores} actors", engine, fed, "the cores that feed it", "GPU")


def measure_scale(models: Models, documents: Documents, effort: Effort, folder: Path) -> Path:
    """Time every step over short and long rows; write ``scale.md`` and ``scale.json``."""
    inputs = rows_by_kind(documents, effort)
    scorer = ChunkScorer.load(ScoringSettings(models.artefact))
    costs: dict[str, Costs] = {}
    for kind, texts in inputs.items():
        print(f"scale: {kind}", flush=True)
        rounds = [_costs(scorer, texts) for _ in range(effort.rounds)]
        fields = Costs.__dataclass_fields__
        costs[kind] = Costs(
            **{name: Spread.of([getattr(each, name) for each in rounds]).median for name in fields}
        )
    artefact = scorer.classifier.artefact
    operations = operations_per_token(artefact.folder, artefact.manifest.window)
    plan = {kind: list(plans(each, operations)) for kind, each in costs.items()}
    content = {
        "documents": documents.source,
        "versions": versions(("framelens", "openvino")),
        "effort": effort,
        "microseconds": costs,
        "operations_per_token": operations,
        "plans": plan,
    }
    return write_report(folder, "scale", _page(costs, plan, documents, effort), content)


def _costs(scorer: ChunkScorer, texts: Sequence[str]) -> Costs:
    classifier = scorer.classifier
    with tempfile.TemporaryDirectory() as name:
        source = write_rows(Path(name) / "rows.jsonl", texts)
        read, chunks = _timed(lambda: list(in_chunks(Inputs([str(source)]).rows())))
        documents = [[row.document for row in each.rows if row.document] for each in chunks]
        prepare, prepared = _timed(lambda: [classifier.prepare(each) for each in documents])
        begin = time.perf_counter()
        pending = [classifier.start(each, apart=True) for each in prepared]
        outputs = [each.result() for each in pending]
        engine = (time.perf_counter() - begin) * (os.cpu_count() or 1)
        pairs = list(zip(prepared, outputs, strict=True))
        finish, results = _timed(lambda: [classifier.finish(*pair) for pair in pairs])
        scored = list(zip(chunks, results, strict=True))
        encode, encoded = _timed(lambda: [scorer.encoder.encode(*pair) for pair in scored])
        sink = FileSink(Path(name) / "out.jsonl", {}, begin=scorer.encoder.begin())
        write, _ = _timed(lambda: _write(sink, chunks, encoded))
        sink.close()
        there, _ = _timed(lambda: [pickle.loads(pickle.dumps(each)) for each in chunks])  # noqa: S301
        back, _ = _timed(lambda: [pickle.loads(pickle.dumps(each)) for each in encoded])  # noqa: S301
    count = sum(each.tally.sentences for each in encoded)
    seconds = (read, prepare, engine, finish, encode, write, there + back)
    tokens = sum(each.tally.tokens for each in encoded) / count
    return Costs(*(each / count * 1e6 for each in seconds), tokens)


def _write(sink: FileSink, chunks: Sequence[Chunk], encoded: Sequence[EncodedChunk]) -> None:
    for _, each in zip(sink.left(chunks), encoded, strict=True):
        sink.append(each)


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds that this process computes, and what comes of it."""
    begin = time.process_time()
    result = work()
    return time.process_time() - begin, result


def _lesser(
    machine: str, way: str, rate: float, bound: float, limit: str, otherwise: str = "cores"
) -> Plan:
    if rate <= bound:
        return Plan(machine, way, rate, f"the {otherwise}")
    return Plan(machine, way, bound, limit)


def _page(
    costs: Mapping[str, Costs],
    plan: Mapping[str, Sequence[Plan]],
    documents: Documents,
    effort: Effort,
) -> Iterator[str]:
    yield "Past this machine"
    yield paragraph(
        f"Texts {documents.source}; medians of {effort.rounds} rounds. Microseconds of one core "
        "for a sentence; *travel* is to pickle a chunk and its results and to read both again."
    )
    yield ""
    steps = [name for name in Costs.__dataclass_fields__ if name != "tokens"]
    yield from table(
        ("rows", *steps, "tokens of a sentence"),
        [
            (
                kind,
                *(number(getattr(each, name), 1) for name in steps),
                number(each.tokens, 1),
            )
            for kind, each in costs.items()
        ],
    )
    yield paragraph(
        "What follows for a billion sentences, if nothing else is in the way. It is reckoned, not "
        "measured. No GPU was at hand: "
        f"{H100_SHARE:.0%} of the {H100_OPERATIONS / 1e12:.0f} TFLOP/s of an H100's data sheet is "
        "taken, the share that the engine got of its processor's best matrix products "
        "([engines](engines.md))."
    )
    yield ""
    for kind, each in plan.items():
        yield f"## {kind.partition(':')[0].capitalize()} rows"
        yield ""
        yield from table(
            ("machine", "way", "sentences/s", "hours for a billion", "limited by"),
            [_row(way) for way in each],
        )


def _row(plan: Plan) -> tuple[Any, ...]:
    return plan.machine, plan.way, number(plan.rate), number(plan.hours, 1), plan.limit
