"""``framelens data``: what can be done with labelled data before training on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from framelens.model import Scheme, read_scheme
from framelens.serve.commands.annotations import agreement, suspects
from framelens.serve.commands.fetch import fetch
from framelens.serve.commands.options import SchemeFile, Texts
from framelens.serve.terminal import printable

if TYPE_CHECKING:
    from framelens.data import Summary

__all__ = ["app"]

app = typer.Typer(help="Labelled data.", no_args_is_help=True)
app.command()(fetch)


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
    scheme: SchemeFile = None,
    texts: Texts = None,
    test: Annotated[
        list[Path] | None,
        typer.Option(help="Labelled data to test on; give it once a file.", metavar="FILE"),
    ] = None,
) -> None:
    """Name everything that is wrong in the files by file, line and field.

    Exit code 1 says that something is wrong.
    """
    from framelens.data import check_corpora, read_corpus, summarise

    labels = read_scheme(scheme)
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


app.command()(agreement)
app.command()(suspects)


@app.command()
def split(
    settings: Annotated[
        Path, typer.Option(help="Settings of a training run, in YAML.", metavar="FILE")
    ],
    out: Annotated[Path, typer.Option(help="New folder for the parts, each a file of documents.")],
) -> None:
    """Write the parts of a training run: what it learns from, holds out, and is tested on.

    So that other models can be trained and tested on the same parts.
    """
    from framelens.data import write_documents
    from framelens.training.parts import TEST_PART, read_parts
    from framelens.training.settings import SettingsError, read_settings

    if out.exists():
        raise SettingsError(f"out: {out} exists; name a new folder or remove it")
    chosen = read_settings(settings, {})
    labels = read_scheme(chosen.scheme)
    parts = read_parts(chosen, labels)
    out.mkdir(parents=True)
    test = parts.tests.get(TEST_PART, [])
    for name, part in {"train": parts.fitting, "dev": parts.held_out, "test": test}.items():
        if part:
            write_documents(out / f"{name}.jsonl", part)
            typer.echo(f"wrote {out / name}.jsonl: {len(part):,} documents")


def _table(summaries: Mapping[str, tuple[int, Summary]], scheme: Scheme) -> Table:
    table = Table("", box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in summaries:
        table.add_column(name, justify="right")
    columns = summaries.values()
    table.add_row("files", *(f"{files:,}" for files, _ in columns))
    table.add_row("documents", *(f"{summary.documents:,}" for _, summary in columns))
    table.add_row("sentences", *(f"{summary.sentences:,}" for _, summary in columns))
    for leaf in scheme.leaf_names:
        table.add_row(
            Text(f"  {printable(leaf)}"), *(f"{summary.leaves[leaf]:,}" for _, summary in columns)
        )
    if scheme.multi_label:
        table.add_row("  none", *(f"{summary.unlabelled:,}" for _, summary in columns))
    if any(summary.voted for _, summary in columns):
        table.add_row("several votes", *(f"{summary.voted:,}" for _, summary in columns))
    return table
