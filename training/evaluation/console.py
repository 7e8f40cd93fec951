"""An evaluation on a terminal."""

from __future__ import annotations

import rich.table
from rich import box
from rich.console import Console
from rich.text import Text

from framelens.training.evaluation.evaluation import Evaluation
from framelens.training.evaluation.tables import (
    Table,
    calibration_table,
    class_table,
    coverage_table,
    review_table,
    side_table,
    system_table,
)

__all__ = ["print_summary", "rendered"]


def print_summary(evaluation: Evaluation, console: Console) -> None:
    """Print the figures that matter most; the report holds the others."""
    console.print(
        f"{evaluation.sentences:,} sentences in {evaluation.documents:,} documents, "
        "95% intervals by document",
        highlight=False,
    )
    for table in (
        system_table(evaluation),
        class_table(evaluation.scores.labels),
        calibration_table(evaluation),
        coverage_table(evaluation),
        *([review_table({"evaluated sentences": evaluation.review})] if evaluation.review else ()),
        *([side_table(evaluation.sides)] if evaluation.sides else []),
    ):
        console.print(rendered(table))


def rendered(table: Table) -> rich.table.Table:
    """A table as a terminal shows it: names to the left, figures to the right."""
    shown = rich.table.Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for position, name in enumerate(table.header):
        shown.add_column(Text(name), justify="right" if position else "left")
    for row in table.rows:
        # Text, since names in square brackets are no markup.
        shown.add_row(*map(Text, row))
    return shown
