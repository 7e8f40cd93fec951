"""Labelled documents, and the one format that every corpus can be written in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from framelens.data.problems import Place

__all__ = [
    "Corpus",
    "LabelledDocument",
    "LabelledSentence",
    "PlacedDocument",
    "write_documents",
]


@dataclass(frozen=True, slots=True)
class LabelledSentence:
    """Code points ``begin:end`` of a document's text, and the name of their leaf.

    Of a multi-label scheme, ``label`` has the names of any number of leaves, as in ``angry|sad``,
    or is empty. ``votes`` are what single annotators chose, and ``annotators`` their names, where
    these are known; ``doubtful`` is True where a careful colleague could have chosen another.
    """

    begin: int
    end: int
    label: str
    votes: tuple[str, ...] = ()
    doubtful: bool = False
    annotators: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The sentence as it stands in the documents format."""
        entry: dict[str, Any] = {"begin": self.begin, "end": self.end, "label": self.label}
        if self.annotators:
            entry["votes"] = dict(zip(self.annotators, self.votes, strict=True))
        elif self.votes:
            entry["votes"] = list(self.votes)
        if self.doubtful:
            entry["doubtful"] = True
        return entry


@dataclass(frozen=True, slots=True)
class LabelledDocument:
    """A text and its labelled sentences, in order and not overlapping.

    The text may hold more than these sentences; the rest is context.
    """

    id: str
    text: str
    sentences: tuple[LabelledSentence, ...]
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)

    def text_of(self, sentence: LabelledSentence) -> str:
        """The text that the sentence spans."""
        return self.text[sentence.begin : sentence.end]

    def to_dict(self) -> dict[str, Any]:
        """The document as it stands in the documents format."""
        entry: dict[str, Any] = {
            "id": self.id,
            "text": self.text,
            "sentences": [sentence.to_dict() for sentence in self.sentences],
        }
        if self.metadata:
            entry["metadata"] = dict(self.metadata)
        return entry


Corpus: TypeAlias = list[LabelledDocument]
"""Labelled documents, whatever they came from."""


@dataclass(frozen=True, slots=True)
class PlacedDocument:
    """A document, and where it and each of its sentences were read."""

    document: LabelledDocument
    place: Place
    sentence_places: tuple[Place, ...]


def write_documents(path: str | Path, corpus: Iterable[LabelledDocument]) -> None:
    """Write documents as JSONL: one object a line, UTF-8.

    A line is ``{"id", "text", "sentences": [{"begin", "end", "label", "votes"?,
    "doubtful"?}], "metadata"?}``. Lines end with a newline only: other line separators of
    Unicode may stand inside a text as they are.
    """
    with Path(path).open("w", encoding="utf-8", newline="\n") as file:
        for document in corpus:
            file.write(json.dumps(document.to_dict(), ensure_ascii=False) + "\n")
