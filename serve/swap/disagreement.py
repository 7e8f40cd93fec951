"""How two models' answers to the same texts differ: numbers only, never a text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from framelens.model import SentenceResult
from framelens.serve.message import Message
from framelens.serve.thresholds import ThresholdSet

__all__ = ["Disagreement", "DisagreementAnswer", "LabelDisagreement"]


class LabelDisagreement(Message):
    """Of the sentences to which the default model gives a label."""

    sentences: int
    agreement: float | None
    """The share to which the candidate gives it too; null where there are none."""
    candidate: dict[str, int]
    """How many of them have which label by the candidate; a sentence may have several where the
    scheme is multi-label."""
    score_difference: float | None
    """Mean absolute difference of this label's probability, over all sentences compared."""
    consequences_changed: float | None
    """The share for which something else follows."""


class DisagreementAnswer(Message):
    """Of all sentences that both models have scored; null stands where there are none."""

    sentences: int
    agreement: float | None
    """The share to which both give the same label, or labels."""
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
        self._sentences = self._same = self._all_changed = 0
        self._given: Counter[str] = Counter()
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
        said = _said(thresholds, sentence)
        is_changed = said != _said(candidate_thresholds, candidate)
        self._sentences += 1
        self._same += sentence.label == candidate.label
        self._all_changed += is_changed
        for label in sentence.each_label:
            self._given[label] += 1
            self._changed[label] += is_changed
            self._pairs.update((label, other) for other in candidate.each_label)
        for label in self._labels:
            self._differences[label] += abs(sentence.scores[label] - candidate.scores[label])

    def answer(self) -> DisagreementAnswer:
        """What there is to tell so far."""
        sentences = self._sentences
        differences = sum(self._differences.values())
        return DisagreementAnswer(
            sentences=sentences,
            agreement=_share(self._same, sentences),
            score_difference=_share(differences, sentences * len(self._labels)),
            consequences_changed=_share(self._all_changed, sentences),
            labels={label: self._label(label, sentences) for label in self._labels},
        )

    def _label(self, label: str, all_sentences: int) -> LabelDisagreement:
        row = {other: self._pairs[label, other] for other in self._labels}
        sentences = self._given[label]
        return LabelDisagreement(
            sentences=sentences,
            agreement=_share(row[label], sentences),
            candidate=row,
            score_difference=_share(self._differences[label], all_sentences),
            consequences_changed=_share(self._changed[label], sentences),
        )


def _said(thresholds: ThresholdSet, sentence: SentenceResult) -> tuple[str | None, str | None]:
    """What follows; to act, the label matters, and a person who reviews sees for themselves."""
    consequence, label = thresholds.consequence(sentence.scores, sentence.labels is not None)
    return consequence, label if consequence == "act" else None


def _share(part: float, whole: int) -> float | None:
    return part / whole if whole else None
