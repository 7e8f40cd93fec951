"""``framelens data agreement`` and ``suspects``: how good labels are, before training on them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer
from rich.console import Console

from framelens.model import read_scheme
from framelens.serve.commands.extras import needs_extra
from framelens.serve.commands.options import SchemeFile, Texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framelens.training.suspects import Suspect

__all__ = ["agreement", "suspects"]

Files: TypeAlias = Annotated[list[Path], typer.Argument(help="Labelled files.", metavar="FILE")]

SHOWN = 20


def agreement(files: Files, scheme: SchemeFile = None, texts: Texts = None) -> None:
    """Measure how far annotators agree, where files have the votes of several.

    Every figure has a 95% interval over documents.
    """
    with needs_extra("train"):
        from framelens.data import read_corpus
        from framelens.training.evaluation.console import rendered
        from framelens.training.evaluation.vote_tables import agreement_tables
    labels = read_scheme(scheme)
    tables = agreement_tables(read_corpus(files, labels, texts), labels)
    console = Console(highlight=False)
    for table in tables:
        console.print(rendered(table))


def suspects(
    files: Files,
    scheme: SchemeFile = None,
    texts: Texts = None,
    base: Annotated[
        str | None,
        typer.Option(
            help="Frozen encoder to judge with: a base or an artefact's folder.",
            metavar="PATH|NAME",
            show_default="the packaged base",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="CSV file for all of them.", metavar="FILE")
    ] = None,
) -> None:
    """List the labels that are probably wrong, the most suspicious first.

    A simple model over a frozen encoder judges every sentence without having learnt its label.
    """
    with needs_extra("train"):
        from framelens.data import read_corpus
        from framelens.training.base import PACKAGED
        from framelens.training.states import SentenceEncoder
        from framelens.training.suspects import label_errors
    labels = read_scheme(scheme)
    corpus = read_corpus(files, labels, texts)
    found = label_errors(corpus, labels, SentenceEncoder.load(labels, base or PACKAGED))
    total = sum(len(document.sentences) for document in corpus)
    typer.echo(f"{len(found):,} of {total:,} labels are suspicious")
    for suspect in found[:SHOWN]:
        typer.echo(_line(suspect))
    if output:
        _write(output, found)
        typer.echo(f"wrote {output}")


def _line(suspect: Suspect) -> str:
    place = f"{suspect.document} {suspect.begin}:{suspect.end}"
    labels = f"{suspect.label} ({suspect.probability:.2f})"
    likelier = f"{suspect.likelier} ({suspect.likelier_probability:.2f})"
    return f"{place}: {labels}, rather {likelier}: {suspect.text}"


def _write(path: Path, found: Sequence[Suspect]) -> None:
    from dataclasses import asdict, fields

    from framelens.training.suspects import Suspect

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Suspect)])
        writer.writeheader()
        writer.writerows(map(asdict, found))
