"""The OpenAPI document: its examples, and the copy of it that is checked in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.models import Example

from framelens.serve.answers import ClassifyAnswer, answer
from framelens.serve.models import LoadedModel
from framelens.serve.problems import (
    MEDIA_TYPE,
    PROBLEMS,
    FieldProblem,
    Problem,
    ProblemDocument,
    problem_document,
)
from framelens.serve.requests import ClassifyRequest

__all__ = [
    "COMPONENT",
    "EXAMPLE_REQUESTS",
    "add_answers",
    "document_text",
    "example_answers",
    "problem_responses",
]

EXAMPLE_REQUESTS: dict[str, Example] = {
    "text": {
        "summary": "One text",
        "value": {"text": "The council met on Tuesday. “We will not be beaten,” the mayor said."},
    },
    "documents": {
        "summary": "Several documents, one already split, with evidence",
        "value": {
            "documents": [
                {"id": "report", "text": "Nine houses burned down. Nobody was hurt."},
                {"id": "post", "sentences": ["They took our orchards!", "And you kept silent."]},
            ],
            "options": {"evidence": True, "offsets": "utf16"},
        },
    },
}

COMPONENT = "#/components/schemas/{model}"
"""The reference to a message's schema."""

INVALID_FIELD = FieldProblem(
    pointer="/documents/0", detail="needs exactly one of 'text' and 'sentences'"
)


def problem_responses(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The responses of a route that refuses with these codes, in FastAPI's form."""
    responses: dict[int | str, dict[str, Any]] = {}
    for status in sorted({PROBLEMS[code][0] for code in codes}):
        titles = {code: PROBLEMS[code][1] for code in codes if PROBLEMS[code][0] == status}
        content = {
            "schema": {"$ref": COMPONENT.format(model=ProblemDocument.__name__)},
            "examples": {code: _example(code, title) for code, title in titles.items()},
        }
        responses[status] = {
            "description": "; ".join(titles.values()),
            "content": {MEDIA_TYPE: content},
        }
    return responses


def _example(code: str, title: str) -> dict[str, Any]:
    errors = [INVALID_FIELD] if code == "invalid_request" else []
    document = problem_document(Problem(code, title, errors), "9f2c4e71b0")
    return {"summary": title, "value": document.model_dump(exclude_none=True)}


def example_answers(model: LoadedModel) -> dict[str, ClassifyAnswer]:
    """A model's answers to the example requests, by their names."""
    return {name: _answer(model, example["value"]) for name, example in EXAMPLE_REQUESTS.items()}


def add_answers(document: dict[str, Any], answers: Mapping[str, ClassifyAnswer]) -> None:
    """Put the answers to the example requests into an app's document."""
    problem = ProblemDocument.model_json_schema(ref_template=COMPONENT)
    document["components"]["schemas"] |= {**problem.pop("$defs"), "ProblemDocument": problem}
    classify = document["paths"]["/v1/classify"]["post"]["responses"]["200"]
    classify["content"]["application/json"]["examples"] = {
        name: {
            "summary": example["summary"],
            "value": answers[name].model_dump(),
        }
        for name, example in EXAMPLE_REQUESTS.items()
    }


def document_text(app: FastAPI) -> str:
    """An app's document as JSON, without the examples' answers: these differ between engines."""
    document = deepcopy(app.openapi())
    classify = document["paths"]["/v1/classify"]["post"]["responses"]["200"]
    del classify["content"]["application/json"]["examples"]
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _answer(model: LoadedModel, content: Any) -> ClassifyAnswer:
    request = ClassifyRequest.model_validate(content)
    documents = request.to_documents()
    results = model.classifier.classify(documents, evidence=request.options.evidence)
    thresholds = model.thresholds_of(request)
    return answer(request, results, thresholds, model.basis(thresholds))
