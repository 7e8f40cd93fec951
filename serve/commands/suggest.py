"""``framelens suggest``: a sheet of sentences to label next, and such sheets read back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from framelens.model import FramelensError, FramingClassifier, Scheme, read_scheme, split_sentences
from framelens.serve.commands.extras import needs_extra
from framelens.serve.commands.options import (
    IdColumn,
    InputFormat,
    SchemeFile,
    TextColumn,
    Texts,
)

if TYPE_CHECKING:
    from framelens.serve.bulk.rows import Row
    from framelens.training.suggestion import SplitDocument

__all__ = ["suggest"]


def suggest(
    output: Annotated[
        Path, typer.Option(help="File to write: a sheet in CSV, or of --read, documents in JSONL.")
    ],
    files: Annotated[
        list[str] | None,
        typer.Argument(
            help="Text without labels: files, folders, patterns or addresses.", metavar="FILE"
        ),
    ] = None,
    count: Annotated[int, typer.Option(help="Sentences to choose.", min=1)] = 100,
    model: Annotated[
        str | None,
        typer.Option(
            help="Model of the same labels, to find what it is unsure of.",
            metavar="PATH|NAME",
            show_default="none, only variety counts",
        ),
    ] = None,
    labelled: Annotated[
        list[Path] | None, typer.Option(help="Labelled files, whose sentences are not chosen.")
    ] = None,
    random_share: Annotated[
        float, typer.Option(help="Share that chance draws.", min=0.0, max=1.0)
    ] = 0.2,
    context: Annotated[
        int, typer.Option(help="Sentences to show before and after each.", min=0)
    ] = 2,
    seed: Annotated[int, typer.Option(help="Another seed draws others.")] = 0,
    input_format: Annotated[
        InputFormat, typer.Option(help="What the files hold; auto goes by the suffix.")
    ] = "auto",
    text_column: TextColumn = "text",
    id_column: IdColumn = None,
    read: Annotated[
        list[Path] | None,
        typer.Option(help="Sheet that was filled in; give it once for each annotator's copy."),
    ] = None,
    unsettled: Annotated[
        Path | None,
        typer.Option(help="With --read, sheet to write of what annotators are at odds about."),
    ] = None,
    scheme: SchemeFile = None,
    texts: Texts = None,
) -> None:
    """Choose the sentences to label next, or read the labels back with `--read`.

    The sheet is CSV: fill in the column `label` in any spreadsheet.
    """
    if read:
        if output.resolve() in {path.resolve() for path in read}:
            raise FramelensError(f"--output: {output} is read as well; write to another file")
        _check_new("unsettled", unsettled)
        _read(read, output, unsettled, read_scheme(scheme))
        return
    if not files:
        raise FramelensError("name files of text to choose from, or filled sheets with --read")
    _check_new("output", output)
    with needs_extra("train"):
        from framelens.data import read_corpus
        from framelens.data.sheets import write_sheet
        from framelens.serve.bulk.inputs import read_rows
        from framelens.serve.bulk.records import Columns
        from framelens.training.base import PACKAGED
        from framelens.training.states import SentenceEncoder
        from framelens.training.suggestion import suggest as choose
        from framelens.training.suggestion import text_key
    classifier = FramingClassifier.load(model) if model else None
    labels = classifier.artefact.scheme if classifier else read_scheme(scheme)
    corpus = read_corpus(labelled, labels, texts) if labelled else []
    known = {
        text_key(document.text_of(sentence))
        for document in corpus
        for sentence in document.sentences
    }
    documents = [*_split(read_rows(files, input_format, Columns(text_column, id_column)))]
    encoder = SentenceEncoder.load(labels, model or PACKAGED)
    chosen = choose(documents, count, encoder, classifier, random_share, context, known, seed)
    write_sheet(output, chosen)
    typer.echo(f"wrote {len(chosen):,} sentences to {output}")


def _check_new(option: str, sheet: Path | None) -> None:
    """Refuse to write over a sheet, which somebody may have filled in."""
    if sheet and sheet.exists():
        raise FramelensError(
            f"--{option}: {sheet} exists and may have labels; name a new file or remove it"
        )


def _split(rows: Iterator[Row]) -> Iterator[SplitDocument]:
    """The documents of sound rows, as their sentences.

    Raises:
        FramelensError: a row cannot be read.
    """
    from framelens.training.suggestion import SplitDocument

    for row in rows:
        if row.document is None:
            raise FramelensError(f"{row.source}:{row.number}: {row.fault}")
        text, sentences = row.document.text or "", row.document.sentences
        if sentences is None:
            sentences = [text[begin:end] for begin, end in split_sentences(text)]
        yield SplitDocument(str(row.document.id), tuple(sentences))


def _read(sheets: Sequence[Path], output: Path, unsettled: Path | None, scheme: Scheme) -> None:
    from framelens.data import write_documents
    from framelens.data.filled_sheets import read_sheets
    from framelens.data.sheets import write_sheet

    filled = read_sheets(sheets, scheme)
    write_documents(output, filled.corpus)
    labelled = sum(len(document.sentences) for document in filled.corpus)
    typer.echo(f"wrote {labelled:,} of {filled.rows:,} sentences to {output}")
    if filled.unlabelled:
        typer.echo(f"{filled.unlabelled:,} have no label yet")
    if filled.unsettled:
        written = f", written to {unsettled}" if unsettled else "; --unsettled writes them"
        typer.echo(f"{len(filled.unsettled):,} have as many votes for another label{written}")
        if unsettled:
            write_sheet(unsettled, filled.unsettled)
