"""``framelens data``: what can be done with labelled data before training on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from framelens.model import DEFAULT, Scheme, find_artefact

if TYPE_CHECKING:
    from framelens.data import Summary

__all__ = ["app"]

app = typer.Typer(help="Labelled data.", no_args_is_help=True)


@app.callback()
def data() -> None:
    """Labelled data."""


@app.command()
def check(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Labelled data to train on: JSONL, CSV, TSV or Parquet.", metavar="FILE"
        ),
    ],
    scheme: Annotated[
        Path | None,
        typer.Option(
            help="Label scheme that the labels belong to.",
            metavar="FILE",
            show_default="that of the shipped model",
        ),
    ] = None,
    texts: Annotated[
        Path | None,
        typer.Option(help="Where the texts of stand-off annotations are.", metavar="FOLDER"),
    ] = None,
    test: Annotated[
        list[Path] | None,
        typer.Option(help="Labelled data to test on; give it once a file.", metavar="FILE"),
    ] = None,
) -> None:
    """Name everything that is wrong in the files by file, line and field.

    Exit code 1 says that something is wrong.
    """
    from framelens.data import check_corpora, read_corpus, summarise

    labels = Scheme.from_file(scheme or find_artefact(DEFAULT) / "scheme.yaml")
    problems = check_corpora(files, labels, texts, test or ())
    if problems:
        typer.echo("\n".join(map(str, problems)))
        raise typer.Exit(1)
    parts = {"train": files, "test": test} if test else {"train": files}
    summaries = {
        name: (len(part), summarise(read_corpus(part, labels, texts), labels))
        for name, part in parts.items()
    }
    Console(highlight=False).print(_table(summaries, labels))


def _table(summaries: Mapping[str, tuple[int, Summary]], scheme: Scheme) -> Table:
    table = Table("", box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in summaries:
        table.add_column(name, justify="right")
    columns = summaries.values()
    table.add_row("files", *(f"{files:,}" for files, _ in columns))
    table.add_row("documents", *(f"{summary.documents:,}" for _, summary in columns))
    table.add_row("sentences", *(f"{summary.sentences:,}" for _, summary in columns))
    for leaf in scheme.leaf_names:
        table.add_row(f"  {leaf}", *(f"{summary.leaves[leaf]:,}" for _, summary in columns))
    return table
