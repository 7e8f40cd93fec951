"""``framelens score``: documents from files in, framed sentences out."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TextIO

import typer

from framelens.model import DEFAULT, Document, DocumentResult, FramingClassifier, InputError
from framelens.model.batching import Output
from framelens.model.classifier import Prepared
from framelens.serve.commands.documents import InputFormat, in_groups, read_documents
from framelens.serve.commands.options import Engine, Model, Precision
from framelens.serve.commands.rows import Columns
from framelens.serve.commands.source import STANDARD_INPUT
from framelens.serve.commands.table import write_table

if TYPE_CHECKING:
    from framelens.serve.thresholds import ThresholdSet

__all__ = ["score"]


def score(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Files to read; standard input is - or none.", metavar="FILE|-"),
    ] = None,
    model: Model = DEFAULT,
    engine: Engine = "auto",
    precision: Precision = "auto",
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Say what each word adds to its sentence's label.")
    ] = False,
    review_below: Annotated[
        float | None,
        typer.Option(
            help="Mark sentences with a lower confidence, from 0 (none) to 1, for review.",
            metavar="CONFIDENCE",
            show_default="the model's own threshold",
        ),
    ] = None,
    input_format: Annotated[
        InputFormat,
        typer.Option(
            help="What the files hold; auto goes by the suffix: .jsonl, .ndjson, .csv, .tsv, "
            "else text, one document a file."
        ),
    ] = "auto",
    text_column: Annotated[
        str, typer.Option(help="Column of a table that holds the text.", metavar="NAME")
    ] = "text",
    id_column: Annotated[
        str | None,
        typer.Option(
            help="Column of a table that holds the id.",
            metavar="NAME",
            show_default="id, where there is one",
        ),
    ] = None,
    output_format: Annotated[
        Literal["auto", "table", "jsonl"],
        typer.Option("--format", help="auto is a table on a terminal and JSONL elsewhere."),
    ] = "auto",
    output: Annotated[
        Path | None,
        typer.Option(help="File to write instead of standard output.", metavar="FILE"),
    ] = None,
) -> None:
    """Label every sentence of the documents in files.

    A JSONL line is an object with "text" or "sentences", and "id" if you like. Exit code 2
    says that some documents could not be scored; their "error" says why.
    """
    files = files or [STANDARD_INPUT]
    _check(files, output, review_below)
    classifier = FramingClassifier.load(model, engine, precision)
    documents = read_documents(files, input_format, Columns(text_column, id_column))
    tally = _Tally()
    results = tally.count(_classify(classifier, documents, evidence, review_below))
    with _open(output) as stream:
        if output_format == "table" or (output_format == "auto" and stream.isatty()):
            write_table(results, classifier.artefact.scheme, stream)
        else:
            _write_lines(results, _thresholds(classifier, review_below), stream)
    if tally.failed:
        counts = f"{tally.failed} of {tally.documents} documents"
        typer.echo(f"framelens: warning: {counts} could not be scored", err=True)
        raise typer.Exit(2)


@dataclass
class _Tally:
    """How many results have passed by, and how many of them are errors."""

    documents: int = 0
    failed: int = 0

    def count(self, results: Iterable[DocumentResult]) -> Iterator[DocumentResult]:
        for result in results:
            self.documents += 1
            self.failed += result.error is not None
            yield result


def _check(files: Sequence[str], output: Path | None, review_below: float | None) -> None:
    """Find out before the output is opened that a file is missing or an option wrong."""
    if review_below is not None and not 0 <= review_below <= 1:
        raise InputError(f"--review-below: {review_below} is not between 0 and 1")
    for path in (Path(file) for file in files if file != STANDARD_INPUT):
        path.stat()
        if output is not None and output.exists() and output.samefile(path):
            raise InputError(f"{output}: is read as well; write to another file")


def _classify(
    classifier: FramingClassifier,
    documents: Iterable[Document],
    evidence: bool,
    review_below: float | None,
) -> Iterator[DocumentResult]:
    groups = (_start(classifier, group) for group in in_groups(documents))
    # The next group is prepared while the engine works on this one.
    for (prepared, outputs), _ in pairwise(chain(groups, [_start(classifier, [])])):
        yield from classifier.finish(
            prepared, outputs.result(), evidence=evidence, review_below=review_below
        )


def _start(
    classifier: FramingClassifier, documents: Sequence[Document]
) -> tuple[list[Prepared], Future[list[Output]]]:
    prepared = classifier.prepare(documents)
    return prepared, classifier.start(prepared)


def _open(output: Path | None) -> AbstractContextManager[TextIO]:
    if output is None:
        return nullcontext(sys.stdout)
    return output.open("w", encoding="utf-8", newline="\n")


def _thresholds(classifier: FramingClassifier, review_below: float | None) -> ThresholdSet:
    from framelens.serve.thresholds import model_thresholds, request_thresholds

    if review_below is None:
        return model_thresholds(classifier.artefact.manifest)
    return request_thresholds(review_below)


def _write_lines(
    results: Iterable[DocumentResult], thresholds: ThresholdSet, stream: TextIO
) -> None:
    """Write the documents as the HTTP service answers them, each as it comes."""
    from framelens.serve.answers import json_pieces

    for result in results:
        stream.writelines(json_pieces(result, thresholds))
        stream.write("\n")
        stream.flush()
