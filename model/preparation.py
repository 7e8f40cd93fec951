"""Documents made ready for the engine: read, split, tokenized and packed into windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

from framelens.model.artefact import Manifest
from framelens.model.engines.base import Ids
from framelens.model.errors import InputError
from framelens.model.results import Document
from framelens.model.segmentation import Span, split_sentences
from framelens.model.tokenization import SentenceTokenizer
from framelens.model.windows import Window

__all__ = ["PreparedDocument", "prepare_document", "readable"]


@dataclass(frozen=True)
class PreparedDocument:
    """A document's text, its sentences' spans and tokens, and the windows over them.

    ``inputs`` are the input ids ``[tokens]`` of each window.
    """

    id: str | None
    text: str
    spans: list[Span]
    tokens: list[Ids]
    windows: list[Window]
    inputs: list[Ids]


def prepare_document(
    document: Document, tokenizer: SentenceTokenizer, manifest: Manifest
) -> PreparedDocument:
    """Split a document's text into sentences, unless it comes split, and pack these.

    Raises:
        InputError: the document has not exactly one of text and sentences, or nothing that the
            model reads in a sentence of its own or in the whole text.
    """
    text, spans = _text_and_spans(document)
    sentences = [text[begin:end] for begin, end in spans]
    tokens = tokenizer(sentences)
    read = readable(sentences, tokens)
    if document.sentences is not None and not all(read):
        place = f"sentences[{read.index(False)}]"
        raise InputError(f"{place}: has no character that the model reads")
    if not any(read):
        raise InputError("has no character that the model reads")
    spans, tokens = list(compress(spans, read)), list(compress(tokens, read))
    windows = tokenizer.pack(tokens, manifest.window, manifest.overlap)
    inputs = [tokenizer.window(tokens, window) for window in windows]
    return PreparedDocument(document.id, text, spans, tokens, windows, inputs)


def readable(sentences: Sequence[str], tokens: Sequence[Ids]) -> list[bool]:
    """Which sentences have a character that the model reads, given the tokens of each."""
    return [len(t) > 0 and not s.isspace() for s, t in zip(sentences, tokens, strict=True)]


def _text_and_spans(document: Document) -> tuple[str, list[Span]]:
    if (document.text is None) == (document.sentences is None):
        raise InputError("give either 'text' or 'sentences'")
    if document.sentences is None:
        text = document.text or ""
        _refuse_surrogates(text)
        return text, split_sentences(text)
    for index, sentence in enumerate(document.sentences):
        _refuse_surrogates(sentence, f"sentences[{index}]: ")
    return document.reference, _joined_spans(document.sentences)


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
