"""The OpenAPI document: its examples are what the service takes and gives."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from framelens.serve.access.description import CODES
from framelens.serve.problems import MEDIA_TYPE, PROBLEMS


@pytest.fixture(scope="module")
def document(whole: TestClient) -> dict[str, Any]:
    content: dict[str, Any] = whole.get("/openapi.json").json()
    return content


def test_the_examples_are_real(client: TestClient, document: dict[str, Any]):
    classify = document["paths"]["/v1/classify"]["post"]
    requests = classify["requestBody"]["content"]["application/json"]["examples"]
    answers = classify["responses"]["200"]["content"]["application/json"]["examples"]
    assert requests.keys() == answers.keys()
    for name, request in requests.items():
        response = client.post("/v1/classify", json=request["value"])
        assert response.status_code == 200
        assert response.json() == answers[name]["value"]
        assert all(document["sentences"] for document in response.json()["documents"])


def test_every_problem_is_described(document: dict[str, Any]):
    described = {
        code: (int(status), example["value"])
        for path in document["paths"].values()
        for operation in path.values()
        for status, response in operation["responses"].items()
        for code, example in response["content"]
        .get(MEDIA_TYPE, {"examples": {}})["examples"]
        .items()
    }
    of_no_route = {"not_found", "method_not_allowed", "invalid_http", "headers_too_large"}
    assert described.keys() == PROBLEMS.keys() - of_no_route - {*CODES}
    for code, (status, value) in described.items():
        assert status == value["status"] == PROBLEMS[code][0]
        assert value["code"] == code


def test_the_example_of_an_invalid_request_is_real(client: TestClient, document: dict[str, Any]):
    responses = document["paths"]["/v1/classify"]["post"]["responses"]
    example = responses["422"]["content"][MEDIA_TYPE]["examples"]["invalid_request"]["value"]
    problem = client.post("/v1/classify", json={"documents": [{"id": "a"}]}).json()
    assert problem["errors"] == example["errors"]
    assert problem.keys() == example.keys()


def test_every_reference_leads_somewhere(document: dict[str, Any]):
    references = set()

    def collect(node: object) -> None:
        if isinstance(node, dict):
            references.add(node.get("$ref"))
            node = list(node.values())
        if isinstance(node, list):
            for child in node:
                collect(child)

    collect(document)
    names = {ref.removeprefix("#/components/schemas/") for ref in references - {None}}
    assert names <= document["components"]["schemas"].keys()


def test_offsets_of_split_sentences_are_explained(document: dict[str, Any]):
    schema = document["components"]["schemas"]["DocumentRequest"]["properties"]["sentences"]
    assert "joined by single newlines" in schema["description"]
