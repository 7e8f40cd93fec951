"""Chunks scored by an engine of this process."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field

from framelens.model import DEFAULT, DocumentResult, FramingClassifier
from framelens.model.batching import Pending
from framelens.model.classifier import Prepared
from framelens.serve.basis import Basis
from framelens.serve.bulk.duplicates import Encode, encode_results
from framelens.serve.bulk.encoder import Encoder
from framelens.serve.bulk.encoding import EncodedChunk
from framelens.serve.bulk.output import OutputForm
from framelens.serve.bulk.passed import Passed
from framelens.serve.bulk.rows import Chunk
from framelens.serve.models import LoadedModel
from framelens.serve.thresholds import ThresholdSet, request_thresholds

__all__ = ["ChunkScorer", "ScoringSettings"]

AHEAD = 2
"""Chunks in the engine's queue beside the one whose results come next: while it works on these,
results are written and other chunks prepared."""


@dataclass(frozen=True, slots=True)
class ScoringSettings:
    """What scores chunks, and what is made of the results; it can be pickled.

    ``form`` is that of the output, whose tables have the columns ``passed``.
    """

    model: str = DEFAULT
    engine: str = "auto"
    precision: str = "auto"
    review_below: float | None = None
    form: OutputForm = field(default_factory=OutputForm)
    passed: Passed | None = None
    is_raw: bool = False
    """Whether to give the results themselves, as :func:`encode_results` does."""

    @property
    def evidence(self) -> bool:
        """Whether to say what each word adds to its sentence's label."""
        return self.form.evidence


@dataclass(frozen=True, slots=True)
class StartedChunk:
    """A chunk whose windows are in the engine's queue."""

    chunk: Chunk
    prepared: Sequence[Prepared]
    outputs: Pending


class ChunkScorer:
    """Scores chunks so that each has the same result always, to the last bit.

    ``encoder`` makes bytes of the results.
    """

    def __init__(self, classifier: FramingClassifier, settings: ScoringSettings) -> None:
        self.classifier = classifier
        self._settings = settings
        self._model = LoadedModel(classifier)
        scheme = classifier.artefact.scheme
        self.encoder = Encoder(
            settings.form,
            scheme.label_names,
            self.thresholds,
            settings.passed,
            scheme.multi_label,
        )
        self._encode: Encode = encode_results if settings.is_raw else self.encoder.encode

    @classmethod
    def load(cls, settings: ScoringSettings, threads: int | None = None) -> ChunkScorer:
        """Load the model of some settings, to compute on so many cores, or on all.

        Raises:
            ArtefactError: there is no such artefact, or it is incomplete or changed.
            EngineError: the engine is unknown, not installed, or cannot run the artefact.
        """
        model, engine, precision = settings.model, settings.engine, settings.precision
        classifier = FramingClassifier.load(model, engine, precision, threads)
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

    def score(self, chunk: Chunk) -> EncodedChunk:
        """Score one chunk."""
        return self._encode(chunk, self._finish(self._start(chunk)))

    def score_all(self, chunks: Iterable[Chunk]) -> Generator[EncodedChunk]:
        """Score chunks in order, while the next ones are prepared already."""
        for chunk, results in self.results(chunks):
            yield self._encode(chunk, results)

    def results(self, chunks: Iterable[Chunk]) -> Generator[tuple[Chunk, list[DocumentResult]]]:
        """The same before it is encoded: each chunk with the results of its documents."""
        under_way: deque[StartedChunk] = deque()
        try:
            for chunk in chunks:
                under_way.append(self._start(chunk))
                if len(under_way) > AHEAD:
                    yield self._finish_first(under_way)
            while under_way:
                yield self._finish_first(under_way)
        finally:
            # What nobody waits for any more must not keep the process from its end.
            for started in under_way:
                started.outputs.cancel()

    def _start(self, chunk: Chunk) -> StartedChunk:
        documents = [row.document for row in chunk.rows if row.document]
        prepared = self.classifier.prepare(documents)
        return StartedChunk(chunk, prepared, self.classifier.start(prepared, apart=True))

    def _finish_first(self, under_way: deque[StartedChunk]) -> tuple[Chunk, list[DocumentResult]]:
        results = self._finish(under_way[0])
        # What went into the engine and came out of it is no longer needed.
        return under_way.popleft().chunk, results

    def _finish(self, started: StartedChunk) -> list[DocumentResult]:
        return self.classifier.finish(
            started.prepared,
            started.outputs.result(),
            evidence=self._settings.evidence,
            review_below=self._settings.review_below,
        )
