"""The steps of ``framelens score``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import typer

from framelens.model import DocumentResult, InputError
from framelens.serve.bulk.chunks import in_chunks
from framelens.serve.bulk.duplicates import KnownTexts, once
from framelens.serve.bulk.encoder import Encoder
from framelens.serve.bulk.files import JobFiles
from framelens.serve.bulk.inputs import Inputs
from framelens.serve.bulk.meter import Position
from framelens.serve.bulk.progress import ProgressMode, Watch, progress
from framelens.serve.bulk.ray_cluster import RayOptions
from framelens.serve.bulk.ray_scorer import RayScorer
from framelens.serve.bulk.run import EncodeChunks, TooManyErrorsError, interruptible, run
from framelens.serve.bulk.scorer import ChunkScorer, ScoringSettings
from framelens.serve.bulk.sinks import FileSink, Sink, StreamSink
from framelens.serve.bulk.sources import STANDARD_INPUT, Source, is_address, upload
from framelens.serve.bulk.summary import write_summary, write_summary_as_json
from framelens.serve.bulk.tally import Tally
from framelens.serve.commands.table import write_table

__all__ = [
    "checked",
    "open_scorer",
    "open_sink",
    "run_job",
    "shown",
    "without_duplicates",
    "write_results",
]

INTERRUPTED = 130
TOO_MANY_FAILED = 3


def checked(output: str, sources: Sequence[Source]) -> Path:
    """The path of an output that may be written to; that of an address is in this folder.

    Raises:
        InputError: there can be no such file, or what belongs to it is read as well.
    """
    path = Path(output.rpartition("/")[2] if is_address(output) else output)
    if not path.name:
        raise InputError(f"--output {output}: names no file")
    if path.exists() and not path.is_file():
        raise InputError(f"--output {output}: is no file; leave --output out for standard output")
    # Not the link itself is to be replaced.
    path = path.resolve() if path.is_symlink() else path
    own = {_identity(each) for each in JobFiles(path).all if each.exists()}
    for source in sources if own else ():
        is_local = source.filesystem is None and source.path != STANDARD_INPUT
        if is_local and _identity(Path(source.path)) in own:
            raise InputError(f"{source.name}: is read as well; write to another file")
    return path


def open_scorer(
    settings: ScoringSettings, ray: RayOptions | None
) -> AbstractContextManager[ChunkScorer | RayScorer]:
    """What scores chunks until the end of the block: this process, or a cluster."""
    if ray is not None:
        return RayScorer.load(settings, ray)
    return nullcontext(ChunkScorer.load(settings))


def open_sink(
    path: Path | None,
    job: Mapping[str, Any],
    encoder: Encoder,
    restart: bool,
    output: str | None = None,
) -> Sink:
    """What takes a job's chunks: the files of a path, or standard output where there is none.

    Where ``output`` is an address, the files are copied to it in the end.

    Raises:
        InputError: the format cannot be written to standard output.
        BulkError: another process writes the files, or an earlier run had another job.
        OSError: a file cannot be opened.
    """
    if path is not None:
        return FileSink(
            path,
            job,
            begin=encoder.begin(),
            finish=encoder.finish if encoder.is_spooled else None,
            deliver=partial(_upload, output) if output and is_address(output) else None,
            restart=restart,
        )
    if encoder.is_spooled:
        raise InputError("--format parquet: needs a file; see --output")
    return StreamSink(sys.stdout.buffer, _warn, encoder.begin())


@contextmanager
def without_duplicates(
    scorer: ChunkScorer | RayScorer, path: Path | None
) -> Iterator[EncodeChunks]:
    """Scoring that leaves out texts that came before, for an output or standard output."""
    with closing(KnownTexts(JobFiles(path).texts if path else None)) as known:
        yield once(scorer.score_all, scorer.encoder.encode, known)


@contextmanager
def shown(mode: ProgressMode, inputs: Inputs, labels: Sequence[str]) -> Iterator[Watch]:
    """Progress on standard error until a job ends, and a summary if it comes to its end."""
    latest = Tally()

    def position() -> Position:
        return Position(inputs.position, inputs.size)

    with progress(mode, labels, position, sys.stderr) as show:

        def watch(tally: Tally) -> None:
            nonlocal latest
            latest = tally
            show(tally)

        yield watch
    if mode == "json":
        write_summary_as_json(latest, sys.stderr)
    elif mode == "auto":
        write_summary(latest, labels, sys.stderr)


def run_job(
    inputs: Inputs, encode: EncodeChunks, sink: Sink, most_errors: int | None, watch: Watch
) -> Tally:
    """Score what a sink does not have yet, and end the process where it comes to no end."""
    try:
        with interruptible():
            run(in_chunks(inputs.rows()), encode, sink, most_errors, watch)
    except TooManyErrorsError as error:
        typer.echo(f"framelens: error: {error}", err=True)
        raise typer.Exit(TOO_MANY_FAILED) from None
    except KeyboardInterrupt:
        advice = "; the same command goes on" if isinstance(sink, FileSink) else ""
        typer.echo(f"framelens: interrupted at row {sink.tally.rows:,}{advice}", err=True)
        raise typer.Exit(INTERRUPTED) from None
    return sink.tally


def write_results(scorer: ChunkScorer, inputs: Inputs, path: Path | None) -> Tally:
    """Write tables for people, to a file or standard output."""
    tally = Tally()

    def results() -> Iterator[DocumentResult]:
        for chunk, scored in scorer.results(in_chunks(inputs.rows())):
            remaining = iter(scored)
            for row in chunk.rows:
                place = row.id or f"{row.source}:{row.number}"
                result = next(remaining) if row.document else DocumentResult(place, error=row.fault)
                tally.rows += 1
                tally.failed += result.error is not None
                yield result

    with nullcontext(sys.stdout) if path is None else path.open("w", encoding="utf-8") as stream:
        write_table(results(), scorer.classifier.artefact.scheme, stream)
    return tally


def _upload(address: str, files: JobFiles) -> None:
    """Copy the files of a complete job; those that others wait for come last."""
    folder = address.rpartition("/")[0]
    for path in (files.errors, files.manifest, files.output):
        if path.exists():
            upload(path, f"{folder}/{path.name}")


def _warn(errors: bytes) -> None:
    for error in map(json.loads, errors.splitlines()):
        place = f"{error['source']}:{error['line']}"
        typer.echo(f"framelens: warning: {place}: {error['reason']}", err=True)


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino
