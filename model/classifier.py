"""The public Python interface: texts in, framed sentences out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt

from framelens.model.artefact import Artefact
from framelens.model.calibration import softmax
from framelens.model.engines import Engine, load_engine
from framelens.model.engines.base import Logits, run_windows
from framelens.model.errors import EngineError, InputError
from framelens.model.evidence import explain
from framelens.model.results import Document, DocumentResult, Frame, SentenceResult
from framelens.model.segmentation import Span, split_sentences
from framelens.model.tokenization import SentenceTokens

__all__ = ["DEFAULT", "FramingClassifier"]

DEFAULT = "framing"
"""The name of the artefact that is shipped with the package."""


@dataclass(frozen=True)
class _Prepared:
    """A document's text, the spans of its sentences, and their tokens."""

    text: str
    spans: list[Span]
    tokens: list[SentenceTokens]


@dataclass(frozen=True)
class _Options:
    """Whether to give evidence, and the confidence below which sentences get the review mark."""

    evidence: bool
    review_below: float


class FramingClassifier:
    """Labels the sentences of documents with an artefact's scheme.

    ``artefact``, ``engine`` and ``tokenizer`` are what it labels them with. Not safe to call
    from several threads at once: the engine uses all cores for each call.
    """

    def __init__(self, artefact: Artefact, engine: Engine) -> None:
        self.artefact = artefact
        self.engine = engine
        self.tokenizer = artefact.tokenizer()

    @classmethod
    def load(
        cls, path_or_name: str | Path = DEFAULT, engine: str = "auto", precision: str = "auto"
    ) -> FramingClassifier:
        """Load an artefact, verified, into an engine.

        Args:
            path_or_name: a folder, or the name of an artefact shipped with the package.
            engine: ``openvino``, ``onnxruntime``, ``torch``, or ``auto`` to choose.
            precision: ``f32``, ``bf16``, or ``auto`` for the faster that the processor has.

        Raises:
            ArtefactError: there is no such artefact, or it is incomplete or changed.
            EngineError: the engine is unknown, not installed, or cannot run the artefact.
        """
        artefact = Artefact.load(path_or_name)
        return cls(artefact, load_engine(artefact.folder, engine, precision))

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
        options = _Options(evidence, self._review_threshold(review_below))
        if isinstance(documents, str):
            (result,) = self._results([self._prepare(Document(documents))], [None], options)
            if result.error is not None:
                raise EngineError(result.error)
            return result
        whole = [Document(item) if isinstance(item, str) else item for item in documents]
        results: list[DocumentResult | None] = []
        prepared: list[_Prepared] = []
        for document in whole:
            try:
                prepared.append(self._prepare(document))
                results.append(None)
            except InputError as error:
                results.append(DocumentResult(document.id, error=str(error)))
        ids = [document.id for document, failed in zip(whole, results, strict=True) if not failed]
        scored = iter(self._results(prepared, ids, options))
        return [failed or next(scored) for failed in results]

    def readable(self, sentences: Sequence[str]) -> list[bool]:
        """Which sentences have a character that the model reads."""
        return _readable(sentences, self.tokenizer(sentences))

    def sentence_logits(self, documents: Sequence[Sequence[str]]) -> list[Logits]:
        """Uncalibrated logits ``[sentences, leaves]`` of documents given as sentences.

        Raises:
            InputError: a sentence has nothing that the model reads.
        """
        prepared = [self._prepare(Document(sentences=sentences)) for sentences in documents]
        return [
            np.stack([logits.mean(axis=0) for logits in sentences])
            for sentences in self._token_logits([document.tokens for document in prepared])
        ]

    def _review_threshold(self, review_below: float | None) -> float:
        if review_below is None:
            review_below = self.artefact.manifest.review_below or 0.0
        if not 0 <= review_below <= 1:
            raise InputError(f"review_below: {review_below} is not between 0 and 1")
        return review_below

    def _prepare(self, document: Document) -> _Prepared:
        if (document.text is None) == (document.sentences is None):
            raise InputError("give either 'text' or 'sentences'")
        if document.sentences is None:
            text = document.text or ""
            _refuse_surrogates(text)
            spans = split_sentences(text)
        else:
            for index, sentence in enumerate(document.sentences):
                _refuse_surrogates(sentence, f"sentences[{index}]: ")
            text = "\n".join(document.sentences)
            spans = _joined_spans(document.sentences)
        sentences = [text[begin:end] for begin, end in spans]
        tokens = self.tokenizer(sentences)
        read = _readable(sentences, tokens)
        if document.sentences is not None and not all(read):
            place = f"sentences[{read.index(False)}]"
            raise InputError(f"{place}: has no character that the model reads")
        if not any(read):
            raise InputError("has no character that the model reads")
        return _Prepared(text, list(compress(spans, read)), list(compress(tokens, read)))

    def _token_logits(self, documents: Sequence[Sequence[SentenceTokens]]) -> list[list[Logits]]:
        """Logits ``[tokens, leaves]`` of every sentence of every document."""
        manifest = self.artefact.manifest
        windows = [
            (position, window)
            for position, sentences in enumerate(documents)
            for window in self.tokenizer.pack(sentences, manifest.window, manifest.overlap)
        ]
        outputs = run_windows(
            self.engine,
            [self.tokenizer.window(documents[position], window) for position, window in windows],
        )
        pieces: list[list[list[Logits]]] = [[[] for _ in sentences] for sentences in documents]
        for (position, window), logits in zip(windows, outputs, strict=True):
            for part, place in zip(window.parts, self.tokenizer.places(window), strict=True):
                if part.scored:
                    pieces[position][part.sentence].append(logits[place])
        return [[np.concatenate(parts) for parts in sentences] for sentences in pieces]

    def _results(
        self, prepared: Sequence[_Prepared], ids: Sequence[str | None], options: _Options
    ) -> list[DocumentResult]:
        logits = self._token_logits([document.tokens for document in prepared])
        return [
            self._document_result(document, sentences, document_id, options)
            for document, sentences, document_id in zip(prepared, logits, ids, strict=True)
        ]

    def _document_result(
        self,
        document: _Prepared,
        token_logits: Sequence[Logits],
        document_id: str | None,
        options: _Options,
    ) -> DocumentResult:
        if not all(np.isfinite(logits).all() for logits in token_logits):
            return DocumentResult(document_id, error="the engine gave no finite score")
        return DocumentResult(
            document_id,
            tuple(
                self._sentence_result(document.text, span, tokens, logits, options)
                for span, tokens, logits in zip(
                    document.spans, document.tokens, token_logits, strict=True
                )
            ),
        )

    def _sentence_result(
        self,
        text: str,
        span: Span,
        tokens: SentenceTokens,
        token_logits: Logits,
        options: _Options,
    ) -> SentenceResult:
        scheme = self.artefact.scheme
        calibrated = token_logits.astype(np.float64) / self.artefact.manifest.temperature
        leaves = softmax(calibrated.mean(axis=0))
        scores = scheme.fold(leaves)
        best = int(scores.argmax())
        in_label = scheme.folding[:, best] > 0
        sentence = text[span[0] : span[1]]
        return SentenceResult(
            begin=span[0],
            end=span[1],
            text=sentence,
            label=scheme.label_names[best],
            confidence=float(scores[best]),
            review=bool(scores[best] < options.review_below),
            scores=dict(zip(scheme.label_names, scores.tolist(), strict=True)),
            frame=self._frame(leaves, in_label),
            tokens=len(tokens),
            tokens_scored=len(token_logits),
            evidence=(
                explain(sentence, span[0], tokens.spans, calibrated, in_label)
                if options.evidence
                else None
            ),
        )

    def _frame(self, leaves: Logits, in_label: npt.NDArray[np.bool_]) -> Frame | None:
        """The likeliest leaf inside a label that has several, None for other labels."""
        if in_label.sum() < 2:
            return None
        inside = np.where(in_label, leaves, 0.0)
        best = int(inside.argmax())
        leaf = self.artefact.scheme.leaves[best]
        return Frame(leaf.frame or leaf.name, float(inside[best] / inside.sum()))


def _readable(sentences: Sequence[str], tokens: Sequence[SentenceTokens]) -> list[bool]:
    return [len(t) > 0 and not s.isspace() for s, t in zip(sentences, tokens, strict=True)]


def _joined_spans(sentences: Sequence[str]) -> list[Span]:
    spans = []
    begin = 0
    for sentence in sentences:
        spans.append((begin, begin + len(sentence)))
        begin += len(sentence) + 1
    return spans


def _refuse_surrogates(text: str, place: str = "") -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        reason = f"character {error.start} is half of a surrogate pair"
        raise InputError(f"{place}{reason}") from None
