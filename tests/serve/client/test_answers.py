"""The client's answers are those of the OpenAPI document, so that neither changes alone."""

from __future__ import annotations

import json
from dataclasses import is_dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest

from framelens.client import AnswerError, answers
from framelens.client.decoding import decode, decode_json

ROOT = Path(__file__).parents[3]
SCHEMAS = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))["components"][
    "schemas"
]
NAMES = {int: "integer", float: "number", str: "string", bool: "boolean", UUID: "uuid"}


def in_words(hint: Any) -> str:
    """A type of the client in the words of :func:`described`."""
    if get_origin(hint) is UnionType:
        [kind] = (each for each in get_args(hint) if each is not NoneType)
        return f"{in_words(kind)} or null"
    if get_origin(hint) is list:
        return f"list of {in_words(get_args(hint)[0])}"
    if get_origin(hint) is dict:
        return f"map of {in_words(get_args(hint)[1])}"
    return hint.__name__ if is_dataclass(hint) else NAMES[hint]


def described(schema: dict[str, Any]) -> str:
    """A JSON Schema in the same words."""
    if "anyOf" in schema:
        [kind] = (each for each in schema["anyOf"] if each.get("type") != "null")
        return f"{described(kind)} or null"
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return name if hasattr(answers, name) else numbers(SCHEMAS[name])
    if schema["type"] == "array":
        return f"list of {described(schema['items'])}"
    if schema["type"] == "object":
        return f"map of {described(schema['additionalProperties'])}"
    return "uuid" if schema.get("format") == "uuid" else schema["type"]


def numbers(schema: dict[str, Any]) -> str:
    """A record of numbers, which the client takes for a map."""
    kinds = {each["type"] for each in schema["properties"].values()}
    assert kinds <= {"integer", "number"}
    return "map of number"


@pytest.mark.parametrize("name", [name for name in answers.__all__ if name != "Basis"])
def test_fields_are_those_of_the_document(name: str):
    ours = {field: in_words(hint) for field, hint in get_type_hints(getattr(answers, name)).items()}
    properties = SCHEMAS[name]["properties"]
    assert ours == {field: described(schema) for field, schema in properties.items()}


FRAME = {"label": "a", "confidence": 1}


def test_new_fields_are_passed_over_and_whole_numbers_are_numbers():
    frame = decode(answers.FrameAnswer, {**FRAME, "new": {"field": 1}})
    assert frame == answers.FrameAnswer(label="a", confidence=1.0)
    assert type(frame.confidence) is float


@pytest.mark.parametrize(
    ("kind", "content", "message"),
    [
        ("FrameAnswer", {"label": "a"}, "the answer has no /confidence"),
        ("FrameAnswer", [FRAME], "the answer has no dict at its root"),
        ("FrameAnswer", {**FRAME, "label": None}, "the answer has no str at /label"),
        ("FrameAnswer", {**FRAME, "confidence": True}, "the answer has no float at /confidence"),
        ("EvidenceAnswer", {"words": [{}], "bias": 0.5}, "the answer has no /words/0/begin"),
        ("EvidenceAnswer", {"words": {}, "bias": 0.5}, "the answer has no list at /words"),
        (
            "FeedbackAnswer",
            {"id": "1", "leaf": None, "text_kept": True},
            "the answer has no UUID at /id",
        ),
    ],
)
def test_what_is_no_answer_is_named(kind: str, content: Any, message: str):
    with pytest.raises(AnswerError) as error:
        decode(getattr(answers, kind), content)
    assert str(error.value) == message


@pytest.mark.parametrize("content", [b"<html>", b"", b"\xff"])
def test_what_is_no_json_is_no_answer(content: bytes):
    with pytest.raises(AnswerError, match="is not JSON"):
        decode_json(answers.Info, content)
