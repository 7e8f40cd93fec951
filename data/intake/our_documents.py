"""Documents of ours, such as corrections that were exported, before there is a scheme."""

from __future__ import annotations

from framelens.data.document_lines import read_documents
from framelens.data.documents import LabelledSentence, PlacedDocument
from framelens.data.intake.drafts import Draft, DraftSentence, Labels
from framelens.data.problems import Place
from framelens.data.records import Record
from framelens.model.scheme import SEPARATOR, Label, Leaf, Scheme

__all__ = ["is_documents", "read_our_documents"]


def is_documents(records: list[Record]) -> bool:
    """Whether objects are documents with labelled sentences; the first one decides."""
    return bool(records) and {"text", "sentences"} <= records[0].fields.keys()


def read_our_documents(records: list[Record], multi_label: bool = False) -> list[Draft]:
    """Read documents with any labels; what is faulty is reported and left out."""
    given = [text for record in records for text in _given(record)]
    names = dict.fromkeys(name.strip() for text in given for name in text.split(SEPARATOR) if name)
    labels = tuple(map(Label, names))
    leaves = tuple(Leaf(name, name) for name in names)
    multi_label |= any(SEPARATOR in text for text in given)
    scheme = Scheme("documents", "1", labels, leaves, multi_label=multi_label)
    return [_draft(placed) for placed in read_documents(records, scheme)]


def _given(record: Record) -> list[str]:
    """What stands for labels in a document, as far as it is text."""
    sentences = record.fields.get("sentences")
    found: list[object] = []
    for each in sentences if isinstance(sentences, list) else ():
        if isinstance(each, dict):
            votes = each.get("votes")
            found.append(each.get("label"))
            found += votes.values() if isinstance(votes, dict) else ()
            found += votes if isinstance(votes, list) else ()
    return [text for text in found if isinstance(text, str)]


def _draft(placed: PlacedDocument) -> Draft:
    document = placed.document
    sentences = tuple(
        _sentence(sentence, place)
        for sentence, place in zip(document.sentences, placed.sentence_places, strict=True)
    )
    return Draft(document.id, document.text, sentences, placed.place, document.metadata)


def _sentence(sentence: LabelledSentence, place: Place) -> DraftSentence:
    return DraftSentence(
        sentence.begin,
        sentence.end,
        _labels(sentence.label),
        place,
        tuple(map(_labels, sentence.votes)),
        sentence.annotators,
        sentence.doubtful,
    )


def _labels(text: str) -> Labels:
    return tuple(text.split(SEPARATOR)) if text else ()
