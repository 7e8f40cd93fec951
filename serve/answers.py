"""What a caller gets back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated, Any, TypeVar
from uuid import UUID

from pydantic import Field

from framelens.model import Document, DocumentResult, Evidence, SentenceResult, Word
from framelens.serve.basis import Basis
from framelens.serve.coverage import LanguageAnswer, identify_language
from framelens.serve.message import Message
from framelens.serve.offsets import Boundaries, OffsetUnit, boundaries
from framelens.serve.requests import ClassifyRequest
from framelens.serve.thresholds import Consequence, ThresholdSet

__all__ = [
    "ClassifyAnswer",
    "DocumentAnswer",
    "SentenceAnswer",
    "answer",
    "json_pieces",
]

Span = TypeVar("Span", SentenceResult, Word)
Kind = TypeVar("Kind")


def _is_none(value: Any) -> bool:
    return value is None


OfSeveral = Annotated[Kind | None, Field(exclude_if=_is_none)]
"""What answers have only where a sentence may have several labels."""


class FrameAnswer(Message):
    """The frame inside a label that has several."""

    label: str
    confidence: float
    """Its probability, given the label."""


class WordAnswer(Message):
    """A word and what it adds to the log-odds of its sentence's label."""

    begin: int
    end: int
    text: str
    contribution: float
    """Of the word's position in its context, which the encoder has mixed in."""


class EvidenceAnswer(Message):
    """The log-odds of a sentence's label: the sum of the words' contributions and the bias."""

    words: list[WordAnswer]
    bias: float


class SentenceAnswer(Message):
    """One sentence, framed."""

    begin: int
    """Where the sentence begins in its document, in the unit asked for."""
    end: int
    text: str
    label: str
    """Where the scheme is multi-label, all that it has, such as `angry|sad`, or nothing."""
    labels: OfSeveral[list[str]] = None
    """Only where the scheme is multi-label: those whose probability is at least one half."""
    confidence: float
    """Calibrated probability of the label, or, where the scheme is multi-label, of the least
    certain yes or no."""
    review: bool
    """Whether a person should look: what follows is `review`."""
    follows: Consequence | None = None
    """What the threshold set says: `act` on the label without a person, `review` by a person,
    or nothing."""
    follows_from: str | None = None
    """The label whose probability it follows from, which need not be the likeliest."""
    scores: dict[str, float]
    """Probability of every label of the scheme; they sum to one, unless it is multi-label."""
    frame: FrameAnswer | None
    tokens: int
    tokens_scored: int
    """How many of the tokens the network has read: all of them, unless this says otherwise."""
    evidence: EvidenceAnswer | None
    """Null unless asked for, and where the scheme is multi-label."""
    label_evidence: OfSeveral[dict[str, EvidenceAnswer]] = None
    """Only where the scheme is multi-label and it is asked for: of each label that is given."""

    @property
    def each_label(self) -> list[str]:
        """The labels to count it for: its one, or all of a multi-label scheme."""
        return [self.label] if self.labels is None else self.labels

    @classmethod
    def of(cls, result: SentenceResult, thresholds: ThresholdSet) -> SentenceAnswer:
        """The answer that holds a result, with what follows from it."""
        answer = cls.model_validate(result)
        several = answer.labels is not None
        answer.follows, answer.follows_from = thresholds.consequence(answer.scores, several)
        answer.review = answer.follows == "review"
        return answer


class DocumentError(Message):
    """Why one document could not be scored."""

    code: str
    detail: str


class DocumentAnswer(Message):
    """The sentences of a document in order, or the error that kept it from being scored."""

    id: str | None
    language: LanguageAnswer | None = None
    """Null where there is an error, or nothing to read."""
    sentences: list[SentenceAnswer]
    tokens: int = 0
    tokens_scored: int = 0
    truncated: bool = False
    """Whether fewer tokens were scored than given. Long texts are read in windows and never cut,
    so it would be a fault."""
    error: DocumentError | None

    @classmethod
    def of(cls, result: DocumentResult, thresholds: ThresholdSet) -> DocumentAnswer:
        """The answer that holds a result, its offsets as they are."""
        answer = cls.without_sentences(result)
        answer.sentences = [SentenceAnswer.of(each, thresholds) for each in result.sentences]
        return answer

    @classmethod
    def without_sentences(cls, result: DocumentResult) -> DocumentAnswer:
        """The answer that holds all else of a result."""
        if result.error is not None:
            error = DocumentError(code="unscorable", detail=result.error)
            return cls(id=result.id, sentences=[], error=error)
        texts = (sentence.text for sentence in result.sentences)
        tokens = sum(sentence.tokens for sentence in result.sentences)
        scored = sum(sentence.tokens_scored for sentence in result.sentences)
        return cls(
            id=result.id,
            language=identify_language(texts) if result.sentences else None,
            sentences=[],
            tokens=tokens,
            tokens_scored=scored,
            truncated=scored < tokens,
            error=None,
        )


def json_pieces(document: DocumentAnswer, sentences: Iterable[SentenceAnswer]) -> Iterator[str]:
    """The JSON of a document with these sentences, one by one: a long one is never whole.

    Args:
        document: without any sentence.
        sentences: what it is to have.
    """
    before, opening, after = document.model_dump_json().partition('"sentences":[')
    yield before + opening
    for number, sentence in enumerate(sentences):
        yield ("," if number else "") + sentence.model_dump_json()
    yield after


class ClassifyAnswer(Basis):
    """The documents of a request, in the request's order, and what determines their labels."""

    decision: UUID | None = None
    """What to name in feedback; null unless the deployment keeps decisions for review."""
    documents: list[DocumentAnswer]


def answer(
    request: ClassifyRequest,
    results: Sequence[DocumentResult],
    thresholds: ThresholdSet,
    basis: Basis,
) -> ClassifyAnswer:
    """The answer that holds the results of a request's documents.

    Args:
        request: what was asked.
        results: of its documents, in order.
        thresholds: the set that says what follows from them.
        basis: what determined them.
    """
    pairs = zip(request.to_documents(), results, strict=True)
    unit = request.options.offsets
    documents = [
        DocumentAnswer.of(_in_unit(document, result, unit), thresholds)
        for document, result in pairs
    ]
    # All of it is checked already.
    return ClassifyAnswer.model_construct(**dict(basis), documents=documents)


def _in_unit(document: Document, result: DocumentResult, unit: OffsetUnit) -> DocumentResult:
    """The result with its offsets, which count code points, in the unit asked for."""
    if result.error is not None or unit == "utf32":
        return result
    at = boundaries(document.reference, unit)
    return replace(result, sentences=tuple(_sentence(each, at) for each in result.sentences))


def _sentence(sentence: SentenceResult, at: Boundaries) -> SentenceResult:
    if evidence := sentence.evidence:
        sentence = replace(sentence, evidence=_evidence(evidence, at))
    if several := sentence.label_evidence:
        converted = {label: _evidence(evidence, at) for label, evidence in several.items()}
        sentence = replace(sentence, label_evidence=converted)
    return _converted(sentence, at)


def _evidence(evidence: Evidence, at: Boundaries) -> Evidence:
    return replace(evidence, words=tuple(_converted(word, at) for word in evidence.words))


def _converted(span: Span, at: Boundaries) -> Span:
    return replace(span, begin=at[span.begin], end=at[span.end])
