"""A comparison for people: a table on a terminal, a page in a folder."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console

from framelens.training.evaluation.comparison import Comparison
from framelens.training.evaluation.console import rendered
from framelens.training.evaluation.metrics import FEWEST_DOCUMENTS, RESAMPLES
from framelens.training.evaluation.report import markdown_table
from framelens.training.evaluation.tables import Table, estimate_text, figure_text

__all__ = ["comparison_table", "comparison_to_markdown", "print_comparison", "write_comparison"]

METHOD = f"""\
A difference is what the second has more than the first. In parentheses are 95% percentile
intervals over {RESAMPLES:,} bootstrap samples of whole documents, the same ones for both; there is
none over fewer than {FEWEST_DOCUMENTS} documents. A star marks intervals that exclude zero. Of
many labels, one in twenty gets a star by chance."""

INDEPENDENT = "The test takes sentences as independent; those of one document are not."


def comparison_table(comparison: Comparison) -> Table:
    """Each figure of the two systems, and its difference."""
    return Table(
        ("", *comparison.names, "Difference", "Sentences"),
        [
            (
                each.name,
                figure_text(each.first),
                figure_text(each.second),
                estimate_text(each.difference, "+") + " *" * each.excludes_zero,
                f"{each.sentences:,}",
            )
            for each in comparison.differences
        ],
    )


def print_comparison(comparison: Comparison, console: Console) -> None:
    """Print the table and McNemar's test."""
    console.print(f"{_subject(comparison)}, 95% intervals by document", highlight=False)
    console.print(rendered(comparison_table(comparison)))
    console.print(_mcnemar(comparison), highlight=False, markup=False)


def comparison_to_markdown(comparison: Comparison) -> str:
    """The comparison as a Markdown page."""
    first, second = comparison.names
    blocks = (
        f"# {first} and {second}",
        f"{_subject(comparison)}.",
        METHOD,
        markdown_table(comparison_table(comparison)),
        f"{_mcnemar(comparison)} {INDEPENDENT}",
    )
    return "\n\n".join(blocks) + "\n"


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write ``comparison.md`` and ``comparison.json``, replacing older ones."""
    folder.mkdir(parents=True, exist_ok=True)
    figures = json.dumps(comparison.to_dict(), indent=2, ensure_ascii=False)
    (folder / "comparison.json").write_text(figures + "\n", encoding="utf-8")
    (folder / "comparison.md").write_text(comparison_to_markdown(comparison), encoding="utf-8")


def _subject(comparison: Comparison) -> str:
    unread = f", {comparison.unread:,} more could not be read" if comparison.unread else ""
    return f"{comparison.sentences:,} sentences in {comparison.documents:,} documents{unread}"


def _mcnemar(comparison: Comparison) -> str:
    first, second = comparison.names
    test = comparison.mcnemar
    return (
        f"Only {first} has {test.only_first:,} sentences right, only {second} {test.only_second:,} "
        f"(McNemar's exact test: p = {test.p_value:.2g})."
    )
