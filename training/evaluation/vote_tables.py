"""The agreement of annotators as tables of text."""

from __future__ import annotations

from collections.abc import Mapping

from framelens.data import Corpus
from framelens.model import Scheme
from framelens.training.evaluation.metrics import Scores
from framelens.training.evaluation.tables import UNDEFINED, Table, estimate_text
from framelens.training.evaluation.votes import (
    VoteAgreement,
    measure_votes,
    read_decisions,
    read_votes,
)

__all__ = [
    "agreement_table",
    "agreement_tables",
    "annotator_table",
    "class_agreement_table",
    "decision_table",
    "disagreement_table",
]

DISAGREEMENTS = 8
YES = 1


def agreement_tables(corpus: Corpus, scheme: Scheme) -> list[Table]:
    """Everything that can be said of how far the annotators of a corpus agree.

    Raises:
        FramelensError: no sentence has two votes.
    """
    if scheme.multi_label:
        decisions = {
            label: measure_votes(votes) for label, votes in read_decisions(corpus, scheme).items()
        }
        return [agreement_table(decisions), decision_table(decisions)]
    votes = read_votes(corpus, scheme)
    labels = measure_votes(votes.folded(scheme))
    measured = {"public labels": labels}
    if len(scheme.leaves) > len(scheme.labels):
        measured["leaves"] = measure_votes(votes)
    finest = [*measured.values()][-1]
    tables = [agreement_table(measured), annotator_table(labels), class_agreement_table(labels)]
    return [*tables, disagreement_table(finest)] if finest.disagreements else tables


def agreement_table(agreements: Mapping[str, VoteAgreement]) -> Table:
    """Every coefficient over each set of classes, by the set's name."""
    every = agreements.values()
    pairs = {pair: None for each in every for pair in each.cohen}
    rows = [
        ("Krippendorff's alpha", *(estimate_text(each.alpha) for each in every)),
        ("Fleiss' kappa", *(estimate_text(each.fleiss) for each in every)),
    ]
    for pair in pairs:
        name = f"Cohen's kappa, {' and '.join(pair)}"
        rows.append((name, *(estimate_text(each.cohen[pair]) for each in every)))
    return Table(("Agreement over", *agreements), rows)


def class_agreement_table(agreement: VoteAgreement) -> Table:
    """Agreement on each class, and the F1 of every annotator there."""
    return Table(
        _class_header(agreement),
        [_class_row(each.name, agreement, row) for row, each in enumerate(agreement.classes)],
    )


def decision_table(agreements: Mapping[str, VoteAgreement]) -> Table:
    """Agreement on each label of a multi-label scheme, a yes or no by the label's name."""
    first = next(iter(agreements.values()))
    rows = [_class_row(name, agreement, YES) for name, agreement in agreements.items()]
    return Table(_class_header(first), rows)


def annotator_table(agreement: VoteAgreement) -> Table:
    """The human line: each annotator measured as a model is, by macro-F1."""
    return Table(
        ("One annotator", "Sentences", "Against the settled labels", "Against the others"),
        [
            (
                name,
                f"{sum(map(sum, scores.confusion)):,}",
                estimate_text(scores.macro_f1),
                _macro_f1(agreement.against_others.get(name)),
            )
            for name, scores in agreement.annotators.items()
        ],
    )


def disagreement_table(agreement: VoteAgreement) -> Table:
    """The pairs of classes between which annotators stood most often."""
    return Table(
        ("Most frequent differences", "Pairs of votes"),
        [
            (" / ".join(each.classes), f"{each.pairs:,}")
            for each in agreement.disagreements[:DISAGREEMENTS]
        ],
    )


def _class_header(agreement: VoteAgreement) -> tuple[str, ...]:
    annotators = (f"F1 {name}" for name in agreement.annotators)
    return ("", "Alpha", "Chosen by another too", "Votes", *annotators)


def _class_row(name: str, agreement: VoteAgreement, row: int) -> tuple[str, ...]:
    measured = agreement.classes[row]
    return (
        name,
        estimate_text(measured.alpha),
        estimate_text(measured.specific),
        f"{measured.votes:,}",
        *(estimate_text(scores.classes[row].f1) for scores in agreement.annotators.values()),
    )


def _macro_f1(scores: Scores | None) -> str:
    return UNDEFINED if scores is None else estimate_text(scores.macro_f1)
