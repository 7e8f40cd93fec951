"""What is asked: the calls that both clients make, as they go over the wire."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, Literal, TypedDict, TypeVar
from uuid import UUID

from framelens.client.answers import ClassifyAnswer, FeedbackAnswer, Info, ProblemDocument
from framelens.client.decoding import decode_json
from framelens.client.errors import AnswerError, ProblemError, problem_error, retry_seconds
from framelens.client.retries import LEAST

__all__ = [
    "INFO",
    "Call",
    "Decided",
    "Document",
    "OffsetUnit",
    "Options",
    "Passage",
    "classify_call",
    "document_line",
    "feedback_call",
    "problem_of",
    "stream_query",
]

Answer = TypeVar("Answer")

MARGIN = 0.2
"""Seconds in which the service can still say that the time is over, before it is."""

OffsetUnit = Literal["utf32", "utf16", "utf8"]
"""Code points (Python), UTF-16 code units or UTF-8 bytes."""


class Options(TypedDict, total=False):
    """How answers are to be given, and by what; all are optional."""

    evidence: bool
    """Whether to say what each word adds to its sentence's label."""
    offsets: OffsetUnit
    """What `begin` and `end` count; code points unless said otherwise."""
    review_below: float | None
    """Sentences with a confidence below this get the review mark.
    Not together with `thresholds`."""
    model: str | None
    """Which of the models that `info()` lists is to answer, as `name` or `name@version`."""
    thresholds: str | None
    """Which of the threshold sets that `info()` lists says what follows."""
    client_token: str | None
    """Yours: where the deployment keeps texts, they can be erased by it."""


IN_OPTIONS = ("evidence", "offsets", "review_below")
"""The options that stand under `options` in a request's body."""


@dataclass(frozen=True, slots=True)
class Document:
    """A text, or its sentences where they are split already, with an id of yours."""

    text: str | None = None
    sentences: Sequence[str] | None = None
    id: str | None = None

    def __post_init__(self) -> None:
        if (self.text is None) == (self.sentences is None):
            raise ValueError("a document needs exactly one of 'text' and 'sentences'")
        if isinstance(self.sentences, str):
            raise TypeError("'sentences' must be several strings; a text goes into 'text'")


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence and the text around it."""

    text: str
    begin: int
    """Where the sentence begins in the text, in the unit that `offsets` names."""
    end: int
    offsets: OffsetUnit = "utf32"


@dataclass(frozen=True, slots=True)
class Decided:
    """A sentence with the review mark, in an answer that had a decision id."""

    id: UUID
    """The answer's `decision`."""
    sentence: int
    """Number of the sentence in its document, from 0."""
    document: int = 0
    """Number of the document in the answer, from 0."""


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """A request, and what its answer is."""

    method: str
    path: str
    answer: type[Answer]
    content: bytes | None = None
    repeatable: bool = True
    """Whether it does no harm to do it twice."""

    def headers(self, seconds: float) -> dict[str, str]:
        """The request's own headers, with the time that is left for its answer."""
        given = {} if self.content is None else {"content-type": "application/json"}
        return given | {"x-request-timeout": f"{max(LEAST, seconds - MARGIN):.3f}"}

    def read(self, status: int, headers: Mapping[str, str], content: bytes) -> Answer:
        """The answer in a response.

        Raises:
            ProblemError: there is none.
            AnswerError: it is not one of the service's.
        """
        if not 200 <= status < 300:
            raise problem_of(status, headers, content)
        return decode_json(self.answer, content)


INFO = Call("GET", "/v1/info", Info)
"""What answers there."""


def classify_call(documents: Iterable[Document | str], options: Options) -> Call[ClassifyAnswer]:
    """Label the sentences of documents."""
    given: dict[str, Any] = dict(options)
    inside = {name: given.pop(name) for name in IN_OPTIONS if name in given}
    content = {"documents": [_document(each) for each in documents], "options": inside, **given}
    return Call("POST", "/v1/classify", ClassifyAnswer, _json(content))


def feedback_call(
    sentence: Passage | Decided,
    label: str,
    note: str | None,
    reviewer: str | None,
    client_token: str | None,
) -> Call[FeedbackAnswer]:
    """Say what the label of a sentence should be."""
    place = "passage" if isinstance(sentence, Passage) else "decision"
    content = {
        place: asdict(sentence),
        "label": label,
        "note": note,
        "reviewer": reviewer,
        "client_token": client_token,
    }
    return Call("POST", "/v1/feedback", FeedbackAnswer, _json(content), repeatable=False)


def document_line(document: Document | str) -> bytes:
    """A line of a stream."""
    return _json(_document(document)) + b"\n"


def stream_query(options: Options) -> dict[str, str]:
    """The query of a stream with these options."""
    given = {name: value for name, value in options.items() if value is not None}
    # JSON's words for true and false are those that the query takes.
    return {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in given.items()
    }


def problem_of(status: int, headers: Mapping[str, str], content: bytes) -> ProblemError:
    """The error of a response whose status says that it is no answer."""
    try:
        problem = decode_json(ProblemDocument, content)
    except AnswerError:
        problem = None
    return problem_error(status, problem, retry_seconds(headers))


def _document(document: Document | str) -> dict[str, Any]:
    if isinstance(document, str):
        return {"text": document}
    if not isinstance(document, Document):
        raise TypeError(f"a document is a Document or a str, not {type(document).__name__}")
    sentences = None if document.sentences is None else list(document.sentences)
    content = {"id": document.id, "text": document.text, "sentences": sentences}
    return {name: value for name, value in content.items() if value is not None}


def _json(content: Any) -> bytes:
    # Escaped, so that half of a surrogate pair can be sent; the service says what it makes of it.
    return json.dumps(content, default=_text_of).encode("ascii")


def _text_of(value: object) -> str:
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be sent")
