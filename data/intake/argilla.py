"""Exports of Argilla in JSON: records with fields, and what people responded to questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from framelens.data.intake.drafts import Draft
from framelens.data.intake.exports import Chosen, choose_question, choose_text, plain_metadata
from framelens.data.intake.json_files import table_of_records
from framelens.data.intake.spans import MarkedSpan, MarkedText
from framelens.data.intake.tables import Table
from framelens.data.problems import Place
from framelens.data.records import Record

__all__ = ["is_argilla", "read_argilla"]


def is_argilla(records: list[Record]) -> bool:
    """Whether objects are records of Argilla; the first one decides."""
    return bool(records) and {"fields", "responses"} <= records[0].fields.keys()


def read_argilla(records: list[Record], chosen: Chosen, rest: str | None) -> Table | list[Draft]:
    """Records that were given labels as a table, those with marked spans as documents.

    What a model suggested does not count. A record without a response is reported and left
    out.

    Raises:
        DataError: no record has a text, or several questions were answered and none is chosen.
    """
    file = Place(records[0].place.file)
    responses = [record.get("responses", dict) or {} for record in records]
    names = {name: None for each in responses for name, given in each.items() if given}
    question = choose_question(names, chosen, file)
    text = choose_text(records[0].get("fields", dict) or {}, chosen, records[0].place)
    answered = []
    for record, each in zip(records, responses, strict=True):
        given = _answers(each.get(question))
        if not given:
            record.report(f"responses.{question}", "nobody responded")
        elif record.get("fields", dict) is not None:
            answered.append((record, given))
    if any(_is_spans(one["value"]) for _, given in answered for one in given):
        texts = (_marked(record, given, text) for record, given in answered)
        return [marked.draft(rest) for marked in texts if marked]
    rows = [row for record, given in answered for row in _rows(record, given, question)]
    known = {"text": text, "label": question, "id": "record", "annotator": "annotator"}
    return table_of_records(file.file, "Argilla", rows, known)


def _answers(given: Any) -> list[Mapping[str, Any]]:
    """The responses to a question that have a value."""
    responses = given if isinstance(given, list) else []
    return [each for each in responses if isinstance(each, dict) and each.get("value") is not None]


def _is_spans(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(each, dict) for each in value)


def _others(record: Record) -> dict[str, Any]:
    metadata = record.fields.get("metadata")
    return {**(metadata if isinstance(metadata, dict) else {}), **record.fields["fields"]}


def _identity(record: Record) -> str:
    return str(record.fields.get("id") or record.place.line)


def _rows(
    record: Record, given: list[Mapping[str, Any]], question: str
) -> Iterator[tuple[Place, dict[str, Any]]]:
    for response in given:
        who = {"record": _identity(record), "annotator": str(response.get("user_id"))}
        yield record.place, {**_others(record), **who, question: response["value"]}


def _marked(record: Record, given: list[Mapping[str, Any]], name: str) -> MarkedText | None:
    others = _others(record)
    text = others.pop(name, None)
    if not isinstance(text, str) or not text.strip():
        record.report(f"fields.{name}", "no text")
        return None
    answers = {
        str(response.get("user_id")): list(_spans(response["value"], text, record))
        for response in given
    }
    return MarkedText(_identity(record), text, record.place, answers, plain_metadata(others))


def _spans(value: Any, text: str, record: Record) -> Iterator[MarkedSpan]:
    for span in value if isinstance(value, list) else [value]:
        match span:
            case {"start": int(begin), "end": int(end), "label": str(label)} if (
                0 <= begin < end <= len(text)
            ):
                yield MarkedSpan(begin, end, label, record.place)
            case _:
                record.report("responses", f"{span!r} is no span in the text")
