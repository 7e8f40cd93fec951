"""The figures of an evaluation as tables of text, for a file or a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from framelens.training.evaluation.confidence import Calibration, OperatingPoint, ReviewMark
from framelens.training.evaluation.deletion import Deletion
from framelens.training.evaluation.evaluation import Evaluation
from framelens.training.evaluation.metrics import Estimate, Scores
from framelens.training.evaluation.sides import SidePair, Sides, SwapEffect

__all__ = [
    "UNDEFINED",
    "Table",
    "calibration_error_table",
    "calibration_table",
    "class_table",
    "confusion_names",
    "confusion_table",
    "coverage_table",
    "deletion_table",
    "estimate_text",
    "figure_text",
    "flip_table",
    "kind_table",
    "label_table",
    "named_first_table",
    "pair_table",
    "review_table",
    "side_table",
    "system_table",
]

UNDEFINED = "–"
NO_LABEL = "(none)"
RIGHT = {False: "Accuracy", True: "All labels right"}
COVERAGES = (1.0, 0.9, 0.8, 0.5)
_EFFECT = ("Documents", "Pairs of sentences", "Labels that flip", "Change of probability")


@dataclass(frozen=True, slots=True)
class Table:
    """A header and rows of text; the first column holds names, the others figures."""

    header: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def system_table(evaluation: Evaluation) -> Table:
    """The model beside baselines and annotators."""
    names = ["Micro-F1"] if evaluation.multi_label else ["Leaf macro-F1"] * evaluation.has_leaves
    return Table(
        ("", "Macro-F1", *names, RIGHT[evaluation.multi_label]),
        [
            (
                name,
                estimate_text(scores.labels.macro_f1),
                *(estimate_text(scores.labels.micro_f1 or scores.leaves.macro_f1) for _ in names),
                figure_text(scores.labels.accuracy.value),
            )
            for name, scores in evaluation.systems.items()
        ],
    )


def label_table(evaluation: Evaluation) -> Table:
    """F1 of every public label, the model beside baselines and annotators."""
    return Table(
        ("F1", *(scored.name for scored in evaluation.scores.labels.classes)),
        [
            (name, *(figure_text(scored.f1.value) for scored in scores.labels.classes))
            for name, scores in evaluation.systems.items()
        ],
    )


def class_table(scores: Scores) -> Table:
    """Precision, recall, F1 and support of every class."""
    return Table(
        ("", "Precision", "Recall", "F1", "Sentences"),
        [
            (
                scored.name,
                figure_text(scored.precision),
                figure_text(scored.recall),
                estimate_text(scored.f1),
                f"{scored.support:,}",
            )
            for scored in scores.classes
        ],
    )


def confusion_table(scores: Scores) -> Table:
    """Sentences by true class (rows) and predicted class (columns)."""
    names = confusion_names(scores)
    return Table(
        ("True \\ predicted", *names),
        [
            (name, *(f"{count:,}" for count in row))
            for name, row in zip(names, scores.confusion, strict=True)
        ],
    )


def confusion_names(scores: Scores) -> list[str]:
    """The names of rows and columns: the classes, and where a sentence may have none, that."""
    names = [scored.name for scored in scores.classes]
    return names if scores.micro_f1 is None else [*names, NO_LABEL]


def kind_table(evaluation: Evaluation) -> Table:
    """The model on each kind of text."""
    return Table(
        ("Kind of text", "Documents", "Sentences", RIGHT[evaluation.multi_label]),
        [
            (
                kind.name,
                f"{kind.documents:,}",
                f"{kind.sentences:,}",
                estimate_text(kind.accuracy),
            )
            for kind in evaluation.kinds
        ],
    )


def calibration_table(evaluation: Evaluation) -> Table:
    """Calibration of the public labels before and after temperature scaling."""
    return Table(
        ("Calibration", "Temperature", "Expected calibration error", "Log loss", "Brier score"),
        [
            ("before", *_calibration(evaluation.uncalibrated)),
            ("after", *_calibration(evaluation.calibrated)),
        ],
    )


def calibration_error_table(evaluations: Mapping[str, Evaluation]) -> Table:
    """The expected calibration error before and after temperature scaling, by name of the data."""
    return Table(
        ("Data", "Expected calibration error", "Before calibration"),
        [
            (name, figure_text(each.calibrated.error), figure_text(each.uncalibrated.error))
            for name, each in evaluations.items()
        ],
    )


def coverage_table(evaluation: Evaluation) -> Table:
    """What answering only from some confidence on gives."""
    curve, targets = evaluation.risk_coverage.curve, evaluation.risk_coverage.targets
    covering = {
        f"{coverage:.0%} answered": next(point for point in curve if point.coverage >= coverage)
        for coverage in COVERAGES
    }
    accurate = {f"{target:.0%} right": point for target, point in targets.items()}
    return Table(
        ("At least", "Confidence from", "Answered", "Right"),
        [(name, *_point(point)) for name, point in (covering | accurate).items()],
    )


def deletion_table(deletion: Deletion) -> Table:
    """How far probabilities fall without the words that the evidence names, and others."""
    return Table(
        ("Fall of the label's probability", *deletion.drops),
        [
            (name, *map(estimate_text, drops.values()))
            for name, drops in {"all": deletion.drops, **deletion.by_label}.items()
        ],
    )


def review_table(marks: Mapping[str, ReviewMark]) -> Table:
    """What the model's own threshold of the review mark costs and gives, by name of the data."""
    return Table(
        ("Data", "Review below", "Marked", "Not marked", "Right of these", "Errors marked"),
        [
            (
                name,
                figure_text(mark.below),
                f"{mark.marked:,} of {mark.sentences:,}",
                *map(_percentage, (mark.coverage, mark.accuracy, mark.errors_marked)),
            )
            for name, mark in marks.items()
        ],
    )


