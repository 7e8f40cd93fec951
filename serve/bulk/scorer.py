"""Chunks scored by an engine of this process."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from framelens.model import DEFAULT, DocumentResult, FramingClassifier
from framelens.model.batching import Pending
from framelens.model.classifier import Prepared
from framelens.serve.basis import Basis
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.rows import Chunk
from framelens.serve.models import LoadedModel
from framelens.serve.thresholds import ThresholdSet, request_thresholds

__all__ = ["ChunkEncoder", "ChunkScorer", "ScoringSettings"]

AHEAD = 2
"""Chunks in the engine's queue beside the one whose results come next: while it works on these,
results are written and other chunks prepared."""


@dataclass(frozen=True, slots=True)
class ScoringSettings:
    """What scores, and what it is to say."""

    model: str = DEFAULT
    engine: str = "auto"
    precision: str = "auto"
    evidence: bool = False
    review_below: float | None = None


class ChunkEncoder(Protocol):
    """Makes bytes of results."""

    def encode(self, chunk: Chunk, results: Sequence[DocumentResult]) -> EncodedChunk:
        """A chunk's part of every file, from the results of its rows."""
        ...


@dataclass(frozen=True, slots=True)
class StartedChunk:
    """A chunk whose windows are in the engine's queue."""

    chunk: Chunk
    prepared: Sequence[Prepared]
    outputs: Pending


class ChunkScorer:
    """Scores chunks so that each has the same result always."""

    def __init__(self, classifier: FramingClassifier, settings: ScoringSettings) -> None:
        self.classifier = classifier
        self._settings = settings
        self._model = LoadedModel(classifier)

    @classmethod
    def load(cls, settings: ScoringSettings) -> ChunkScorer:
        """Load the model of some settings.

        Raises:
            ArtefactError: there is no such artefact, or it is incomplete or changed.
            EngineError: the engine is unknown, not installed, or cannot run the artefact.
        """
        classifier = FramingClassifier.load(settings.model, settings.engine, settings.precision)
        return cls(classifier, settings)

    @property
    def thresholds(self) -> ThresholdSet:
        """What says which sentences are to be reviewed."""
        if self._settings.review_below is None:
            return self._model.thresholds[0]
        return request_thresholds(self._settings.review_below)

    @property
    def basis(self) -> Basis:
        """What determines the results."""
        return self._model.basis(self.thresholds)

    def start(self, chunk: Chunk) -> StartedChunk:
        """Prepare a chunk and queue it."""
        documents = [row.document for row in chunk.rows if row.document]
        prepared = self.classifier.prepare(documents)
        return StartedChunk(chunk, prepared, self.classifier.start(prepared, apart=True))

    def finish(self, started: StartedChunk) -> list[DocumentResult]:
        """The results of all rows of a chunk, faulty ones too, once the engine is through."""
        settings = self._settings
        scored = iter(
            self.classifier.finish(
                started.prepared,
                started.outputs.result(),
                evidence=settings.evidence,
                review_below=settings.review_below,
            )
        )
        return [
            next(scored) if row.document else DocumentResult(None, error=row.fault)
            for row in started.chunk.rows
        ]

    def score(self, chunks: Iterable[Chunk]) -> Generator[tuple[Chunk, list[DocumentResult]]]:
        """Score chunks in order, while the next ones are prepared already."""
        under_way: deque[StartedChunk] = deque()
        try:
            for chunk in chunks:
                under_way.append(self.start(chunk))
                if len(under_way) > AHEAD:
                    started = under_way.popleft()
                    yield started.chunk, self.finish(started)
            while under_way:
                started = under_way.popleft()
                yield started.chunk, self.finish(started)
        finally:
            for started in under_way:
                started.outputs.cancel()

    def encode(self, chunks: Iterable[Chunk], encoder: ChunkEncoder) -> Generator[EncodedChunk]:
        """Score chunks in order and make bytes of them."""
        for chunk, results in self.score(chunks):
            yield encoder.encode(chunk, results)
