"""Sheets that annotators have filled in, as labelled documents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from framelens.data.documents import Corpus, LabelledDocument, LabelledSentence
from framelens.data.problems import DataError, Place, Problem
from framelens.data.rows import read_rows
from framelens.data.sheets import OPTIONAL, RANDOM, REQUIRED, Key, SheetRow
from framelens.data.spans import leaf_name
from framelens.data.votes import settle
from framelens.model.scheme import Scheme

__all__ = ["FilledSheets", "read_sheets"]

NONE = "-"
"""What stands for no label at all, where a scheme lets a sentence have any number."""


@dataclass(frozen=True)
class FilledSheets:
    """What annotators made of a sheet.

    ``corpus`` has the sentences with a label, but for the ``unsettled`` ones, for which as many
    votes are for another. ``rows`` counts the sentences of the sheet, ``unlabelled`` those that
    nobody labelled.
    """

    corpus: Corpus
    unsettled: list[SheetRow]
    rows: int
    unlabelled: int


class _Entry(NamedTuple):
    """A row of an annotator's copy; the label is None where there is none yet."""

    row: SheetRow
    annotator: str
    label: str | None
    is_doubtful: bool
    place: Place


class _Settled(NamedTuple):
    """A sentence's label, and the votes for it."""

    label: str
    ballot: Sequence[_Entry]

    def sentence(self, begin: int, end: int) -> LabelledSentence:
        is_doubtful = any(entry.is_doubtful for entry in self.ballot)
        if len(self.ballot) == 1:
            return LabelledSentence(begin, end, self.label, doubtful=is_doubtful)
        votes = tuple(entry.label or "" for entry in self.ballot)
        annotators = tuple(entry.annotator for entry in self.ballot)
        return LabelledSentence(begin, end, self.label, votes, is_doubtful, annotators)


def read_sheets(paths: Sequence[Path], scheme: Scheme) -> FilledSheets:
    """Read copies of a sheet, each filled in by one annotator, whose name is that of the file.

    Where several labelled a sentence, the label with more votes than any other counts. What a
    copy lacks or has no label for, its annotator left out. In a multi-label scheme ``-`` is no
    label at all.

    Raises:
        DataError: something is wrong in one of the files; it names everything.
    """
    problems: list[Problem] = []
    entries = [entry for path in paths for entry in _read_copy(path, scheme, problems)]
    texts = _texts(entries, problems)
    if not (problems or any(entry.label is not None for entry in entries)):
        problems = [Place(str(path)).problem("no row has a label") for path in paths]
    if problems:
        raise DataError(problems)
    ballots: dict[Key, list[_Entry]] = {entry.row.key: [] for entry in entries}
    for entry in entries:
        if entry.label is not None:
            ballots[entry.row.key].append(entry)
            problems += _second_vote(ballots[entry.row.key])
    if problems:
        raise DataError(problems)
    labels = {key: _settle(ballot, scheme) for key, ballot in ballots.items() if ballot}
    sentences = {
        key: _Settled(label, ballots[key]) for key, label in labels.items() if label is not None
    }
    documents = [_document(name, known, sentences) for name, known in texts.items()]
    return FilledSheets(
        corpus=[document for document in documents if document.sentences],
        unsettled=[ballots[key][0].row for key, label in labels.items() if label is None],
        rows=len(ballots),
        unlabelled=sum(not ballot for ballot in ballots.values()),
    )


def _read_copy(path: Path, scheme: Scheme, problems: list[Problem]) -> list[_Entry]:
    """The sound rows of a file; faulty ones are reported."""
    entries: dict[Key, _Entry] = {}
    try:
        for place, fields in read_rows(path, REQUIRED, OPTIONAL, problems):
            row = SheetRow.read(fields, place, problems)
            if row is None:
                continue
            if row.key in entries:
                first = entries[row.key].place
                problems.append(place.problem(f"the sentence stands also in {first}"))
                continue
            label = _label(fields["label"].strip(), scheme, place.at("label"), problems)
            is_doubtful = bool(fields.get("doubtful", "").strip())
            entries[row.key] = _Entry(row, path.stem, label, is_doubtful, place)
    except DataError as error:
        problems += error.problems
    return list(entries.values())


def _label(given: str, scheme: Scheme, place: Place, problems: list[Problem]) -> str | None:
    if not given:
        return None
    if scheme.multi_label and given == NONE:
        return ""
    return leaf_name(given, scheme, place, problems)


def _second_vote(ballot: Sequence[_Entry]) -> Iterator[Problem]:
    *earlier, last = ballot
    for entry in earlier:
        if entry.annotator == last.annotator:
            message = f"{last.annotator!r} labels the sentence a second time, after {entry.place}"
            advice = "the name of a file is that of its annotator"
            yield last.place.problem(f"{message}; {advice}")


def _texts(entries: Iterable[_Entry], problems: list[Problem]) -> dict[str, dict[int, str]]:
    """The sentences of each document by their numbers, as far as the contexts have them."""
    known: dict[str, dict[int, tuple[str, Place]]] = {}
    for entry in entries:
        sentences = known.setdefault(entry.row.document, {})
        for number, text in entry.row.sentences.items():
            first, place = sentences.setdefault(number, (text, entry.place))
            if first != text:
                fault = f"sentence {number} of {entry.row.document!r} is another one in {place}"
                problems.append(entry.place.at("context").problem(fault))
    return {
        identity: {number: sentences[number][0] for number in sorted(sentences)}
        for identity, sentences in known.items()
    }


def _settle(ballot: Iterable[_Entry], scheme: Scheme) -> str | None:
    """The label that more votes are for than for any other, None where there is none."""
    votes = Counter(entry.label for entry in ballot if entry.label is not None)
    label, is_tied = settle([*votes.elements()], scheme)
    # Inside a public label, a leaf may share the lead with another.
    others = [count for vote, count in votes.items() if vote != label]
    is_tied |= not scheme.multi_label and votes[label] <= max(others, default=0)
    return None if is_tied else label


def _document(
    identity: str, texts: Mapping[int, str], settled: Mapping[Key, _Settled]
) -> LabelledDocument:
    """A document of all the sentences that the sheets have of it, a line each."""
    sentences = []
    ways = []
    begin = 0
    for number, text in texts.items():
        if found := settled.get((identity, number)):
            sentences.append(found.sentence(begin, begin + len(text)))
            ways.append(found.ballot[0].row.selected)
        begin += len(text) + 1
    # A document counts as drawn by chance only where all of it was.
    selected = next((way for way in ways if way != RANDOM), RANDOM)
    metadata = {"selected": selected} if selected else {}
    return LabelledDocument(identity, "\n".join(texts.values()), tuple(sentences), metadata)
