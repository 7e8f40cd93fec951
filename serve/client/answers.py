"""What the service answers, as its OpenAPI document describes it; the names are the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

__all__ = [
    "Basis",
    "ClassifyAnswer",
    "DocumentAnswer",
    "DocumentError",
    "EngineAnswer",
    "EvidenceAnswer",
    "FeedbackAnswer",
    "FieldProblem",
    "FrameAnswer",
    "Info",
    "Label",
    "LabelThresholds",
    "LanguageAnswer",
    "Leaf",
    "ModelAnswer",
    "ModelInfo",
    "ProblemDocument",
    "Scheme",
    "SentenceAnswer",
    "Served",
    "Stores",
    "StreamBegin",
    "StreamDocument",
    "StreamEnd",
    "StreamProblem",
    "TextProfile",
    "ThresholdsInfo",
    "WordAnswer",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class FrameAnswer:
    """The frame inside a label that has several."""

    label: str
    confidence: float
    """Its probability, given the label."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WordAnswer:
    """A word and what it adds to the log-odds of its sentence's label."""

    begin: int
    end: int
    text: str
    contribution: float


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceAnswer:
    """The log-odds of a sentence's label: the sum of the words' contributions and the bias."""

    words: list[WordAnswer]
    bias: float


@dataclass(frozen=True, kw_only=True, slots=True)
class SentenceAnswer:
    """One sentence, framed."""

    begin: int
    """Where the sentence begins in its document, in the unit asked for."""
    end: int
    text: str
    label: str
    """Of a multi-label scheme, all that it has, such as `angry|sad`, or nothing."""
    confidence: float
    """Calibrated probability of the label; of a multi-label scheme, of the least certain yes or
    no."""
    review: bool
    """Whether a person should look."""
    follows: str | None
    """What the threshold set says: `act`, `review` or nothing."""
    follows_from: str | None
    """The label whose probability it follows from."""
    scores: dict[str, float]
    """Probability of every label; they sum to one, unless the scheme is multi-label."""
    frame: FrameAnswer | None
    tokens: int
    tokens_scored: int
    evidence: EvidenceAnswer | None
    """None unless asked for, and of a multi-label scheme."""
    labels: list[str] | None = None
    """The labels of a multi-label scheme that it has; None of another."""
    label_evidence: dict[str, EvidenceAnswer] | None = None
    """Of a multi-label scheme, that of each label, where it is asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageAnswer:
    """The language of a document, and whether the model is made for it."""

    code: str
    """ISO 639-1, or `und` where it cannot be told."""
    share: float
    """How much of the text is in it, from 0 to 1."""
    supported: bool | None
    """None where the language is not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentError:
    """Why one document could not be scored."""

    code: str
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentAnswer:
    """The sentences of a document in order, or the error that kept it from being scored."""

    id: str | None
    language: LanguageAnswer | None
    sentences: list[SentenceAnswer]
    tokens: int
    tokens_scored: int
    truncated: bool
    """Whether fewer tokens were scored than given; it would be a fault."""
    error: DocumentError | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelAnswer:
    """The model that gave the answer."""

    name: str
    version: str
    sha256: str
    """Digest of the whole artefact: the same digest gives the same answers."""
    weights_sha256: str
    calibration: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EngineAnswer:
    """What runs the model."""

    name: str
    precision: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """All that determines an answer, beside the text."""

    model: ModelAnswer
    engine: EngineAnswer
    software: dict[str, str]
    thresholds: str
    """The threshold set in force, as `name@version+digest`."""
    fingerprint: str
    """Digest of all of these: equal fingerprints, equal answers to equal texts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClassifyAnswer(Basis):
    """The documents of a request, in the request's order, and what determines their labels."""

    decision: UUID | None
    """What to name in feedback; None unless the deployment keeps decisions for review."""
    documents: list[DocumentAnswer]


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldProblem:
    """What is wrong with one field of a request."""

    pointer: str
    """JSON pointer (RFC 6901) to the field, or a parameter of the query."""
    detail: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ProblemDocument:
    """Why a request was not answered."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[FieldProblem] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamBegin(Basis):
    """The first line of a stream's answer: what determines the others."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamDocument:
    """The answer to a line."""

    line: int
    decision: UUID | None
    document: DocumentAnswer


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamProblem:
    """Why a line has no answer."""

    line: int
    problem: ProblemDocument


@dataclass(frozen=True, kw_only=True, slots=True)
class StreamEnd:
    """The last line: without it, the answer is not whole."""

    documents: int
    problems: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedbackAnswer:
    """What became of feedback."""

    id: UUID
    leaf: str | None
    """The leaf to train on; None for a label with several."""
    text_kept: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TextProfile:
    """What the text was like that a model was made from."""

    sentences: int
    annotated: dict[str, float]
    held_out_sentences: int
    predicted: dict[str, float]
    confidence: list[float]
    tokens: list[float]


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelInfo(ModelAnswer):
    """A model, with what is not in every answer."""

    window: int
    overlap: int
    review_below: float | None
    profile: TextProfile | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """A public label: what a reader of the answer sees."""

    name: str
    definition: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf:
    """A class that the network predicts; it folds into a public label."""

    name: str
    label: str
    frame: str | None = None
    code: str | None = None
    definition: str = ""
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scheme:
    """A label set."""

    name: str
    version: str
    labels: list[Label]
    leaves: list[Leaf]
    description: str = ""
    multi_label: bool = False
    """Whether a sentence may have any number of labels, or none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LabelThresholds:
    """The probabilities of one label from which something follows."""

    act: float | None = None
    review: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ThresholdsInfo:
    """A threshold set."""

    id: str
    """Name, version and digest, as answers carry it."""
    name: str
    version: str
    labels: dict[str, LabelThresholds]
    review_below: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """A model, and what goes with it."""

    model: ModelInfo
    scheme: Scheme
    engine: EngineAnswer
    thresholds: list[ThresholdsInfo]


@dataclass(frozen=True, kw_only=True, slots=True)
class Stores:
    """What the deployment keeps."""

    feedback: bool
    """Whether it takes feedback."""
    decisions: bool
    """Whether it keeps decisions with the review mark."""
    texts_days: float | None
    """How many days it keeps the texts of both; None where it keeps none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Info(Served):
    """What answers there, and within which limits; ``model`` is for requests that name none."""

    version: str
    """Of the service."""
    models: list[Served]
    retired: list[str]
    previous: str | None
    """The default before, to which a rollback goes."""
    shadow: str | None
    """The model that reads some of the default's requests too."""
    limits: dict[str, float]
    stores: Stores
