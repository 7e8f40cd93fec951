"""A model's evaluation, as plain data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from framelens.data import Corpus, Swap, without_leaks
from framelens.model import FramingClassifier
from framelens.training.evaluation.baselines import baseline_leaves
from framelens.training.evaluation.confidence import (
    Calibration,
    ReviewMark,
    RiskCoverage,
    assess_calibration,
    assess_review,
    risk_coverage,
)
from framelens.training.evaluation.deletion import Deletion, measure_deletion
from framelens.training.evaluation.human import Agreement, annotator_leaves, measure_agreement
from framelens.training.evaluation.metrics import (
    Estimate,
    Scores,
    document_confusions,
    document_resamples,
    document_share,
    score,
)
from framelens.training.evaluation.multi_label import score_labels
from framelens.training.evaluation.predictions import Leaves, Predictions, fold_leaves, predict
from framelens.training.evaluation.sides import Sides, measure_sides

__all__ = [
    "Evaluation",
    "KindScores",
    "SystemScores",
    "evaluate",
    "evaluate_predictions",
    "name_model",
    "plain",
]

Integers = npt.NDArray[np.integer[Any]]

DECIMALS = 6


@dataclass(frozen=True, slots=True)
class SystemScores:
    """How well the model, a baseline or an annotator gives public labels and leaves."""

    labels: Scores
    leaves: Scores


@dataclass(frozen=True, slots=True)
class KindScores:
    """How the model does on one kind of text."""

    name: str
    documents: int
    sentences: int
    accuracy: Estimate


@dataclass(frozen=True)
class Evaluation:
    """What is known of a model from one labelled corpus.

    ``model`` says which model and engine it was. ``unread`` counts labelled sentences that
    have no character that the model reads; no figure has them. ``train_sentences`` is the
    size of the corpus that the baselines learnt from, None where they had none.
    ``annotators`` and ``agreement`` are empty where the corpus has no votes. ``review`` is what
    the model's own threshold does here, None where it has none; ``sides`` is None where no sides
    were swapped, ``deletion`` where only predictions were at hand.
    """

    model: Mapping[str, str]
    documents: int
    sentences: int
    unread: int
    train_sentences: int | None
    scores: SystemScores
    baselines: Mapping[str, SystemScores]
    annotators: Mapping[str, SystemScores]
    agreement: Agreement | None
    kinds: tuple[KindScores, ...]
    uncalibrated: Calibration
    calibrated: Calibration
    risk_coverage: RiskCoverage
    review: ReviewMark | None
    deletion: Deletion | None = None
    sides: Sides | None = None

    @cached_property
    def systems(self) -> dict[str, SystemScores]:
        """The model, then what stands beside it, each by its name."""
        return {self.model["name"]: self.scores, **self.baselines, **self.annotators}

    @cached_property
    def has_leaves(self) -> bool:
        """Whether the leaves are others than the public labels."""
        return len(self.scores.leaves.classes) > len(self.scores.labels.classes)

    @property
    def multi_label(self) -> bool:
        """Whether a sentence may have several labels, or none."""
        return self.scores.labels.micro_f1 is not None

    def to_dict(self) -> dict[str, Any]:
        """All figures as JSON holds them: rounded, null where a figure is not defined."""
        content: dict[str, Any] = plain(asdict(self))
        return content


def evaluate(
    classifier: FramingClassifier,
    corpus: Corpus,
    train_corpus: Corpus | None = None,
    swaps: Sequence[Swap] = (),
) -> Evaluation:
    """Evaluate a model on labelled documents, beside baselines and annotators.

    Args:
        classifier: the model.
        corpus: the documents to score; the model should not have seen them.
        train_corpus: what the baselines learn from, but for the sentences that stand in
            ``corpus`` too; without it there is only the majority.
        swaps: the pairs of sides to swap, where that is to be measured.

    Raises:
        InputError: no labelled sentence has a character that the model reads.
        SchemeError: a label is not in the classifier's scheme.
        EngineError: the engine gave no finite score.
    """
    learnt = without_leaks(train_corpus, corpus)[0] if train_corpus else None
    model = name_model(classifier)
    evaluation = evaluate_predictions(predict(classifier, corpus), model, learnt)
    return replace(
        evaluation,
        sides=measure_sides(classifier, corpus, swaps) if swaps else None,
        deletion=measure_deletion(classifier, corpus),
    )


def name_model(classifier: FramingClassifier) -> dict[str, str]:
    """Which model and engine it is."""
    artefact, engine = classifier.artefact, classifier.engine
    return {
        "name": artefact.manifest.name,
        "version": artefact.manifest.version,
        "sha256": artefact.manifest.sha256,
        "scheme": f"{artefact.scheme.name} {artefact.scheme.version}",
        "engine": f"{engine.name} {engine.precision}",
    }


def evaluate_predictions(
    predictions: Predictions, model: Mapping[str, str], train_corpus: Corpus | None = None
) -> Evaluation:
    """Evaluate what a model said; ``model`` has at least its name."""
    documents = len(np.unique(predictions.documents))
    resamples = document_resamples(documents)
    annotators = annotator_leaves(predictions)
    baselines = baseline_leaves(predictions, train_corpus)
    probabilities, labels = predictions.label_probabilities, predictions.labels
    scheme = predictions.scheme
    uncalibrated = scheme.fold(scheme.probabilities(predictions.leaf_logits))
    below = predictions.review_below
    return Evaluation(
        model=model,
        documents=documents,
        sentences=len(labels),
        unread=predictions.unread,
        train_sentences=_sentences(train_corpus) if train_corpus else None,
        scores=_score_leaves(predictions.predicted_leaves, predictions, resamples),
        baselines={
            name: _score_leaves(leaves, predictions, resamples)
            for name, leaves in baselines.items()
        },
        annotators={
            f"annotator {name}": _score_leaves(leaves, predictions, resamples)
            for name, leaves in annotators.items()
        },
        agreement=measure_agreement([*annotators.values()], predictions.scheme),
        kinds=_score_kinds(predictions),
        uncalibrated=assess_calibration(uncalibrated, labels, temperature=1.0),
        calibrated=assess_calibration(probabilities, labels, predictions.temperature),
        risk_coverage=risk_coverage(probabilities, labels),
        review=None
        if below is None
        else assess_review(probabilities, labels, predictions.documents, below),
    )


def _sentences(corpus: Corpus) -> int:
    return sum(len(document.sentences) for document in corpus)


def _score_leaves(leaves: Leaves, predictions: Predictions, resamples: Integers) -> SystemScores:
    scheme = predictions.scheme
    if scheme.multi_label:
        labels = fold_leaves(leaves, scheme)
        scores = score_labels(
            scheme.label_names, predictions.labels, labels, predictions.documents, resamples
        )
        return SystemScores(scores, scores)
    confusions = document_confusions(
        predictions.leaf_labels, leaves, predictions.documents, len(scheme.leaves)
    )
    folding = scheme.folding.astype(np.int64)
    return SystemScores(
        labels=score(scheme.label_names, folding.T @ confusions @ folding, resamples),
        leaves=score(scheme.leaf_names, confusions, resamples),
    )


def _score_kinds(predictions: Predictions) -> tuple[KindScores, ...]:
    """The kinds by falling number of sentences."""
    names, positions, sentences = np.unique(
        predictions.kinds, return_inverse=True, return_counts=True
    )
    correct = predictions.correct
    kinds = []
    for kind in np.argsort(-sentences, kind="stable"):
        inside = positions == kind
        documents = predictions.documents[inside]
        kinds.append(
            KindScores(
                name=str(names[kind]),
                documents=len(np.unique(documents)),
                sentences=int(sentences[kind]),
                accuracy=document_share(correct[inside], documents),
            )
        )
    return tuple(kinds)


def plain(content: Any) -> Any:
    """Figures as JSON can hold them: rounded, null where they are not finite."""
    if isinstance(content, Mapping):
        return {str(key): plain(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [plain(value) for value in content]
    if isinstance(content, float):
        return round(content, DECIMALS) if math.isfinite(content) else None
    return content
