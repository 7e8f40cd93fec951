"""Files of any length: a job beside its engine alone, a million sentences, and a cluster."""

from __future__ import annotations

import importlib.util
import json
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from benchmarks.contenders import Models
from benchmarks.documents import Documents
from benchmarks.efforts import Effort
from benchmarks.figures import MEGABYTE, Spread
from benchmarks.machine import versions
from benchmarks.report import number, paragraph, spread, table, write_report
from benchmarks.rows import readable_sentences, rows_by_kind, score_rows, write_rows
from framelens.model import split_sentences
from framelens.serve.bulk.chunks import in_chunks
from framelens.serve.bulk.inputs import Inputs
from framelens.serve.bulk.run import run
from framelens.serve.bulk.scorer import ChunkScorer, ScoringSettings
from framelens.serve.bulk.sinks import FileSink

__all__ = ["measure_bulk"]


@dataclass(frozen=True)
class _Beside:
    """Seconds of a job from its first row to its manifest, and of the engine alone, by rounds."""

    sentences: int
    job: list[float]
    engine: list[float]

    @property
    def ratio(self) -> Spread:
        """The job's rate against the engine's."""
        return Spread.of([one / other for one, other in zip(self.engine, self.job, strict=True)])


@dataclass(frozen=True)
class _Run:
    """``framelens score`` from the start of the process to its end."""

    documents: int
    sentences: int
    seconds: float
    peak: float
    """Of the process that reads and writes, in bytes."""

    @property
    def rate(self) -> float:
        """Sentences a second."""
        return self.sentences / self.seconds


def measure_bulk(models: Models, documents: Documents, effort: Effort, folder: Path) -> Path:
    """Measure all of it; write ``bulk.md`` and ``bulk.json``."""
    inputs = rows_by_kind(documents, effort)
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        beside = {
            kind: _beside(models, texts, effort, scratch, kind) for kind, texts in inputs.items()
        }
        print("bulk: many sentences", flush=True)
        many = _score(models, _many(documents.texts, effort.bulk_sentences, scratch), scratch)
        engines = _engines(models, readable_sentences(documents), effort, scratch)
    content = {
        "documents": documents.source,
        "versions": versions(("framelens", "openvino", "ray")),
        "effort": effort,
        "beside_the_engine": beside,
        "many": many,
        "engines": engines,
    }
    return write_report(folder, "bulk", _page(beside, many, engines, documents, effort), content)


def _beside(
    models: Models, texts: Sequence[str], effort: Effort, scratch: Path, kind: str
) -> _Beside:
    """A job and its engine on the very same windows, in turns and in one process."""
    source = write_rows(scratch / "rows.jsonl", texts)
    scorer = ChunkScorer.load(ScoringSettings(models.artefact))
    classifier = scorer.classifier
    prepared = [
        classifier.prepare([row.document for row in chunk.rows if row.document])
        for chunk in in_chunks(Inputs([str(source)]).rows())
    ]
    found = _Beside(sum(_sentences(text) for text in texts), [], [])
    for turn in range(effort.rounds + 1):
        print(f"bulk: round {turn}, {kind}", flush=True)
        begin = time.perf_counter()
        for pending in [classifier.start(each, apart=True) for each in prepared]:
            pending.result()
        between = time.perf_counter()
        sink = FileSink(scratch / "out.jsonl", {}, begin=scorer.encoder.begin(), restart=True)
        run(in_chunks(Inputs([str(source)]).rows()), scorer.score_all, sink)
        end = time.perf_counter()
        if turn:  # The first one is to warm up.
            found.engine.append(between - begin)
            found.job.append(end - between)
    return found


def _engines(
    models: Models, pool: Sequence[str], effort: Effort, scratch: Path
) -> dict[str, _Run | str]:
    """A Parquet file of short texts, by one process and by Ray on this machine."""
    texts = [text for text, _ in zip(cycle(pool), range(effort.bulk_documents), strict=False)]
    ids = [str(place) for place in range(len(texts))]
    source = scratch / "texts.parquet"
    parquet.write_table(pa.table({"id": ids, "text": texts}), source)
    print("bulk: Parquet, one process", flush=True)
    engines: dict[str, _Run | str] = {"one process": _score(models, source, scratch, "parquet")}
    if importlib.util.find_spec("ray") is None:
        return {**engines, "ray": "Ray is not installed"}
    whole = (scratch / "out.parquet").read_bytes()
    print("bulk: Parquet, Ray", flush=True)
    engines["ray"] = _score(models, source, scratch, "parquet", "--engine", "ray")
    if (scratch / "out.parquet").read_bytes() != whole:
        engines["ray"] = "its output is another one"
    return engines


def _score(
    models: Models, source: Path, scratch: Path, suffix: str = "jsonl", *options: str
) -> _Run:
    target = scratch / f"out.{suffix}"
    done = score_rows(models.artefact, source, target, "--restart", "--quiet", *options)
    manifest = json.loads(target.with_name(f"{target.name}.manifest.json").read_bytes())
    counts = manifest["counts"]
    return _Run(counts["rows"], counts["sentences"], done.seconds, done.peak)


def _many(texts: Sequence[str], count: int, scratch: Path) -> Path:
    """A file of documents with so many sentences or a few more, from the beginning again."""

    def until_enough() -> Iterator[str]:
        missing = count
        for text in cycle(texts):
            if missing <= 0:
                return
            missing -= _sentences(text)
            yield text

    return write_rows(scratch / "many.jsonl", until_enough())


def _sentences(text: str) -> int:
    return len(split_sentences(text))


def _page(
    beside: dict[str, _Beside],
    many: _Run,
    engines: dict[str, _Run | str],
    documents: Documents,
    effort: Effort,
) -> Iterator[str]:
    yield "Bulk scoring"
    yield paragraph(
        f"Texts {documents.source}. First a job of `framelens score` from its first row to its "
        "manifest, without the start of the process, beside its engine alone on the very same "
        f"windows, in one process and in turns; medians of {effort.rounds} rounds."
    )
    yield ""
    yield from table(
        ("rows", "sentences", "job, sentences/s", "engine, sentences/s", "ratio", "spread"),
        [
            (
                kind,
                number(each.sentences),
                number(each.sentences / Spread.of(each.job).median),
                number(each.sentences / Spread.of(each.engine).median),
                number(each.ratio.median, 3),
                spread(each.ratio),
            )
            for kind, each in beside.items()
        ],
    )
    yield paragraph(
        "Then whole runs, once, from the start of the process to its end: documents as they are, "
        "over and over, from JSONL to JSONL; and a Parquet file of single sentences, by one "
        "process and by `--engine ray` on this machine, which write the same bytes. The memory "
        "is that of the process that reads and writes."
    )
    yield ""
    runs: dict[str, _Run | str] = {"documents as they are": many}
    yield from _run_lines(runs | {f"Parquet, {name}": each for name, each in engines.items()})


def _run_lines(runs: Mapping[str, _Run | str]) -> Iterator[str]:
    yield from table(
        ("", "documents", "sentences", "seconds", "sentences/s", "peak memory, MB"),
        [
            (
                name,
                number(each.documents),
                number(each.sentences),
                number(each.seconds, 1),
                number(each.rate),
                number(each.peak / MEGABYTE),
            )
            for name, each in runs.items()
            if isinstance(each, _Run)
        ],
    )
    for name, reason in runs.items():
        if isinstance(reason, str):
            yield f"{name} has no figure: {reason}."
