"""What the last sentences were like, to be compared with what the model was made from."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from framelens.model import DocumentResult
from framelens.model.classifier import Prepared
from framelens.model.preparation import PreparedDocument

__all__ = ["Drift"]

WINDOW = 10_000


@dataclass
class _Sums:
    """Of the sentences of one request, or of all in the window."""

    labels: Counter[str] = field(default_factory=Counter)
    sentences: int = 0
    confidence: float = 0.0
    unsure: int = 0
    tokens: int = 0
    unknown: int = 0

    def add(self, other: _Sums, sign: int = 1) -> None:
        """Add the sums of a request, or take them away."""
        for label, number in other.labels.items():
            self.labels[label] += sign * number
        self.sentences += sign * other.sentences
        self.confidence += sign * other.confidence
        self.unsure += sign * other.unsure
        self.tokens += sign * other.tokens
        self.unknown += sign * other.unknown


class Drift:
    """Shares and means over the last 10,000 sentences, whole requests at a time.

    Args:
        unknown: the id of the token for what has none; None where there is no such token.
        median: confidence that half of the model's own held-out sentences reach; None where
            the model does not tell.
    """

    def __init__(self, unknown: int | None, median: float | None) -> None:
        self._unknown = unknown
        self._median = median
        self._requests: deque[_Sums] = deque()
        self._all = _Sums()

    def add(self, prepared: Iterable[Prepared], results: Sequence[DocumentResult]) -> Counter[str]:
        """Take in the documents of a request, and forget as many of the oldest sentences.

        Returns:
            How many of the request's sentences have each label.
        """
        sums = self._sums(prepared, results)
        if not sums.sentences:
            return sums.labels
        self._requests.append(sums)
        self._all.add(sums)
        while len(self._requests) > 1 and self._all.sentences > WINDOW:
            self._all.add(self._requests.popleft(), -1)
        return sums.labels

    @property
    def sentences(self) -> int:
        """How many sentences the window holds."""
        return self._all.sentences

    def share(self, label: str) -> float:
        """Of a predicted label."""
        return self._per_sentence(self._all.labels[label])

    def confidence(self) -> float:
        """The mean."""
        return self._per_sentence(self._all.confidence)

    def unsure(self) -> float:
        """The share of sentences below the model's own median, which was half when it was made."""
        return self._per_sentence(self._all.unsure)

    def tokens(self) -> float:
        """Mean of a sentence."""
        return self._per_sentence(self._all.tokens)

    def unknown(self) -> float:
        """The share of tokens that stand for what has none."""
        return self._all.unknown / self._all.tokens if self._all.tokens else 0.0

    def _per_sentence(self, total: float) -> float:
        return total / self._all.sentences if self._all.sentences else 0.0

    def _sums(self, prepared: Iterable[Prepared], results: Sequence[DocumentResult]) -> _Sums:
        sums = _Sums()
        median = self._median or 0.0
        for document, result in zip(prepared, results, strict=True):
            if not isinstance(document, PreparedDocument):
                continue
            if self._unknown is not None and result.sentences:
                is_unknown = np.concatenate(document.tokens) == self._unknown
                sums.unknown += int(np.count_nonzero(is_unknown))
            sums.sentences += len(result.sentences)
            for sentence in result.sentences:
                sums.labels.update(sentence.each_label)
                sums.confidence += sentence.confidence
                sums.unsure += sentence.confidence < median
                sums.tokens += sentence.tokens
        return sums
