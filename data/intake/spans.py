"""Texts in which people marked spans, and the sentences that these spans are in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from framelens.data.intake.drafts import Draft, DraftSentence, Labels
from framelens.data.problems import Place
from framelens.model import Span, split_sentences

__all__ = ["MarkedSpan", "MarkedText"]


class MarkedSpan(NamedTuple):
    """Code points ``begin:end`` that somebody marked with a label."""

    begin: int
    end: int
    label: str
    place: Place


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text, and the spans that people marked in it, by annotator."""

    id: str
    text: str
    place: Place
    answers: Mapping[str, Sequence[MarkedSpan]]
    metadata: Mapping[str, str] = field(default_factory=dict, hash=False)

    def draft(self, rest: str | None) -> Draft:
        """Every sentence of the text with the labels of the spans in it.

        A span is in a sentence when they share half of the one or of the other. Sentences
        without a span have the label ``rest``, or none.
        """
        unmarked = () if rest is None else (rest,)
        spans = split_sentences(self.text)
        sentences = tuple(self._sentence(span, unmarked) for span in spans)
        return Draft(self.id, self.text, sentences, self.place, self.metadata)

    def _sentence(self, sentence: Span, unmarked: Labels) -> DraftSentence:
        inside = [
            [span for span in each if _shares_half(span, sentence)]
            for each in self.answers.values()
        ]
        votes = [tuple(dict.fromkeys(span.label for span in each)) or unmarked for each in inside]
        place = next((span.place for each in inside for span in each), self.place)
        if len(votes) == 1:
            return DraftSentence(*sentence, votes[0], place)
        return DraftSentence(*sentence, None, place, tuple(votes), tuple(self.answers))


def _shares_half(span: MarkedSpan, sentence: Span) -> bool:
    begin, end = sentence
    shared = min(span.end, end) - max(span.begin, begin)
    return 2 * shared >= min(span.end - span.begin, end - begin)
