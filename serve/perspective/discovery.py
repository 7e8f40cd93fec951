"""Google's description of the service, from which its clients build themselves."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from framelens.serve.perspective.messages import (
    AnalyzeCommentRequest,
    AnalyzeCommentResponse,
    SuggestCommentScoreRequest,
    SuggestCommentScoreResponse,
)

__all__ = ["VERSION", "discovery_document"]

NAME, VERSION = "commentanalyzer", "v1alpha1"

METHODS: dict[str, tuple[type[BaseModel], type[BaseModel]]] = {
    "analyze": (AnalyzeCommentRequest, AnalyzeCommentResponse),
    "suggestscore": (SuggestCommentScoreRequest, SuggestCommentScoreResponse),
}
FORMATS = {"number": "float", "integer": "int32"}


def discovery_document(root: str) -> dict[str, Any]:
    """The document for the service at an address, which ends in a slash."""
    messages = [message for pair in METHODS.values() for message in pair]
    _, schemas = models_json_schema(
        [(message, "validation") for message in messages], ref_template="{model}"
    )
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": f"{NAME}:{VERSION}",
        "name": NAME,
        "version": VERSION,
        "title": "framelens in the shape of the Perspective Comment Analyzer API",
        "description": "Scores of how a comment frames what it says. They measure no toxicity.",
        "protocol": "rest",
        "rootUrl": root,
        "servicePath": "",
        "baseUrl": root,
        "basePath": "",
        "batchPath": "batch",
        "parameters": {
            "key": {"type": "string", "location": "query", "description": "A key, where demanded."},
            "alt": {"type": "string", "location": "query", "default": "json", "enum": ["json"]},
        },
        "schemas": {name: {"id": name} | _plain(each) for name, each in schemas["$defs"].items()},
        "resources": {"comments": {"methods": {name: _method(name) for name in METHODS}}},
    }


def _method(name: str) -> dict[str, Any]:
    request, response = METHODS[name]
    return {
        "id": f"{NAME}.comments.{name}",
        "path": f"{VERSION}/comments:{name}",
        "flatPath": f"{VERSION}/comments:{name}",
        "httpMethod": "POST",
        "parameters": {},
        "parameterOrder": [],
        "request": {"$ref": request.__name__},
        "response": {"$ref": response.__name__},
    }


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema in the discovery document's words, which know no null."""
    choices = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    schema = {**schema, **(choices[0] if choices else {})}
    known = ("type", "$ref", "description", "enum")
    kept: dict[str, Any] = {key: schema[key] for key in known if key in schema}
    if format_ := FORMATS.get(kept.get("type", "")):
        kept["format"] = format_
    if "properties" in schema:
        kept["properties"] = {name: _plain(each) for name, each in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            kept[key] = _plain(schema[key])
    return kept
