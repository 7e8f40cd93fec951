"""What goes into a classifier and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Document", "DocumentResult", "Evidence", "Frame", "SentenceResult", "Word"]


@dataclass(frozen=True)
class Document:
    """A text to classify, or sentences that the caller has already split.

    Exactly one of ``text`` and ``sentences`` is given. Offsets in the result refer to
    ``text``, or to the sentences joined by newlines.
    """

    text: str | None = None
    sentences: Sequence[str] | None = None
    id: str | None = None

    @property
    def reference(self) -> str:
        """What offsets in the result refer to; empty if nothing is given."""
        return self.text or "" if self.sentences is None else "\n".join(self.sentences)

    @property
    def code_points(self) -> int:
        """How long its text or its sentences are together."""
        return len(self.text or "") + sum(map(len, self.sentences or ()))


@dataclass(frozen=True)
class Frame:
    """The frame inside a label that has several, and its probability given the label."""

    label: str
    confidence: float


@dataclass(frozen=True)
class Word:
    """A word of a sentence and what it adds to the log-odds of the sentence's label.

    ``begin`` and ``end`` are code points in the document. Contributions are of positions
    in context, not of words as such: the encoder has mixed the sentence before.
    """

    begin: int
    end: int
    text: str
    contribution: float


@dataclass(frozen=True)
class Evidence:
    """An exact additive decomposition of a label's log-odds.

    The contributions of ``words`` and ``bias`` add up to ``log(p / (1 - p))`` of the label.
    """

    words: tuple[Word, ...]
    bias: float


@dataclass(frozen=True)
class SentenceResult:
    """One sentence, framed.

    ``begin`` and ``end`` are code points in the document; ``scores`` holds the calibrated
    probability of every public label, summing to one, and ``confidence`` that of
    ``label``. ``review`` says that the confidence is below the threshold in force, so that a
    person should look. ``tokens_scored`` of the sentence's ``tokens`` went through the encoder.

    Of a multi-label scheme, ``labels`` are those whose probability is at least one half, in the
    scheme's order, and ``label`` is the same as a text, such as ``angry|sad``, empty where there
    is none. The probabilities do not sum to one, ``confidence`` is that of the least certain yes
    or no, and evidence is ``label_evidence``, for each of ``labels``. Of another scheme, ``labels``
    and ``label_evidence`` are None.
    """

    begin: int
    end: int
    text: str
    label: str
    confidence: float
    review: bool
    scores: Mapping[str, float]
    frame: Frame | None
    tokens: int
    tokens_scored: int
    evidence: Evidence | None = None
    labels: tuple[str, ...] | None = None
    label_evidence: Mapping[str, Evidence] | None = None

    @property
    def each_label(self) -> tuple[str, ...]:
        """The labels to count it for: its one, or all of a multi-label scheme."""
        return (self.label,) if self.labels is None else self.labels


@dataclass(frozen=True)
class DocumentResult:
    """The sentences of a document in order, or the error that kept it from being scored."""

    id: str | None
    sentences: tuple[SentenceResult, ...] = ()
    error: str | None = None
