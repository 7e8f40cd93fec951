"""Suggested scores, checked and in our own terms, for whoever keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from framelens.serve.offsets import boundaries
from framelens.serve.perspective.attributes import check_attributes, check_score_type
from framelens.serve.perspective.errors import PerspectiveError
from framelens.serve.perspective.messages import (
    AttributeScores,
    Score,
    SpanScore,
    SuggestCommentScoreRequest,
)

__all__ = ["SuggestedScore", "Suggestion", "read_suggestion"]

Places = Mapping[int, int]
"""The code point offset of each offset in UTF-16 code units that lies between code points."""


@dataclass(frozen=True)
class SuggestedScore:
    """What a label's probability should have been.

    ``span`` is from one offset in code points to another; none for the whole text.
    """

    label: str
    score: float
    span: tuple[int, int] | None = None


@dataclass(frozen=True)
class Suggestion:
    """A text with the scores that a caller believes it should have."""

    text: str
    scores: tuple[SuggestedScore, ...]
    client_token: str | None = None


def read_suggestion(
    request: SuggestCommentScoreRequest, text: str, labels: Mapping[str, str]
) -> Suggestion:
    """The suggestion of a request, whose attributes stand for these labels.

    Raises:
        PerspectiveError: an attribute, a score or a span is missing or wrong.
    """
    suggested = request.attribute_scores or {}
    if not suggested:
        raise _invalid("attributeScores must not be empty")
    check_attributes(suggested, labels)
    at_utf16 = {place: offset for offset, place in enumerate(boundaries(text, "utf16"))}
    return Suggestion(
        text,
        tuple(
            score
            for attribute, scores in suggested.items()
            for score in _read(attribute, labels[attribute], scores, at_utf16)
        ),
        request.client_token,
    )


def _read(
    attribute: str, label: str, scores: AttributeScores, places: Places
) -> Iterator[SuggestedScore]:
    if scores.summary_score is None and not scores.span_scores:
        raise _invalid(f"attributeScores.{attribute} must have a summaryScore or spanScores")
    if scores.summary_score is not None:
        yield SuggestedScore(label, _probability(attribute, scores.summary_score))
    for number, span in enumerate(scores.span_scores or ()):
        place = _span(f"attributeScores.{attribute}.spanScores.{number}", span, places)
        yield SuggestedScore(label, _probability(attribute, span.score), place)


def _probability(attribute: str, score: Score) -> float:
    check_score_type(attribute, score.type)
    if not 0 <= score.value <= 1:
        raise _invalid(f"attributeScores.{attribute}: a score must be from 0 to 1")
    return score.value


def _span(place: str, span: SpanScore, places: Places) -> tuple[int, int]:
    if span.begin is None or span.end is None:
        raise _invalid(f"{place} must have begin and end")
    begin, end = places.get(span.begin), places.get(span.end)
    if begin is None or end is None or begin >= end:
        raise _invalid(
            f"{place}: begin and end must be a range of the comment's {max(places)} UTF-16 code "
            "units that divides no surrogate pair"
        )
    return begin, end


def _invalid(message: str) -> PerspectiveError:
    return PerspectiveError("INVALID_ARGUMENT", message, "INVALID_REQUEST")
