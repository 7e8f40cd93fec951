"""How two models' answers to the same texts differ: numbers only, never a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from framelens.model import SentenceResult
from framelens.serve.message import Message
from framelens.serve.thresholds import ThresholdSet

__all__ = ["Disagreement", "DisagreementAnswer", "LabelDisagreement"]


class LabelDisagreement(Message):
    """Of the sentences to which the default model gives one label."""

    sentences: int
    agreement: float | None
    """The share to which the candidate gives it too; null where there are none."""
    candidate: dict[str, int]
    """How many of them have which label by the candidate."""
    score_difference: float | None
    """Mean absolute difference of this label's probability, over all sentences compared."""
    consequences_changed: float | None
    """The share for which something else follows."""


class DisagreementAnswer(Message):
    """Of all sentences that both models have scored; null stands where there are none."""

    sentences: int
    agreement: float | None
    """The share to which both give the same label."""
    score_difference: float | None
    """Mean absolute difference of a label's probability."""
    consequences_changed: float | None
    """The share for which something else follows: act instead of review, say, or another label
    to act on."""
    labels: dict[str, LabelDisagreement]
    """By the default model's label: the rows of the confusion matrix, and what goes with them."""


class Disagreement:
    """Counts over pairs of results, of the default model and of the candidate.

    Args:
        labels: that both models have.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self._labels = list(labels)
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._changed: Counter[str] = Counter()
        self._differences = dict.fromkeys(self._labels, 0.0)

    def add(
        self,
        sentence: SentenceResult,
        candidate: SentenceResult,
        thresholds: ThresholdSet,
        candidate_thresholds: ThresholdSet,
    ) -> None:
        """Take in what both models say of a sentence, and the threshold sets in force."""
        self._pairs[sentence.label, candidate.label] += 1
        for label in self._labels:
            self._differences[label] += abs(sentence.scores[label] - candidate.scores[label])
        said = _said(thresholds, sentence)
        self._changed[sentence.label] += said != _said(candidate_thresholds, candidate)

    def answer(self) -> DisagreementAnswer:
        """What there is to tell so far."""
        sentences = self._pairs.total()
        same = sum(self._pairs[label, label] for label in self._labels)
        differences = sum(self._differences.values())
        return DisagreementAnswer(
            sentences=sentences,
            agreement=_share(same, sentences),
            score_difference=_share(differences, sentences * len(self._labels)),
            consequences_changed=_share(self._changed.total(), sentences),
            labels={label: self._label(label, sentences) for label in self._labels},
        )

    def _label(self, label: str, all_sentences: int) -> LabelDisagreement:
        row = {other: self._pairs[label, other] for other in self._labels}
        sentences = sum(row.values())
        return LabelDisagreement(
            sentences=sentences,
            agreement=_share(row[label], sentences),
            candidate=row,
            score_difference=_share(self._differences[label], all_sentences),
            consequences_changed=_share(self._changed[label], sentences),
        )


def _said(thresholds: ThresholdSet, sentence: SentenceResult) -> tuple[str | None, str | None]:
    """What follows; to act, the label matters, and a person who reviews sees for themselves."""
    consequence, label = thresholds.consequence(sentence.scores)
    return consequence, label if consequence == "act" else None


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
