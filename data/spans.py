"""Labelled spans of a text, as JSON objects hold them."""

from __future__ import annotations

from typing import NamedTuple

from framelens.data.documents import LabelledSentence
from framelens.data.problems import Place, Problem
from framelens.data.records import Record
from framelens.model.errors import SchemeError
from framelens.model.scheme import Scheme

__all__ = ["SpanFields", "leaf_name", "read_sentences"]


class SpanFields(NamedTuple):
    """What a format calls the begin, the end and the label of a sentence."""

    begin: str
    end: str
    label: str


def leaf_name(label: str, scheme: Scheme, place: Place, problems: list[Problem]) -> str | None:
    """The leaf with this name or annotators' code; None where it is reported as unknown.

    Of a multi-label scheme, all of them that stand in ``angry|sad``.
    """
    try:
        return scheme.leaf_label(label)
    except SchemeError as error:
        problems.append(place.problem(str(error)))
        return None


def read_sentences(
    record: Record, names: SpanFields, text: str | None, scheme: Scheme
) -> tuple[tuple[LabelledSentence, ...], tuple[Place, ...]]:
    """Read the ``sentences`` of a document, and where each one stands.

    Faulty sentences are reported and left out. ``text`` is None where the document has none
    that can be used: the spans are then only checked against each other.
    """
    sentences: list[LabelledSentence] = []
    places: list[Place] = []
    previous = (0, 0)
    for item in record.records("sentences"):
        item.check_names(names, ("votes", "doubtful"))
        begin, end = item.get(names.begin, int), item.get(names.end, int)
        label = _leaf(item, names.label, scheme)
        votes, annotators = _votes(item, scheme)
        doubtful = item.get("doubtful", bool)
        if begin is None or end is None:
            continue
        if fault := _span_fault(begin, end, previous, text):
            item.problems.append(item.place.problem(f"span {begin}:{end} {fault}"))
            continue
        previous = begin, end
        if label is not None:
            sentences.append(
                LabelledSentence(begin, end, label, votes, doubtful or False, annotators)
            )
            places.append(item.place)
    if record.fields.get("sentences") == []:
        record.report("sentences", "empty: a document needs at least one labelled sentence")
    return tuple(sentences), tuple(places)


def _leaf(item: Record, name: str, scheme: Scheme) -> str | None:
    # A sentence may have none of the labels of a multi-label scheme.
    label = item.get(name, str) if scheme.multi_label else item.text(name)
    if label is None:
        return None
    return leaf_name(label, scheme, item.place.at(name), item.problems)


def _votes(item: Record, scheme: Scheme) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The votes, and the names of the annotators where they are an object."""
    if isinstance(item.fields.get("votes"), dict):
        named = item.get("votes", dict) or {}
        ballot = Record(named, item.place.at("votes"), item.problems)
        chosen = {name: leaf for name in named if (leaf := _leaf(ballot, name, scheme)) is not None}
        return tuple(chosen.values()), tuple(chosen)
    votes = item.get("votes", list) or []
    names = {f"votes[{index}]": vote for index, vote in enumerate(votes)}
    ballot = Record(names, item.place, item.problems)
    leaves = (_leaf(ballot, name, scheme) for name in names)
    return tuple(leaf for leaf in leaves if leaf is not None), ()


def _span_fault(begin: int, end: int, previous: tuple[int, int], text: str | None) -> str | None:
    if begin == end:
        return "is empty"
    if begin > end:
        return "ends before it begins"
    if begin < 0:
        return "is out of range: the first character is 0"
    if text is not None and end > len(text):
        return f"is out of range: the text has {len(text)} characters"
    if begin < previous[0]:
        return f"is out of order: it follows {previous[0]}:{previous[1]}"
    if begin < previous[1]:
        return f"overlaps {previous[0]}:{previous[1]}"
    if text is not None and text[begin:end].isspace():
        return "holds only white space"
    return None
