"""What a caller may send."""

from __future__ import annotations

from typing import Annotated, Any, Self, TypeAlias

from pydantic import AfterValidator, BeforeValidator, ConfigDict, FailFast, Field, model_validator
from pydantic_core import PydanticCustomError

from framelens.model import Document
from framelens.serve.message import Message
from framelens.serve.offsets import OffsetUnit

__all__ = [
    "WHOLE",
    "ClassifyRequest",
    "DocumentRequest",
    "LabelNames",
    "Name",
    "Note",
    "Options",
    "Strict",
    "WholeString",
    "exactly_one",
    "whole_characters",
]


def whole_characters(text: str) -> str:
    """A text, unless it has half of a surrogate pair."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise PydanticCustomError("surrogate", "has half of a surrogate pair") from None
    return text


WholeString = Annotated[str, AfterValidator(whole_characters)]
"""A string that can be given back."""


def _printable(name: str) -> str:
    if not name.isprintable():
        raise PydanticCustomError("unprintable", "has a character that cannot be printed")
    return name


Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_printable)]
"""What a caller calls somebody or something: short, and of printable characters."""


LabelNames: TypeAlias = Annotated[str, Field(max_length=2000), AfterValidator(_printable)]
"""The label of a sentence, or all its labels."""


def _storable(text: str) -> str:
    if "\0" in text:
        raise PydanticCustomError("nul", "has a NUL character")
    return whole_characters(text)


Note = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_storable)]
"""What a person writes about a decision. It is kept as it is, and no place for the text."""


def _whole_number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(_whole_number)
"""Makes an integer of 1.0, which is one in JSON Schema. It stands after the bounds, so that they
stay in the schema."""


def exactly_one(first: str, first_type: str, second: str, second_type: str) -> dict[str, Any]:
    """JSON Schema for: one of two fields is given, the other is missing or null."""
    fields = ((first, first_type), (second, second_type))
    return {
        "oneOf": [
            {"required": [name], "properties": {name: {"type": kind}}} for name, kind in fields
        ]
    }


class Strict(Message):
    """A message in which nothing is converted and no field is unknown."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, content: Any) -> Any:
        # Before pydantic does, whose error would repeat the name that the caller sent.
        if not isinstance(content, dict):
            raise PydanticCustomError("object", "must be an object")
        if not content.keys() <= cls.model_fields.keys():
            known = ", ".join(map(repr, cls.model_fields))
            raise PydanticCustomError(
                "unknown_field", "has an unknown field; known are {known}", {"known": known}
            )
        return content


class Options(Strict):
    """How the answer is to be given."""

    # Else every request gets its own deep copy of the default.
    model_config = ConfigDict(frozen=True)

    evidence: bool = False
    """Whether to say what each word adds to its sentence's label."""
    offsets: OffsetUnit = "utf32"
    """What `begin` and `end` count: code points, UTF-16 code units or UTF-8 bytes."""
    review_below: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    """Sentences with a confidence below this get the review mark, whatever the threshold set
    says; null for what the set says. 0 marks none. Not together with `thresholds`."""


class DocumentRequest(Strict):
    """A text, or its sentences where they are split already: exactly one of the two."""

    model_config = ConfigDict(json_schema_extra=exactly_one("text", "string", "sentences", "array"))

    id: WholeString | None = None
    """Yours, and given back as it is."""
    text: str | None = None
    sentences: Annotated[list[str] | None, FailFast()] = None
    """Kept as they are, one result each, in order, and read in the context of their neighbours.
    Offsets then refer to the sentences joined by single newlines."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.text is None) == (self.sentences is None):
            raise PydanticCustomError("one_of", "needs exactly one of 'text' and 'sentences'")
        return self


class ClassifyRequest(Strict):
    """One text, or several documents: exactly one of the two."""

    model_config = ConfigDict(json_schema_extra=exactly_one("text", "string", "documents", "array"))

    text: str | None = None
    documents: Annotated[list[DocumentRequest] | None, FailFast()] = None
    options: Options = Options()
    model: str | None = None
    """Which of the models that `/v1/info` lists is to answer, as `name` or `name@version`; null
    for the first."""
    thresholds: str | None = None
    """Which of the threshold sets that `/v1/info` lists says what follows, as `name` or
    `name@version`; null for `default`, the model's own."""
    client_token: Name | None = None
    """Yours: where the deployment keeps texts, they can be erased by it."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.text is None) == (self.documents is None):
            raise PydanticCustomError("one_of", "needs exactly one of 'text' and 'documents'")
        if self.thresholds is not None and self.options.review_below is not None:
            message = "needs at most one of 'thresholds' and 'options/review_below'"
            raise PydanticCustomError("at_most_one", message)
        return self

    def to_documents(self) -> list[Document]:
        """The documents to classify."""
        if self.documents is None:
            return [Document(self.text)]
        return [Document(item.text, item.sentences, item.id) for item in self.documents]
