"""Attributes are the scheme's labels in capitals; a comment's score is its highest sentence's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from framelens.model import Scheme
from framelens.serve.answers import SentenceAnswer
from framelens.serve.perspective.errors import PerspectiveError, UnsupportedLanguage
from framelens.serve.perspective.messages import (
    AttributeParameters,
    AttributeScores,
    Score,
    ScoreType,
    SpanScore,
)

__all__ = [
    "LANGUAGE",
    "attribute_labels",
    "check_attributes",
    "check_score_type",
    "describe_attributes",
    "score_attribute",
    "supported_attributes",
]

LANGUAGE = "en"
"""The language that the models are made for."""

PROBABILITY: ScoreType = "PROBABILITY"


def attribute_labels(scheme: Scheme) -> dict[str, str]:
    """The label of each attribute."""
    return {name.upper(): name for name in scheme.label_names}


def check_attributes(names: Iterable[str], known: Mapping[str, str]) -> None:
    """Refuse attributes that are no label of the scheme.

    Raises:
        PerspectiveError: one is unknown; the known ones are named.
    """
    if any(name not in known for name in names):
        message = f"Unknown requested attribute; known are {', '.join(known)}"
        raise PerspectiveError("INVALID_ARGUMENT", message, "INVALID_REQUEST")


def check_score_type(attribute: str, score_type: ScoreType | None) -> None:
    """Refuse scores that are no probabilities.

    Raises:
        PerspectiveError: it is another type.
    """
    if score_type not in (None, "SCORE_TYPE_UNSPECIFIED", PROBABILITY):
        message = f"Requested score type {score_type} is not supported by attribute {attribute}"
        raise PerspectiveError("INVALID_ARGUMENT", message, "INVALID_REQUEST")


def supported_attributes(
    attributes: Iterable[str], languages: Sequence[str], drop_unsupported: bool
) -> list[str]:
    """The attributes that support all the languages.

    Raises:
        PerspectiveError: there is another language, and attributes are not to be dropped for it.
    """
    attributes = list(attributes)
    if all(language.lower().partition("-")[0] == LANGUAGE for language in languages):
        return attributes
    if drop_unsupported:
        return []
    detail = UnsupportedLanguage(attribute=attributes[0], requested_languages=list(languages))
    message = f"Attribute {attributes[0]} does not support request languages: "
    raise PerspectiveError(
        "INVALID_ARGUMENT",
        message + ", ".join(languages),
        "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE",
        detail,
    )


def score_attribute(
    label: str,
    sentences: Sequence[SentenceAnswer],
    parameters: AttributeParameters,
    whole: tuple[int, int] | None,
) -> AttributeScores | None:
    """The scores of a label, or none where all are below the threshold.

    Args:
        label: as the scheme names it.
        sentences: of the comment, at least one.
        parameters: with the threshold.
        whole: the span of the comment, to give its score to; without it, each sentence has its own.
    """
    highest = max(sentence.scores[label] for sentence in sentences)
    threshold = parameters.score_threshold
    if threshold is not None and highest < threshold:
        return None
    spans = [(each.begin, each.end, each.scores[label]) for each in sentences]
    if whole is not None:
        spans = [(*whole, highest)]
    return AttributeScores(
        summary_score=_score(highest),
        span_scores=[
            SpanScore(begin=begin, end=end, score=_score(value))
            for begin, end, value in spans
            if threshold is None or value >= threshold
        ],
    )


def _score(value: float) -> Score:
    return Score(value=value, type=PROBABILITY)


def describe_attributes(document: dict[str, Any], scheme: Scheme) -> None:
    """Name the scheme's attributes in an app's OpenAPI document."""
    schemas = document["components"]["schemas"]
    for message, field in (
        ("AnalyzeCommentRequest", "requestedAttributes"),
        ("SuggestCommentScoreRequest", "attributeScores"),
    ):
        # The first choice is the map, the second null.
        attributes = schemas[message]["properties"][field]["anyOf"][0]
        attributes["propertyNames"] = {"enum": list(attribute_labels(scheme))}
        attributes["minProperties"] = 1
