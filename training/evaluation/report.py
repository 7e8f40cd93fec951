"""An evaluation written into a folder: a page to read, its figures, its pictures."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from framelens.training.evaluation.deletion import Deletion
from framelens.training.evaluation.evaluation import Evaluation
from framelens.training.evaluation.human import Agreement
from framelens.training.evaluation.metrics import FEWEST_DOCUMENTS, RESAMPLES
from framelens.training.evaluation.plots import SIDES_PLOT, save_plots
from framelens.training.evaluation.sides import SENTENCES_AROUND, Sides
from framelens.training.evaluation.tables import (
    Table,
    calibration_table,
    class_table,
    confusion_table,
    coverage_table,
    deletion_table,
    kind_table,
    label_table,
    named_first_table,
    pair_table,
    review_table,
    side_table,
    system_table,
)

__all__ = [
    "CHOSEN_HERE",
    "SIDES_METHOD",
    "describe_deletion",
    "describe_named_first",
    "markdown_table",
    "to_markdown",
    "write_report",
]

METHOD = f"""\
In parentheses are 95% percentile intervals over {RESAMPLES:,} bootstrap samples of whole
documents; shares have none over fewer than {FEWEST_DOCUMENTS} documents, nor where they are
the same in all. Macro-F1 is the mean over the classes that occur in data or predictions. The
model reads every sentence in its whole document, the baselines read it alone."""

MULTI_LABEL_METHOD = """\
A sentence may have several labels, or none; micro-F1 is that over all labels together. An answer
is right where all labels of the sentence are, and its confidence is the probability of the least
certain yes or no. Calibration is of single labels: the probability of each label of each sentence,
and whether the sentence has it."""

MULTI_LABEL_CONFUSION = """\
A label that is missing counts in the column of each that is too many, or of none; one too many
where none is missing counts in the row of none (Heydarian et al. 2022)."""

CHOSEN_HERE = """\
The confidences are chosen on these very sentences; on others the same ones may give a little
less."""

FEW_FLIPS = "Where only a few documents hold a flip, an interval can hardly exclude zero."

SIDES_METHOD = f"""\
The names of two sides are swapped in documents (of long ones, in excerpts of about
{SENTENCES_AROUND} sentences around the labelled ones), and the sentences that change are scored
before and after: their label should stay. There is no interval over fewer than
{FEWEST_DOCUMENTS} documents, nor for a figure that is zero in all of them."""

CHANGE_METHOD = """\
The change is of the probability of the label before, without its sign."""

NAMED_FIRST_METHOD = """\
How much more often a sentence gets a label when the first side of a pair is the first one
named in it than when the second is; each sentence stands in both. A star marks intervals
that exclude zero."""


def write_report(evaluation: Evaluation, folder: str | Path) -> None:
    """Write ``evaluation.md``, ``evaluation.json`` and the plots, replacing older ones.

    The folder is made where it is missing.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    figures = json.dumps(evaluation.to_dict(), indent=2, ensure_ascii=False)
    (folder / "evaluation.json").write_text(figures + "\n", encoding="utf-8")
    (folder / "evaluation.md").write_text(to_markdown(evaluation), encoding="utf-8")
    save_plots(evaluation, folder)


def to_markdown(evaluation: Evaluation) -> str:
    """The whole evaluation as a Markdown page that links the plots beside it."""
    return "\n\n".join(_blocks(evaluation)) + "\n"


def markdown_table(table: Table) -> str:
    """A table in Markdown, its columns aligned: names to the left, figures to the right."""
    rows = [[cell.replace("|", "\\|") for cell in row] for row in (table.header, *table.rows)]
    widths = [max(3, *map(len, column)) for column in zip(*rows, strict=True)]
    ruler = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join(_line(row, widths) for row in (rows[0], ruler, *rows[1:]))


def describe_deletion(deletion: Deletion) -> str:
    """What the table of the deletion test shows."""
    unreadable = f" ({deletion.unreadable:,} more would have nothing left to read)"
    return (
        f"{deletion.share:.0%} of the words of {deletion.sentences:,} sentences"
        f"{unreadable if deletion.unreadable else ''} were removed: "
        "those that the evidence says contribute most, random ones, those that contribute "
        "least. Evidence worth showing makes the first fall the deepest. Here a sentence is "
        "read between its two neighbours, not in its whole document."
    )


