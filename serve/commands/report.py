"""``framelens report``: what scored files say, on one page."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from framelens.model import InputError

__all__ = ["report"]

STANDARD_OUTPUT = Path("-")


def report(
    scored: Annotated[
        list[Path],
        typer.Argument(
            help="Files that framelens score wrote: JSONL, CSV, TSV or Parquet.", metavar="SCORED"
        ),
    ],
    output: Annotated[
        Path, typer.Option(help="HTML file to write; - is standard output.", metavar="FILE|-")
    ] = Path("report.html"),
    date_column: Annotated[
        str | None,
        typer.Option(
            help="Column with the date of a document.",
            metavar="NAME",
            show_default="date, published or the like, where there is one",
        ),
    ] = None,
    source_column: Annotated[
        str | None,
        typer.Option(
            help="Column with the source of a document.",
            metavar="NAME",
            show_default="source, outlet or the like, where there is one",
        ),
    ] = None,
) -> None:
    """Write a page with plots of scored files: labels over time and by source, confidence.

    The page is one HTML file that needs no other and asks no other host for anything.
    """
    from framelens.serve.bulk.report.findings import Findings, ReportColumns
    from framelens.serve.bulk.report.page import report_page
    from framelens.serve.bulk.report.scored import read_scored

    _check(scored, output)
    documents = chain.from_iterable(map(read_scored, scored))
    findings = Findings.of(documents, ReportColumns(date_column, source_column))
    page = report_page(findings, [path.name for path in scored])
    if output == STANDARD_OUTPUT:
        sys.stdout.buffer.write(page)
    else:
        output.write_bytes(page)


def _check(scored: Sequence[Path], output: Path) -> None:
    """Find out before anything is read that a file is missing, or would be overwritten."""
    for path in scored:
        path.stat()
        if output.exists() and output.samefile(path):
            raise InputError(f"{output}: is read as well; write to another file")
