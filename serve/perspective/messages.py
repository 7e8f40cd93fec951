"""What is asked and answered in Perspective's shape; the discovery document is made from it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    BeforeValidator,
    ConfigDict,
    FailFast,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from framelens.serve.message import Message
from framelens.serve.requests import WholeString

__all__ = [
    "AnalyzeCommentRequest",
    "AnalyzeCommentResponse",
    "AttributeParameters",
    "AttributeScores",
    "Score",
    "ScoreType",
    "SpanScore",
    "SuggestCommentScoreRequest",
    "SuggestCommentScoreResponse",
    "TextEntry",
]

ScoreType = Literal["SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW"]
TextType = Literal["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"]

LanguageCode = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$", max_length=35)
]
Finite = Annotated[float, Field(allow_inf_nan=False)]

Item = TypeVar("Item")
Items = Annotated[list[Item] | None, FailFast()]


def _few(attributes: Any) -> Any:
    # Before each is looked at: no scheme has so many labels.
    if isinstance(attributes, dict) and len(attributes) > MOST_ATTRIBUTES:
        raise PydanticCustomError(
            "attributes", "has more than {most} attributes", {"most": MOST_ATTRIBUTES}
        )
    return attributes


MOST_ATTRIBUTES = 1_000
ByAttribute = Annotated[dict[str, Item], BeforeValidator(_few)]


class _Message(Message):
    """A message as Google's JSON has it: names in either spelling, null for what is not set."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, content: Any) -> Any:
        # Before pydantic does, whose error would repeat the name that the caller sent.
        if isinstance(content, _Message):
            return content
        if not isinstance(content, dict):
            raise PydanticCustomError("object", "must be an object")
        names = [to_camel(name) for name in cls.model_fields]
        if not content.keys() <= {*names, *cls.model_fields}:
            known = ", ".join(map(repr, names))
            raise PydanticCustomError(
                "unknown_field", "has an unknown field; known are {known}", {"known": known}
            )
        return content


class TextEntry(_Message):
    """A text."""

    text: WholeString | None = None
    type: TextType | None = None
    """Only plain text is read."""


class ArticleAndParentComment(_Message):
    """What a comment was left on."""

    article: TextEntry | None = None
    parent_comment: TextEntry | None = None


class Context(_Message):
    """What a comment answers: entries, or an article and parent comment. It is not read."""

    entries: Items[TextEntry] = None
    article_and_parent_comment: ArticleAndParentComment | None = None


class AttributeParameters(_Message):
    """How the scores of an attribute are wanted."""

    score_type: ScoreType | None = None
    """Only probabilities are given."""
    score_threshold: Finite | None = None
    """Scores below this are left out; unset, none are."""


class Score(_Message):
    """A score, and what its value means."""

    value: Finite
    type: ScoreType | None = None


class SpanScore(_Message):
    """The score of a part of the comment."""

    begin: int | None = None
    """Where the part begins, in UTF-16 code units."""
    end: int | None = None
    """Where it ends, the unit there not included."""
    score: Score


class AttributeScores(_Message):
    """The scores of an attribute: of the whole comment, and of its parts."""

    summary_score: Score | None = None
    """Of the whole comment: the highest of its sentences' scores."""
    span_scores: Items[SpanScore] = None
    """Of each sentence, where span annotations are asked for; otherwise one for the whole."""


class _Request(_Message):
    """What both methods take."""

    comment: TextEntry | None = None
    """The comment, which must not be empty."""
    context: Context | None = None
    """Taken for compatibility; it is not read."""
    languages: Items[LanguageCode] = None
    """Of the comment, as BCP 47 codes; every one must be supported."""
    community_id: WholeString | None = None
    client_token: WholeString | None = None
    """Given back as it is."""
    session_id: WholeString | None = None


class AnalyzeCommentRequest(_Request):
    """A comment, and the attributes to score it for."""

    requested_attributes: ByAttribute[AttributeParameters | None] | None = None
    """Parameters by attribute: the labels of the scheme, in capitals."""
    span_annotations: bool | None = None
    """Whether to score each sentence as well."""
    do_not_store: bool | None = None
    """Not to keep the decision for review, where the deployment would."""
    drop_unsupported_attributes: bool | None = None
    """Whether attributes that do not support the languages are left out, and no error."""


class AnalyzeCommentResponse(_Message):
    """The scores of a comment."""

    attribute_scores: dict[str, AttributeScores]
    """Scores by attribute; one whose scores are all below its threshold is left out."""
    languages: list[str]
    """Those of the request, or else the one that the comment was read as."""
    detected_languages: list[str] | None = None
    client_token: str | None = None
    """That of the request."""


class SuggestCommentScoreRequest(_Request):
    """A comment, and the scores that it should have had."""

    attribute_scores: ByAttribute[AttributeScores] | None = None
    """Scores by attribute, of the whole comment, of its parts, or both."""


class SuggestCommentScoreResponse(_Message):
    """That the suggestion was taken."""

    client_token: str | None = None
    """That of the request."""
    requested_languages: list[str] | None = None
    """The languages of the request."""
    detected_languages: list[str] | None = None