def describe_named_first(sides: Sides) -> str:
    """Which differences by the side named first exclude zero."""
    measured = sides.differences
    found = [
        f"{each.label} with {' before '.join(pair.sides)}"
        for pair, each in measured
        if each.excludes_zero
    ]
    return (
        f"Of {len(measured)} intervals of differences in a label's rate by the side named first, "
        f"{len(found)} exclude zero{': ' if found else ''}{'; '.join(found)}. {FEW_FLIPS}"
    )


def _line(cells: list[str], widths: list[int]) -> str:
    name, *figures = cells
    padded = [
        name.ljust(widths[0]),
        *(figure.rjust(width) for figure, width in zip(figures, widths[1:], strict=True)),
    ]
    return f"| {' | '.join(padded)} |"


def _blocks(evaluation: Evaluation) -> Iterable[str]:
    labels, leaves = evaluation.scores.labels, evaluation.scores.leaves
    yield f"# Evaluation of {evaluation.model['name']}"
    yield _subject(evaluation)
    yield METHOD
    if evaluation.multi_label:
        yield MULTI_LABEL_METHOD
    yield "## The model beside baselines and annotators"
    yield markdown_table(system_table(evaluation))
    yield markdown_table(label_table(evaluation))
    yield from _notes(evaluation)
    yield "## Public labels"
    yield markdown_table(class_table(labels))
    if evaluation.has_leaves:
        yield "## Leaves"
        yield markdown_table(class_table(leaves))
    yield "## Confusion"
    if evaluation.multi_label:
        yield MULTI_LABEL_CONFUSION
    yield markdown_table(confusion_table(labels))
    if evaluation.has_leaves:
        yield markdown_table(confusion_table(leaves))
    yield "![True against predicted classes](confusion.png)"
    if len(evaluation.kinds) > 1:
        yield "## Kinds of text"
        yield markdown_table(kind_table(evaluation))
    yield "## Calibration"
    yield markdown_table(calibration_table(evaluation))
    yield "![Accuracy against confidence](reliability.png)"
    yield "## Risk and coverage"
    yield (f"Mean risk over all coverages: {evaluation.risk_coverage.area:.3f}. {CHOSEN_HERE}")
    yield markdown_table(coverage_table(evaluation))
    yield "![Risk against coverage](risk_coverage.png)"
    if evaluation.review:
        yield "## Review mark"
        yield "The model's own threshold, chosen when it was made, on these sentences."
        yield markdown_table(review_table({"evaluated sentences": evaluation.review}))
    if evaluation.deletion:
        yield "## Evidence"
        yield describe_deletion(evaluation.deletion)
        yield markdown_table(deletion_table(evaluation.deletion))
    if evaluation.sides:
        yield "## Sides"
        yield from _sides(evaluation.sides)


def _sides(sides: Sides) -> Iterable[str]:
    yield f"{SIDES_METHOD}\n{CHANGE_METHOD}"
    yield markdown_table(side_table(sides))
    if sides.pairs:
        yield markdown_table(pair_table(sides))
        yield f"![Labels that flip, by pair of sides]({SIDES_PLOT})"
        yield NAMED_FIRST_METHOD
        yield markdown_table(named_first_table(sides))
        yield describe_named_first(sides)


def _subject(evaluation: Evaluation) -> str:
    facts = [f"{name} {value}" for name, value in evaluation.model.items() if name != "name"]
    unread = f", {evaluation.unread:,} more could not be read" if evaluation.unread else ""
    return (
        f"{evaluation.sentences:,} sentences in {evaluation.documents:,} documents{unread}. "
        f"The model: {', '.join(facts)}."
    )


def _notes(evaluation: Evaluation) -> Iterable[str]:
    if evaluation.train_sentences:
        yield f"The baselines learnt from {evaluation.train_sentences:,} sentences."
    else:
        yield "The majority is that of the sentences scored here."
    if evaluation.agreement:
        kappas = _kappas(evaluation.agreement, evaluation.multi_label)
        yield (
            f"Annotators agree at a kappa of {kappas}. Each is measured against the "
            "settled labels; where those follow from the votes, this favours the annotators."
        )


def _kappas(agreement: Agreement, multi_label: bool) -> str:
    if multi_label:
        return f"{agreement.labels:.3f}, the mean over the labels"
    return f"{agreement.labels:.3f} over public labels and {agreement.leaves:.3f} over leaves"
