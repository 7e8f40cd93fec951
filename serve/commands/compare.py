"""``framelens compare``: which of two models is better, and by how much."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from framelens.model import FramingClassifier, Scheme, read_scheme
from framelens.serve.commands.extras import needs_extra
from framelens.serve.commands.options import Engine, Precision, Texts

if TYPE_CHECKING:
    from framelens.training.evaluation.systems import System

__all__ = ["compare"]

Compared = Annotated[
    str,
    typer.Argument(
        help="Folder or name of an artefact, or a file of answers: the output of 'framelens "
        "score', or a table with the columns id and label.",
        metavar="ARTEFACT|ANSWERS",
    ),
]


def compare(
    first: Compared,
    second: Compared,
    data: Annotated[list[Path], typer.Argument(help="Labelled files.", metavar="DATA…")],
    texts: Texts = None,
    scheme: Annotated[
        Path | None,
        typer.Option(
            help="Label scheme of the data, where only files of answers are compared.",
            metavar="FILE",
            show_default="that of the first artefact, or of the shipped one",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for comparison.md and comparison.json.")
    ] = None,
    engine: Engine = "auto",
    precision: Precision = "auto",
) -> None:
    """Compare two models on labelled files: differences with intervals, and McNemar's test."""
    with needs_extra("train"):
        from framelens.data import read_corpus
        from framelens.data.answers import read_answers
        from framelens.training.evaluation.comparison_report import (
            print_comparison,
            write_comparison,
        )
        from framelens.training.evaluation.systems import compare_systems
    models = {
        name: FramingClassifier.load(name, engine, precision)
        for name in (first, second)
        if not Path(name).is_file()
    }
    chosen = _scheme(scheme, models)

    def system(name: str) -> System:
        return models[name] if name in models else read_answers(Path(name), chosen)

    systems = system(first), system(second)
    corpus = read_corpus(data, chosen, texts)
    comparison = compare_systems((first, second), systems, corpus, chosen)
    console = Console()
    print_comparison(comparison, console)
    if output:
        write_comparison(comparison, output)
        typer.echo(f"wrote {output / 'comparison.md'}")


def _scheme(path: Path | None, models: dict[str, FramingClassifier]) -> Scheme:
    if path is None and models:
        return next(iter(models.values())).artefact.scheme
    return read_scheme(path)
