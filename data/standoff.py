"""Stand-off annotations: JSONL, the labelled spans of texts that are kept elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from framelens.data.documents import LabelledDocument, PlacedDocument
from framelens.data.problems import Place, Problem
from framelens.data.records import Record
from framelens.data.spans import SpanFields, read_sentences
from framelens.data.texts import TextKey, Texts
from framelens.model.scheme import Scheme

__all__ = ["StandoffFile", "is_standoff"]

_FIELDS = SpanFields("start", "end", "code")
_REQUIRED = ("corpus", "doc_id", "sha256", "sentences")
_OPTIONAL = ("kind", "selected")
_MANY = 10


def is_standoff(records: list[Record]) -> bool:
    """Whether the objects of a file are stand-off annotations; the first one decides."""
    return bool(records) and not {"corpus", "doc_id", "sha256"}.isdisjoint(records[0].fields)


@dataclass(frozen=True, slots=True)
class StandoffFile:
    """The annotations of one file, whose texts are still to be found."""

    place: Place
    records: list[Record]
    problems: list[Problem]

    def wanted(self) -> list[TextKey]:
        """The texts that the annotations are about."""
        return [key for record in self.records if (key := _key(record))]

    def documents(self, texts: Texts | None, scheme: Scheme) -> list[PlacedDocument]:
        """Put annotations and texts together; what does not fit is reported and left out."""
        if texts is None:
            advice = "these annotations need the folder that holds their texts"
            self.problems.append(self.place.problem(advice))
        else:
            self._count_missing(texts)
        documents = [_read_document(record, texts, scheme) for record in self.records]
        return [document for document in documents if document]

    def _count_missing(self, texts: Texts) -> None:
        missing = sum(key not in texts.versions for key in self.wanted())
        if missing > _MANY:
            message = f"{missing} of {len(self.records)} texts not found in {texts.folder}"
            self.problems.append(self.place.problem(message))


def _key(record: Record) -> TextKey | None:
    match record.fields:
        case {"corpus": str(corpus), "doc_id": str(doc_id)}:
            return corpus, doc_id
    return None


def _read_document(record: Record, texts: Texts | None, scheme: Scheme) -> PlacedDocument | None:
    record.check_names(_REQUIRED, _OPTIONAL)
    corpus, doc_id, digest = (record.text(name) for name in ("corpus", "doc_id", "sha256"))
    text = None
    if texts and corpus and doc_id and digest:
        text = _find_text(record, texts, (corpus, doc_id), digest)
    sentences, places = read_sentences(record, _FIELDS, text, scheme)
    details = {name: record.get(name, str) for name in _OPTIONAL}
    if text is None or corpus is None:
        return None
    metadata = {"corpus": corpus} | {name: value for name, value in details.items() if value}
    document = LabelledDocument(f"{corpus}/{doc_id}", text, sentences, metadata)
    return PlacedDocument(document, record.place, places)


def _find_text(record: Record, texts: Texts, key: TextKey, digest: str) -> str | None:
    versions = texts.versions.get(key, [])
    for text in versions:
        if hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest() == digest:
            return text
    name = f"text of corpus {key[0]!r}, doc_id {key[1]!r}"
    if versions:
        record.report("sha256", f"the {name} in {texts.folder} has another hash")
    else:
        record.problems.append(record.place.problem(f"{name} not found in {texts.folder}"))
    return None
