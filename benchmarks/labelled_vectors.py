"""What suspects, suggestions and learning curves are worth on a set of labelled vectors."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from framelens.model import Scheme
from framelens.training.evaluation.metrics import document_counts, label_f1, mean_f1
from framelens.training.learning_curve import LearningCurve, Trial
from framelens.training.suggestion import CANDIDATES, uncertainties, unlike_each_other
from framelens.training.suspects import STRENGTH, confident_errors, out_of_fold

__all__ = [
    "ANY",
    "AT_ONCE",
    "CURVES",
    "POINTS",
    "ROUNDS",
    "WAYS",
    "WRONG",
    "LabelledVectors",
    "measure_curves",
    "measure_suggestions",
    "measure_suspects",
]

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.integer[Any]]

ANY = Scheme.from_dict({"name": "any", "labels": {"a": {}, "b": {}}})
"""A scheme whose sentences have one label."""

TESTED = 0.25
WRONG = 0.1
"""Share of the labels that are made wrong for the suspects to be found."""

AT_ONCE = 50
ROUNDS = 5

POINTS = 5
CURVES = 3
FURTHER = 4
"""How many times as many labels as were measured are foretold."""


@dataclass(frozen=True)
class LabelledVectors:
    """A set as vectors: sentences by classes, and by the documents they stand in."""

    name: str
    vectors: Floats
    classes: Integers
    documents: Integers

    def rows(self, documents: Integers) -> Integers:
        """The sentences of some documents, in the order of the documents."""
        by_document = np.argsort(self.documents, kind="stable")
        starts = np.searchsorted(self.documents[by_document], documents)
        ends = np.searchsorted(self.documents[by_document], documents, side="right")
        spans = [by_document[start:end] for start, end in zip(starts, ends, strict=True)]
        return np.concatenate(spans)

    def divide(self, seed: int) -> tuple[Integers, Integers]:
        """Sentences to learn, in a random order of documents, and to test on."""
        order = np.random.default_rng(seed).permutation(np.unique(self.documents))
        tested = int(TESTED * len(order))
        return self.rows(order[tested:]), self.rows(order[:tested])


def measure_suspects(labelled: LabelledVectors, draws: int) -> dict[str, float]:
    """Make labels wrong by chance, and see which are found."""
    found = [_find_errors(labelled, seed) for seed in range(draws)]
    return {name: statistics.mean(each[name] for each in found) for name in found[0]}


def _find_errors(labelled: LabelledVectors, seed: int) -> dict[str, float]:
    generator = np.random.default_rng(seed)
    classes, count = labelled.classes.copy(), int(labelled.classes.max()) + 1
    wrong = generator.random(len(classes)) < WRONG
    classes[wrong] = (classes[wrong] + generator.integers(1, count, wrong.sum())) % count
    probabilities = out_of_fold(labelled.vectors, classes, labelled.documents)
    suspects = confident_errors(probabilities, classes)
    rows = np.array([*suspects])
    margins = probabilities[rows, classes[rows]] - probabilities[rows, [*suspects.values()]]
    ranked = rows[np.argsort(margins)]
    first = ranked[: max(1, len(classes) // 50)]
    return {
        "sentences": len(classes),
        "listed": len(ranked) / len(classes),
        "precision": float(wrong[ranked].mean()),
        "recall": float(wrong[ranked].sum() / wrong.sum()),
        "first": float(wrong[first].mean()),
    }


Choose = Callable[[LabelledVectors, Integers, Floats, int], Integers]
"""Positions of the next sentences, given those without a label and their probabilities."""


def by_chance(
    labelled: LabelledVectors, pool: Integers, probabilities: Floats, seed: int
) -> Integers:
    """Any of them."""
    return np.random.default_rng(seed).permutation(len(pool))[:AT_ONCE]


def by_uncertainty(
    labelled: LabelledVectors, pool: Integers, probabilities: Floats, seed: int
) -> Integers:
    """Those of which the model is least sure."""
    return np.argsort(-_unsure(probabilities), kind="stable")[:AT_ONCE]


def by_both(
    labelled: LabelledVectors, pool: Integers, probabilities: Floats, seed: int
) -> Integers:
    """As ``framelens suggest`` chooses, but for the share that chance draws."""
    unsure = _unsure(probabilities)
    candidates = max(AT_ONCE, min(CANDIDATES * AT_ONCE, len(pool) // 2))
    most = np.argsort(-unsure, kind="stable")[:candidates]
    vectors = labelled.vectors[pool[most]]
    return most[unlike_each_other(vectors, unsure[most], AT_ONCE, seed)]


WAYS: dict[str, Choose] = {
    "by chance": by_chance,
    "by uncertainty": by_uncertainty,
    "by uncertainty and variety": by_both,
}


def measure_suggestions(labelled: LabelledVectors, draws: int) -> dict[str, dict[str, float]]:
    """Let chance and suggestions choose what is labelled, and compare what is learnt."""
    measured = {}
    for name, choose in WAYS.items():
        scores = [_learn_actively(labelled, choose, seed) for seed in range(draws)]
        accuracies, macro_f1 = zip(*scores, strict=True)
        measured[name] = {
            "accuracy": statistics.mean(accuracies),
            "macro_f1": statistics.mean(macro_f1),
        }
    return measured


def _learn_actively(labelled: LabelledVectors, choose: Choose, seed: int) -> tuple[float, float]:
    pool, tested = labelled.divide(seed)
    known, pool = pool[:AT_ONCE], pool[AT_ONCE:]
    for round_ in range(ROUNDS):
        model = _fit(labelled, known)
        chosen = choose(labelled, pool, model.predict_proba(labelled.vectors[pool]), round_)
        known = np.concatenate([known, pool[chosen]])
        pool = np.delete(pool, chosen)
    given = _fit(labelled, known).predict(labelled.vectors[tested])
    accuracy = float((given == labelled.classes[tested]).mean())
    return accuracy, _macro_f1(_counts(labelled, given, tested))


def measure_curves(labelled: LabelledVectors, draws: int) -> dict[str, float]:
    """Measure curves on a quarter of the labels, foretell all, and see how far off that is."""
    errors, unchanged, covered = [], [], []
    for seed in range(draws):
        learnt, tested = labelled.divide(seed)
        few = learnt[: len(learnt) // FURTHER]
        trials = [_grown(labelled, few, seed + 100 * inner) for inner in range(CURVES)]
        curve = LearningCurve(_names(labelled), len(few), tuple(trials))
        (foretold,) = curve.expected([len(learnt)])
        truth = _macro_f1(_trial(labelled, learnt, tested).counts)
        errors.append(abs(foretold.value - truth))
        unchanged.append(abs(curve.measured[-1].value - truth))
        covered.append(foretold.low <= truth <= foretold.high)
    return {
        "measured_up_to": len(few),
        "foretold": len(learnt),
        "error": statistics.mean(errors),
        "error_of_no_change": statistics.mean(unchanged),
        "covered": statistics.mean(covered),
    }


def _grown(labelled: LabelledVectors, few: Integers, seed: int) -> tuple[Trial, ...]:
    """Models of growing parts of some sentences, measured on a fifth of them."""
    order = np.random.default_rng(seed).permutation(np.unique(labelled.documents[few]))
    rows = labelled.rows(order)
    tested, learnt = rows[: len(rows) // 5], rows[len(rows) // 5 :]
    sizes = [len(learnt) // 2**halved for halved in reversed(range(POINTS))]
    return tuple(_trial(labelled, learnt[:size], tested) for size in sizes)


def _trial(labelled: LabelledVectors, learnt: Integers, tested: Integers) -> Trial:
    given = _fit(labelled, learnt).predict(labelled.vectors[tested])
    return Trial(len(learnt), _counts(labelled, given, tested), 0.0)


def _counts(labelled: LabelledVectors, given: Integers, tested: Integers) -> Integers:
    names = np.arange(len(_names(labelled)))
    true, answered = (each[:, np.newaxis] == names for each in (labelled.classes[tested], given))
    return document_counts(true, answered, labelled.documents[tested])


def _macro_f1(counts: Integers) -> float:
    return float(mean_f1(label_f1(counts.sum(axis=0))))


def _fit(labelled: LabelledVectors, rows: Integers) -> LogisticRegression:
    model = LogisticRegression(C=STRENGTH, max_iter=1000, class_weight="balanced")
    return model.fit(labelled.vectors[rows], labelled.classes[rows])


def _names(labelled: LabelledVectors) -> tuple[str, ...]:
    return tuple(map(str, range(int(labelled.classes.max()) + 1)))


def _unsure(probabilities: Floats) -> Floats:
    return uncertainties(probabilities, ANY)
