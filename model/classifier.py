"""The public Python interface: texts in, framed sentences out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import overload

import numpy as np

from framelens.model.answering import answers
from framelens.model.artefact import DEFAULT, Artefact
from framelens.model.batching import Batcher, Output, Pending
from framelens.model.engines import Engine, load_engine
from framelens.model.engines.base import Logits
from framelens.model.errors import EngineError, InputError
from framelens.model.evidence import explain, explain_alone
from framelens.model.load import Room
from framelens.model.preparation import PreparedDocument, prepare_document, readable
from framelens.model.results import Document, DocumentResult, SentenceResult

__all__ = ["DEFAULT", "FramingClassifier", "Prepared"]

CODE_POINTS = 4
"""Of a text for each token that is read, padding and sentences that are read twice included."""

Prepared = PreparedDocument | DocumentResult
"""A document ready for the engine, or the error that keeps it from there."""


@dataclass(frozen=True)
class _Options:
    """Whether to give evidence, and the confidence below which sentences get the review mark."""

    evidence: bool
    review_below: float


class FramingClassifier:
    """Labels the sentences of documents with an artefact's scheme.

    ``artefact``, ``engine`` and ``tokenizer`` are what it labels them with. It may be called
    from any thread: texts of all callers go through the engine together, by ``batcher``.

    :meth:`classify` is :meth:`prepare`, :meth:`start` and :meth:`finish` in a row; who has
    something else to do while the engine works calls these.
    """

    def __init__(self, artefact: Artefact, engine: Engine) -> None:
        self.artefact = artefact
        self.engine = engine
        self.tokenizer = artefact.tokenizer()
        self.batcher = Batcher(engine)

    @classmethod
    def load(
        cls,
        path_or_name: str | Path = DEFAULT,
        engine: str = "auto",
        precision: str = "auto",
        threads: int | None = None,
    ) -> FramingClassifier:
        """Load an artefact, verified, into an engine.

        Args:
            path_or_name: a folder, or the name of an artefact shipped with the package.
            engine: ``openvino``, ``onnxruntime``, ``torch``, or ``auto`` to choose.
            precision: ``f32``, ``bf16``, or ``auto`` for the faster that the processor has.
            threads: how many cores to compute on; None takes all.

        Raises:
            ArtefactError: there is no such artefact, or it is incomplete or changed.
            EngineError: the engine is unknown, not installed, or cannot run the artefact.
        """
        artefact = Artefact.load(path_or_name)
        return cls(artefact, load_engine(artefact.folder, engine, precision, threads))

    # A str is a Sequence[str] as well; the first overload wins.
    @overload
    def classify(  # type: ignore[overload-overlap]
        self, documents: str, *, evidence: bool = False, review_below: float | None = None
    ) -> DocumentResult: ...

    @overload
    def classify(
        self,
        documents: Sequence[str | Document],
        *,
        evidence: bool = False,
        review_below: float | None = None,
    ) -> list[DocumentResult]: ...

    def classify(
        self,
        documents: str | Sequence[str | Document],
        *,
        evidence: bool = False,
        review_below: float | None = None,
    ) -> DocumentResult | list[DocumentResult]:
        """Label every sentence of a text, or of several documents in order.

        Of several documents, one that cannot be scored gets a result with an ``error`` and
        the others still answer.

        Args:
            documents: one text, or texts and documents.
            evidence: whether to say what each word adds to its sentence's label.
            review_below: sentences with a confidence below this, from 0 (none) to 1, get the
                review mark; where it is None, the artefact's threshold holds, if it has one.

        Raises:
            InputError: a single text has nothing that the model reads, or ``review_below`` is
                out of range.
            EngineError: the engine gave no finite score for a single text.
        """
        options = self._options(evidence, review_below)
        if isinstance(documents, str):
            prepared = self._prepare(Document(documents))
            (result,) = self._results([prepared], self.start([prepared]).result(), options)
            if result.error is not None:
                raise EngineError(result.error)
            return result
        ready = self.prepare(documents)
        return self._results(ready, self.start(ready).result(), options)

    def prepare(self, documents: Sequence[str | Document]) -> list[Prepared]:
        """Make documents ready for the engine; one that cannot be scored is its result already."""
        prepared: list[Prepared] = []
        for item in documents:
            document = Document(item) if isinstance(item, str) else item
            try:
                prepared.append(self._prepare(document))
            except InputError as error:
                prepared.append(DocumentResult(document.id, error=str(error)))
        return prepared

    def expect(self, documents: Sequence[Document], room: Room) -> None:
        """Refuse documents for which there is no room before they are prepared, which takes long.

        Raises:
            OverloadError: so much waits that there is hardly any for texts of their length.
        """
        code_points = sum(document.code_points for document in documents)
        tokens = min(code_points // CODE_POINTS, room.tokens)
        self.batcher.check(tokens, tokens // self.artefact.manifest.window + 1, room)

    def start(
        self, prepared: Sequence[Prepared], room: Room | None = None, *, apart: bool = False
    ) -> Pending:
        """Queue the windows of prepared documents; the future has the output of each, in order.

        Args:
            prepared: the documents.
            room: what the caller accepts of the queue; None accepts any.
            apart: let no other windows share their batches, so that the same documents have the
                same results to the last bit whatever else waits.

        Raises:
            OverloadError: more waits than the room allows, and nothing is queued.
            InputError: there never is so much room.
        """
        ready = (item for item in prepared if isinstance(item, PreparedDocument))
        windows = [ids for document in ready for ids in document.inputs]
        return self.batcher.submit(windows, room, apart=apart)

    def finish(
        self,
        prepared: Sequence[Prepared],
        outputs: Sequence[Output],
        *,
        evidence: bool = False,
        review_below: float | None = None,
    ) -> list[DocumentResult]:
        """The results of prepared documents, given the outputs of their windows.

        Raises:
            InputError: ``review_below`` is out of range.
        """
        return self._results(prepared, outputs, self._options(evidence, review_below))

    def readable(self, sentences: Sequence[str]) -> list[bool]:
        """Which sentences have a character that the model reads."""
        return readable(sentences, self.tokenizer(sentences))

    def sentence_logits(self, documents: Sequence[Sequence[str]]) -> list[Logits]:
        """Uncalibrated logits ``[sentences, leaves]`` of documents given as sentences.

        Raises:
            InputError: a sentence has nothing that the model reads.
            EngineError: the engine failed, or gave no finite score.
        """
        prepared = [self._prepare(Document(sentences=sentences)) for sentences in documents]
        outputs = iter(self.start(prepared).result())
        return [
            np.stack([logits.mean(axis=0) for logits in self._token_logits(document, outputs)])
            for document in prepared
        ]

    def _options(self, evidence: bool, review_below: float | None) -> _Options:
        if review_below is None:
            review_below = self.artefact.manifest.review_below or 0.0
        if not 0 <= review_below <= 1:
            raise InputError(f"review_below: {review_below} is not between 0 and 1")
        return _Options(evidence, review_below)

    def _prepare(self, document: Document) -> PreparedDocument:
        return prepare_document(document, self.tokenizer, self.artefact.manifest)

    def _results(
        self, prepared: Sequence[Prepared], outputs: Iterable[Output], options: _Options
    ) -> list[DocumentResult]:
        remaining = iter(outputs)
        return [
            item
            if isinstance(item, DocumentResult)
            else self._document_result(item, remaining, options)
            for item in prepared
        ]

    def _document_result(
        self, document: PreparedDocument, outputs: Iterator[Output], options: _Options
    ) -> DocumentResult:
        try:
            token_logits = self._token_logits(document, outputs)
        except EngineError as error:
            return DocumentResult(document.id, error=str(error))
        return DocumentResult(
            document.id, tuple(self._sentence_results(document, token_logits, options))
        )

    def _token_logits(
        self, document: PreparedDocument, outputs: Iterator[Output]
    ) -> Iterator[Logits]:
        """Logits ``[tokens, leaves]`` of every sentence, from the next outputs, one a window.

        Raises:
            EngineError: the engine failed on a window, or gave no finite score.
        """
        own = list(islice(outputs, len(document.windows)))
        pieces: list[list[Logits]] = [[] for _ in document.tokens]
        for window, output in zip(document.windows, own, strict=True):
            if isinstance(output, EngineError):
                raise output
            if not np.isfinite(output).all():
                raise EngineError("the engine gave no finite score")
            for part, place in zip(window.parts, self.tokenizer.places(window), strict=True):
                if part.scored:
                    pieces[part.sentence].append(output[place])
        return (np.concatenate(parts) for parts in pieces)

    def _sentence_results(
        self, document: PreparedDocument, token_logits: Iterable[Logits], options: _Options
    ) -> Iterator[SentenceResult]:
        kept: list[Logits] = []
        pooled, lengths = [], []
        for each in token_logits:
            pooled.append(each.mean(axis=0, dtype=np.float64))
            lengths.append(len(each))
            if options.evidence:
                kept.append(each)
        # All sentences at once: numpy takes as long for one.
        scheme, temperature = self.artefact.scheme, self.artefact.manifest.temperature
        given = answers(scheme.probabilities(np.stack(pooled), temperature), scheme)
        for number, ((begin, end), answer) in enumerate(zip(document.spans, given, strict=True)):
            result = SentenceResult(
                begin=begin,
                end=end,
                text=document.text[begin:end],
                label=answer.label,
                confidence=answer.confidence,
                review=answer.confidence < options.review_below,
                scores=answer.scores,
                frame=answer.frame,
                tokens=len(document.tokens[number]),
                tokens_scored=lengths[number],
                labels=answer.labels,
            )
            yield self._explained(result, kept[number]) if kept else result

    def _explained(self, result: SentenceResult, token_logits: Logits) -> SentenceResult:
        """The result with its evidence."""
        (places,) = self.tokenizer.spans([result.text])
        calibrated = token_logits.astype(np.float64) / self.artefact.manifest.temperature
        place = result.text, result.begin, places
        folding, names = self.artefact.scheme.folding, self.artefact.scheme.label_names
        if result.labels is None:
            in_label = folding[:, names.index(result.label)] > 0
            return replace(result, evidence=explain(*place, calibrated, in_label))
        own = calibrated @ folding
        words = {name: explain_alone(*place, own[:, names.index(name)]) for name in result.labels}
        return replace(result, label_evidence=words)
