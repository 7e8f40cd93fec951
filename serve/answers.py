"""What a caller gets back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from framelens.model import Document, DocumentResult, SentenceResult, Word
from framelens.model.artefact import Manifest
from framelens.serve.message import Message
from framelens.serve.offsets import Boundaries, OffsetUnit, boundaries
from framelens.serve.requests import ClassifyRequest

__all__ = [
    "ClassifyAnswer",
    "DocumentAnswer",
    "ModelAnswer",
    "SentenceAnswer",
    "answer",
    "json_pieces",
]

Span = TypeVar("Span", SentenceResult, Word)


class ModelAnswer(Message):
    """The model that gave the answer."""

    name: str
    version: str
    sha256: str
    """Digest of the whole artefact: the same digest gives the same answers."""


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
    confidence: float
    """Calibrated probability of the label."""
    review: bool
    """Whether the confidence is below the threshold in force: a person should look."""
    scores: dict[str, float]
    """Probability of every label of the scheme; they sum to one."""
    frame: FrameAnswer | None
    tokens: int
    tokens_scored: int
    """How many of the tokens the network has read: all of them, unless this says otherwise."""
    evidence: EvidenceAnswer | None
    """Null unless asked for."""


class DocumentError(Message):
    """Why one document could not be scored."""

    code: str
    detail: str


class DocumentAnswer(Message):
    """The sentences of a document in order, or the error that kept it from being scored."""

    id: str | None
    sentences: list[SentenceAnswer]
    error: DocumentError | None

    @classmethod
    def of(cls, result: DocumentResult) -> DocumentAnswer:
        """The answer that holds a result, its offsets as they are."""
        if result.error is not None:
            error = DocumentError(code="unscorable", detail=result.error)
            return cls(id=result.id, sentences=[], error=error)
        sentences = [SentenceAnswer.model_validate(sentence) for sentence in result.sentences]
        return cls(id=result.id, sentences=sentences, error=None)


def json_pieces(result: DocumentResult) -> Iterator[str]:
    """The JSON of a :class:`DocumentAnswer`, sentence by sentence: a long one is never whole."""
    whole = DocumentAnswer.of(replace(result, sentences=())).model_dump_json()
    before, opening, after = whole.partition('"sentences":[')
    yield before + opening
    for number, sentence in enumerate(result.sentences):
        separator = "," if number else ""
        yield separator + SentenceAnswer.model_validate(sentence).model_dump_json()
    yield after


class ClassifyAnswer(Message):
    """The documents of a request, in the request's order."""

    model: ModelAnswer
    documents: list[DocumentAnswer]


def answer(
    request: ClassifyRequest, results: Sequence[DocumentResult], manifest: Manifest
) -> ClassifyAnswer:
    """The answer that holds the results of a request's documents.

    Args:
        request: what was asked.
        results: of its documents, in order.
        manifest: of the model that gave them.
    """
    pairs = zip(request.to_documents(), results, strict=True)
    return ClassifyAnswer(
        model=ModelAnswer.model_validate(manifest),
        documents=[
            DocumentAnswer.of(_in_unit(document, result, request.options.offsets))
            for document, result in pairs
        ],
    )


def _in_unit(document: Document, result: DocumentResult, unit: OffsetUnit) -> DocumentResult:
    """The result with its offsets, which count code points, in the unit asked for."""
    if result.error is not None:
        return result
    text = document.text if document.sentences is None else "\n".join(document.sentences)
    at = boundaries(text or "", unit)
    return replace(result, sentences=tuple(_sentence(each, at) for each in result.sentences))


def _sentence(sentence: SentenceResult, at: Boundaries) -> SentenceResult:
    if evidence := sentence.evidence:
        words = tuple(_converted(word, at) for word in evidence.words)
        sentence = replace(sentence, evidence=replace(evidence, words=words))
    return _converted(sentence, at)


def _converted(span: Span, at: Boundaries) -> Span:
    return replace(span, begin=at[span.begin], end=at[span.end])
