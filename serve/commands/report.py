"""``framelens report``: what scored files say, on one page."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
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
    near_duplicates: Annotated[
        Path | None,
        typer.Option(
            help="Also find documents that are nearly the same, and write their ids to this "
            "file, a JSON object for each group.",
            metavar="FILE",
            show_default="they are not looked for",
        ),
    ] = None,
    similarity: Annotated[
        float,
        typer.Option(
            help="Share of the runs of five words that near-duplicates have in common.",
            metavar="SHARE",
        ),
    ] = 0.8,
) -> None:
    """Write a page with plots of scored files: labels over time and by source, confidence.

    The page is one HTML file that needs no other and asks no other host for anything.
    """
    from framelens.serve.bulk.report.findings import Findings, ReportColumns
    from framelens.serve.bulk.report.near_duplicates import NearDuplicates
    from framelens.serve.bulk.report.origin import read_origin
    from framelens.serve.bulk.report.page import report_page
    from framelens.serve.bulk.report.scored import read_scored

    _check(scored, output, near_duplicates, similarity)
    documents = chain.from_iterable(map(read_scored, scored))
    columns = ReportColumns(date_column, source_column)
    origins = [read_origin(path) for path in scored]
    if near_duplicates is None:
        _write(report_page(Findings.of(documents, columns), origins), output)
        return
    with TemporaryFile() as signatures:
        found = NearDuplicates(signatures)
        findings = Findings.of(found.watch(documents), columns)
        groups = found.groups(similarity)
    lines = (json.dumps({"ids": group}, ensure_ascii=False) for group in groups)
    _write("".join(f"{line}\n" for line in lines).encode(errors="replace"), near_duplicates)
    _write(report_page(findings, origins, groups), output)


def _write(content: bytes, output: Path) -> None:
    if output == STANDARD_OUTPUT:
        sys.stdout.buffer.write(content)
    else:
        output.write_bytes(content)


def _check(
    scored: Sequence[Path], output: Path, near_duplicates: Path | None, similarity: float
) -> None:
    """Find out before anything is read that a file is missing, or would be overwritten."""
    if not 0 < similarity <= 1:
        raise InputError(f"--similarity: {similarity} is not above 0 and at most 1")
    if output == near_duplicates:
        raise InputError(f"{output}: is given twice; write the groups to another file")
    written = [path for path in (output, near_duplicates) if path is not None]
    for path in scored:
        path.stat()
        for other in written:
            if other.exists() and other.samefile(path):
                raise InputError(f"{other}: is read as well; write to another file")
