"""The documents format: JSONL, a document with its text and labelled sentences on each line."""

from __future__ import annotations

from framelens.data.documents import LabelledDocument, PlacedDocument
from framelens.data.records import Record
from framelens.data.spans import SpanFields, read_sentences
from framelens.model.scheme import Scheme

__all__ = ["read_documents"]

_FIELDS = SpanFields("begin", "end", "label")


def read_documents(records: list[Record], scheme: Scheme) -> list[PlacedDocument]:
    """Read documents; a faulty one is reported, and left out where it has no id or text."""
    documents = [_read_document(record, scheme) for record in records]
    return [document for document in documents if document]


def _read_document(record: Record, scheme: Scheme) -> PlacedDocument | None:
    record.check_names(("id", "text", "sentences"), ("metadata",))
    identity = record.text("id")
    text = record.text("text")
    sentences, places = read_sentences(record, _FIELDS, text, scheme)
    metadata = _metadata(record)
    if identity is None or text is None:
        return None
    document = LabelledDocument(identity, text, sentences, metadata)
    return PlacedDocument(document, record.place, places)


def _metadata(record: Record) -> dict[str, str]:
    content = record.get("metadata", dict) or {}
    fields = Record(content, record.place.at("metadata"), record.problems)
    values = {name: fields.get(name, str) for name in content}
    return {name: value for name, value in values.items() if value is not None}