def side_table(sides: Sides) -> Table:
    """What swapping sides does, by the label before the swap."""
    effects = {"all": sides.effect} | sides.labels
    return Table(
        ("Label before", *_EFFECT), [(name, *_effect(effect)) for name, effect in effects.items()]
    )


def flip_table(sides: Mapping[str, Sides]) -> Table:
    """The share of labels that flip by the label before the swap, by name of the data."""
    labels = next(iter(sides.values())).labels
    return Table(
        ("Labels that flip", *_EFFECT[:2], "all", *labels),
        [
            (
                name,
                f"{each.effect.documents:,}",
                f"{each.effect.sentences:,}",
                *(_percentage(effect.flips) for effect in (each.effect, *each.labels.values())),
            )
            for name, each in sides.items()
        ],
    )


def pair_table(sides: Sides) -> Table:
    """What swapping each pair of sides does."""
    return Table(
        ("Sides swapped", *_EFFECT),
        [(_pair_name(pair), *_effect(pair.effect)) for pair in sides.pairs],
    )


def named_first_table(sides: Sides) -> Table:
    """How each label's rate differs with the side that is named first."""
    return Table(
        ("First side less second", *sides.labels),
        [
            (
                _pair_name(pair),
                *(
                    estimate_text(label.difference, "+") + " *" * label.excludes_zero
                    for label in pair.labels
                ),
            )
            for pair in sides.pairs
        ],
    )


def _pair_name(pair: SidePair) -> str:
    return " / ".join(pair.sides)


def _effect(effect: SwapEffect) -> tuple[str, ...]:
    return (
        f"{effect.documents:,}",
        f"{effect.sentences:,}",
        estimate_text(effect.flips),
        estimate_text(effect.change),
    )


def _calibration(calibration: Calibration) -> tuple[str, ...]:
    return (
        f"{calibration.temperature:.2f}",
        figure_text(calibration.error),
        figure_text(calibration.log_loss),
        figure_text(calibration.brier),
    )


def _point(point: OperatingPoint | None) -> tuple[str, ...]:
    if point is None:
        return (UNDEFINED,) * 3
    return figure_text(point.confidence), _percent(point.coverage), _percent(point.accuracy)


def estimate_text(estimate: Estimate, sign: str = "") -> str:
    """A figure with its interval, where these are defined; a sign of ``+`` is always shown."""
    if math.isnan(estimate.value):
        return UNDEFINED
    if math.isnan(estimate.low):
        return f"{estimate.value:{sign}.3f} ({UNDEFINED})"
    value, low, high = (
        f"{figure:{sign}.3f}" for figure in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} ({low}{' to ' if sign else '–'}{high})"


def _percentage(estimate: Estimate) -> str:
    if math.isnan(estimate.value):
        return UNDEFINED
    if math.isnan(estimate.low):
        return f"{estimate.value:.1%} ({UNDEFINED})"
    return f"{estimate.value:.1%} ({100 * estimate.low:.1f}–{estimate.high:.1%})"


def figure_text(value: float) -> str:
    """A figure with three decimals, where it is defined."""
    return UNDEFINED if math.isnan(value) else f"{value:.3f}"


def _percent(share: float) -> str:
    return UNDEFINED if math.isnan(share) else f"{share:.1%}"
