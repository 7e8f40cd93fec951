"""A client of the HTTP service: ``Client``, and ``AsyncClient`` for asyncio.

It needs an HTTP client and nothing else of framelens: ``pip install 'framelens[client]'``.
"""

from framelens.client.answers import (
    Basis,
    ClassifyAnswer,
    DocumentAnswer,
    FeedbackAnswer,
    Info,
    SentenceAnswer,
)
from framelens.client.async_client import AsyncClient
from framelens.client.calls import Decided, Document, OffsetUnit, Options, Passage
from framelens.client.client import Client
from framelens.client.errors import (
    AnswerError,
    ClientError,
    DeadlineError,
    FailedError,
    ForbiddenError,
    OverloadedError,
    ProblemError,
    RefusedError,
    UnreachableError,
)
from framelens.client.stream import StreamAnswer

__all__ = [
    "AnswerError",
    "AsyncClient",
    "Basis",
    "ClassifyAnswer",
    "Client",
    "ClientError",
    "DeadlineError",
    "Decided",
    "Document",
    "DocumentAnswer",
    "FailedError",
    "FeedbackAnswer",
    "ForbiddenError",
    "Info",
    "OffsetUnit",
    "Options",
    "OverloadedError",
    "Passage",
    "ProblemError",
    "RefusedError",
    "SentenceAnswer",
    "StreamAnswer",
    "UnreachableError",
]
