"""Labelled documents as they were found: before there is a scheme that knows their labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from framelens.data.problems import Place

__all__ = ["Draft", "DraftSentence", "Labels"]

Labels: TypeAlias = tuple[str, ...]
"""The labels that a sentence was given together; none and several are answers too."""


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """Code points ``begin:end`` of a draft's text, and the labels that were found there.

    ``labels`` is None where ``votes``, what single annotators chose, are to decide;
    ``annotators`` are their names, where these are known.
    """

    begin: int
    end: int
    labels: Labels | None
    place: Place
    votes: tuple[Labels, ...] = ()
    annotators: tuple[str, ...] = ()
    doubtful: bool = False

    @property
    def most_labels(self) -> int:
        """How many labels it was given together at most."""
        return max(map(len, (self.labels or (), *self.votes)))


@dataclass(frozen=True, slots=True)
class Draft:
    """A text and its labelled sentences, in order and not overlapping; the rest is context."""

    id: str
    text: str
    sentences: tuple[DraftSentence, ...]
    place: Place
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)
