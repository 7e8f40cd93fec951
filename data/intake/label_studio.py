"""Exports of Label Studio in JSON: tasks, each with the annotations of one or more people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from framelens.data.intake.drafts import Draft
from framelens.data.intake.exports import Chosen, choose_question, choose_text, plain_metadata
from framelens.data.intake.json_files import table_of_records
from framelens.data.intake.spans import MarkedSpan, MarkedText
from framelens.data.intake.tables import Table
from framelens.data.problems import DataError, Place
from framelens.data.records import Record

__all__ = ["is_label_studio", "read_label_studio"]

_CHOICES = ("choices", "taxonomy")
_SPANS = ("labels", "hypertextlabels")
_KINDS = (*_CHOICES, *_SPANS)


def is_label_studio(records: list[Record]) -> bool:
    """Whether objects are tasks of Label Studio; the first one decides."""
    return bool(records) and {"data", "annotations"} <= records[0].fields.keys()


def read_label_studio(
    records: list[Record], chosen: Chosen, rest: str | None
) -> Table | list[Draft]:
    """Tasks whose texts were given choices as a table, those with marked spans as documents.

    Cancelled annotations do not count; where some are ground truth, only these do. A task
    without an annotation is reported and left out.

    Raises:
        DataError: no task has a text, or several questions were answered and none is chosen.
    """
    file = Place(records[0].place.file)
    tasks = [(record, _annotations(record)) for record in records]
    kinds = {
        result["from_name"]: result["type"]
        for _, annotations in tasks
        for annotation in annotations
        for result in _results(annotation)
    }
    question = choose_question(kinds, chosen, file)
    answered = [(record, each) for record, each in tasks if _is_answered(record, each)]
    if not answered:
        raise DataError(records[0].problems)
    text = choose_text(answered[0][0].fields["data"], chosen, answered[0][0].place)
    if kinds[question] in _SPANS:
        texts = (_marked(record, each, question, text) for record, each in answered)
        return [marked.draft(rest) for marked in texts if marked]
    rows = [row for record, each in answered for row in _rows(record, each, question)]
    known = {"text": text, "label": question, "id": "task", "annotator": "annotator"}
    return table_of_records(file.file, "Label Studio", rows, known)


def _annotations(record: Record) -> Sequence[Mapping[str, Any]]:
    """The annotations of a task that count."""
    given = record.get("annotations", list) or []
    tasks: list[dict[str, Any]] = [each for each in given if isinstance(each, dict)]
    kept = [each for each in tasks if not each.get("was_cancelled")]
    return [each for each in kept if each.get("ground_truth")] or kept


def _results(annotation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    results = annotation.get("result")
    for result in results if isinstance(results, list) else ():
        match result:
            case {"from_name": str(), "type": str(kind), "value": dict()} if kind in _KINDS:
                yield result


def _is_answered(record: Record, annotations: Sequence[Mapping[str, Any]]) -> bool:
    if not annotations:
        record.report("annotations", "nobody annotated this task, or all who did cancelled it")
    elif "data" not in record.fields:
        record.report("data", "field is missing")
    else:
        return record.get("data", dict) is not None
    return False


def _rows(
    record: Record, annotations: Sequence[Mapping[str, Any]], question: str
) -> Iterator[tuple[Place, dict[str, Any]]]:
    for annotation in annotations:
        labels = [
            label
            for result in _results(annotation)
            if result["from_name"] == question
            for label in _labels(result)
        ]
        fields = {**record.fields["data"], "task": str(record.fields.get("id", record.place.line))}
        yield record.place, {**fields, "annotator": _who(annotation), question: labels}


def _labels(result: Mapping[str, Any]) -> Iterator[str]:
    """The labels that were chosen; of a path through a taxonomy, its end."""
    chosen = result["value"].get(result["type"])
    for label in chosen if isinstance(chosen, list) else ():
        match label:
            case str(name) | [*_, str(name)]:
                yield name


def _who(annotation: Mapping[str, Any]) -> str:
    who = annotation.get("completed_by")
    return str(who.get("email", who.get("id")) if isinstance(who, dict) else who)


def _marked(
    record: Record,
    annotations: Sequence[Mapping[str, Any]],
    question: str,
    name: str,
) -> MarkedText | None:
    data = dict(record.fields["data"])
    text = data.pop(name, None)
    if not isinstance(text, str) or not text.strip():
        record.report(f"data.{name}", "no text")
        return None
    answers = {
        _who(annotation): [
            span
            for result in _results(annotation)
            if result["from_name"] == question
            for span in _spans(result, text, record)
        ]
        for annotation in annotations
    }
    identity = str(record.fields.get("id", record.place.line))
    return MarkedText(identity, text, record.place, answers, plain_metadata(data))


def _spans(result: Mapping[str, Any], text: str, record: Record) -> Iterator[MarkedSpan]:
    value = result["value"]
    begin, end, words = (value.get(name) for name in ("start", "end", "text"))
    if not (isinstance(begin, int) and isinstance(end, int) and 0 <= begin < end):
        record.report("annotations", f"{begin}:{end} is no span")
        return
    if isinstance(words, str) and words != text[begin:end]:
        begin, end = _code_points(text, begin), _code_points(text, end)
    if end > len(text):
        record.report("annotations", f"span {begin}:{end} is not in the text")
    elif isinstance(words, str) and words.split() != text[begin:end].split():
        found = text[begin:end][:40]
        record.report("annotations", f"marks {words[:40]!r}, but the text has {found!r} there")
    else:
        for label in _labels(result):
            yield MarkedSpan(begin, end, label, record.place)


def _code_points(text: str, units: int) -> int:
    """An offset in code points, of one in the UTF-16 units that browsers count."""
    return len(text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", errors="ignore"))
