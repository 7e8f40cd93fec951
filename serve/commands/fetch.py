"""``framelens data fetch``: the texts of stand-off annotations, from where they are public."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from framelens.serve.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from framelens.data.fetching import Fetched

__all__ = ["fetch"]


def fetch(
    annotations: Annotated[
        list[Path], typer.Argument(help="Files of stand-off annotations.", metavar="FILE")
    ],
    out: Annotated[
        Path, typer.Option(help="Folder for the texts, to be given as --texts.", metavar="FOLDER")
    ],
    sources: Annotated[
        Path, typer.Option(help="Where each corpus is public.", metavar="FILE")
    ] = Path("seeds/corpora.yaml"),
    mirror: Annotated[
        Path | None,
        typer.Option(
            "--from",
            help="Folder with the texts: look there, and fetch nothing.",
            metavar="FOLDER",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Gather the texts that stand-off annotations are about, and name what is missing.

    Only what has the sha256 of its annotation is taken. Exit code 1 says that texts are
    missing, which missing.csv in the folder lists; the annotations whose texts are there stand in
    annotations/. Run again, the command looks for what is missing alone.
    """
    from framelens.data.fetching import fetch_texts, read_sources, write_found

    known = {} if mirror else read_sources(sources)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    results = fetch_texts(
        annotations, out, known, mirror, lambda archive: console.print(f"fetching {archive} …")
    )
    Console(highlight=False).print(_table(results))
    for each in results:
        if each.missing:
            typer.echo(f"{each.corpus}: {len(each.missing):,} missing: {each.reason}")
    _list_missing(results, out / "missing.csv")
    for path in write_found(annotations, results, out / "annotations"):
        typer.echo(f"wrote {path}")
    if any(each.missing for each in results):
        raise typer.Exit(1)


def _list_missing(results: Sequence[Fetched], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("corpus", "doc_id"))
        rows.writerows((each.corpus, identity) for each in results for identity in each.missing)


def _table(results: Sequence[Fetched]) -> Table:
    table = Table("corpus", box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("found", "missing"):
        table.add_column(name, justify="right")
    for each in results:
        table.add_row(Text(printable(each.corpus)), f"{each.found:,}", f"{len(each.missing):,}")
    found, missing = sum(each.found for each in results), sum(len(each.missing) for each in results)
    table.add_row("all", f"{found:,}", f"{missing:,}")
    return table
