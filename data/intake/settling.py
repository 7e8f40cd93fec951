"""The scheme that drafts of documents ask for, and the documents that it makes of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import compress

from framelens.data.documents import LabelledDocument, LabelledSentence, PlacedDocument
from framelens.data.intake.drafts import Draft, DraftSentence, Labels
from framelens.data.problems import DataError, Place, Problem
from framelens.data.spans import leaf_name
from framelens.data.votes import settle
from framelens.model.errors import FramelensError, one_of
from framelens.model.scheme import SEPARATOR, Scheme

__all__ = ["placed_documents", "renamed", "scheme_of"]


def renamed(drafts: Sequence[Draft], names: Mapping[str, str]) -> list[Draft]:
    """The documents with new names of labels; two with the same new name become one.

    Raises:
        FramelensError: no sentence has one of the old names.
    """
    known = count_labels(drafts)
    for old in names:
        if old not in known:
            raise FramelensError(f"--rename: no label {old!r}; the labels are {one_of(known)}")
    return [
        replace(draft, sentences=tuple(_renamed(each, names) for each in draft.sentences))
        for draft in drafts
    ]


def count_labels(drafts: Iterable[Draft]) -> dict[str, int]:
    """How many sentences have each label, or a vote for it; the most frequent first."""
    counts: Counter[str] = Counter()
    for draft in drafts:
        for sentence in draft.sentences:
            given = (sentence.labels or (), *sentence.votes)
            counts.update({label for labels in given for label in labels})
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def scheme_of(
    name: str, drafts: Sequence[Draft], multi_label: bool, problems: Sequence[Problem] = ()
) -> Scheme:
    """A scheme whose labels are those that were found, the most frequent first.

    Raises:
        DataError: there is no label, or every sentence has the same; it names what else is wrong.
        SchemeError: a label cannot be one of several.
    """
    names = count_labels(drafts)
    if len(names) < (1 if multi_label else 2):
        found = f"every sentence has the same label, {one_of(names)}" if names else "no labels"
        advice = "--rest LABEL labels the sentences without a mark, --multi-label allows none"
        place = Place(drafts[0].place.file) if drafts else Place(name)
        raise DataError(
            [*problems, place.problem(f"{found}: there is nothing to tell apart; {advice}")]
        )
    labels: dict[str, object] = {label: {} for label in names}
    content = {"name": name, "labels": labels, "multi_label": multi_label}
    return Scheme.from_dict(content, name)


def placed_documents(
    drafts: Iterable[Draft], scheme: Scheme, problems: list[Problem]
) -> list[PlacedDocument]:
    """The documents that drafts become; labels that the scheme does not know are reported.

    Where it is not multi-label, a sentence without a label is context. Documents without a
    labelled sentence are left out.
    """
    documents = []
    for draft in drafts:
        placed = [
            (sentence, each.place)
            for each in draft.sentences
            if (sentence := _settled(each, scheme, problems))
        ]
        if placed:
            sentences, places = zip(*placed, strict=True)
            document = LabelledDocument(draft.id, draft.text, sentences, draft.metadata)
            documents.append(PlacedDocument(document, draft.place, places))
    return documents


def _renamed(sentence: DraftSentence, names: Mapping[str, str]) -> DraftSentence:
    labels = None if sentence.labels is None else _new(sentence.labels, names)
    return replace(
        sentence, labels=labels, votes=tuple(_new(vote, names) for vote in sentence.votes)
    )


def _new(labels: Labels, names: Mapping[str, str]) -> Labels:
    return tuple(dict.fromkeys(names.get(label, label) for label in labels))


def _settled(
    sentence: DraftSentence, scheme: Scheme, problems: list[Problem]
) -> LabelledSentence | None:
    place = sentence.place
    names = [_name(vote, scheme, place, problems) for vote in sentence.votes]
    votes = tuple(name for name in names if name is not None)
    label, doubtful = None, sentence.doubtful
    if sentence.labels is not None:
        label = _name(sentence.labels, scheme, place, problems)
    elif votes:
        label, tied = settle(votes, scheme)
        # Who marked nothing where others did does not agree with them.
        doubtful = tied or len(votes) < len(names)
    if label is None:
        return None
    who = tuple(compress(sentence.annotators, (name is not None for name in names)))
    if len(votes) < 2:
        votes, who = (), ()
    return LabelledSentence(sentence.begin, sentence.end, label, votes, doubtful, who)


def _name(labels: Labels, scheme: Scheme, place: Place, problems: list[Problem]) -> str | None:
    """The label of a sentence as a document has it, None where there is none to be had."""
    if not labels and not scheme.multi_label:
        return None
    return leaf_name(SEPARATOR.join(labels), scheme, place, problems)
