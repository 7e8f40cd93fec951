"""A labelled document with the sentences around those that carry a label."""

from __future__ import annotations

from framelens.data.documents import LabelledDocument, LabelledSentence
from framelens.model import Span, split_sentences

__all__ = ["sentences_in_context"]


def sentences_in_context(
    document: LabelledDocument,
) -> list[tuple[Span, LabelledSentence | None]]:
    """Every sentence of the document in order, with its annotation where it has one.

    Annotators often label an excerpt of a long document. The labelled spans are kept as
    they are; the text between them is split as at inference.
    """
    sentences: list[tuple[Span, LabelledSentence | None]] = []
    position = 0
    for labelled in document.sentences:
        sentences += _unlabelled(document.text, position, labelled.begin)
        sentences.append(((labelled.begin, labelled.end), labelled))
        position = labelled.end
    return sentences + _unlabelled(document.text, position, len(document.text))


def _unlabelled(text: str, begin: int, end: int) -> list[tuple[Span, LabelledSentence | None]]:
    return [
        ((begin + start, begin + stop), None) for start, stop in split_sentences(text[begin:end])
    ]
