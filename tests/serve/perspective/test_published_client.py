"""The published Python client, with nothing but the host changed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from googleapiclient import discovery
from googleapiclient.errors import HttpError
from starlette.testclient import TestClient

from framelens.serve.perspective import messages


@pytest.fixture(scope="module")
def analyzer(server: str) -> Iterator[Any]:
    with discovery.build(
        "commentanalyzer",
        "v1alpha1",
        developerKey="anything",
        discoveryServiceUrl=f"{server}/$discovery/rest?version=v1alpha1",
        static_discovery=False,
    ) as service:
        yield service


def test_analyze(analyzer: Any):
    request = {
        "comment": {"text": "🎉 Nobody can stop our heroes! It rained on Monday."},
        "requestedAttributes": {"TRIUMPHALIST": {}},
        "spanAnnotations": True,
        "clientToken": "a",
    }
    response = analyzer.comments().analyze(body=request).execute()
    scores = response["attributeScores"]["TRIUMPHALIST"]
    assert scores["summaryScore"]["value"] > 0.5
    assert [(span["begin"], span["end"]) for span in scores["spanScores"]] == [(0, 30), (31, 51)]
    assert response["clientToken"] == "a"


def test_an_error_is_understood(analyzer: Any):
    request = {"comment": {"text": ""}, "requestedAttributes": {"VICTIM": {}}}
    with pytest.raises(HttpError) as caught:
        analyzer.comments().analyze(body=request).execute()
    assert caught.value.status_code == 400
    assert caught.value.reason == "Comment must be non-empty."
    assert caught.value.error_details[0]["errorType"] == "COMMENT_EMPTY"


def test_suggest_score(analyzer: Any):
    request = {
        "comment": {"text": "It rained."},
        "attributeScores": {"VICTIM": {"summaryScore": {"value": 0}}},
    }
    with pytest.raises(HttpError) as caught:
        analyzer.comments().suggestscore(body=request).execute()
    assert caught.value.status_code == 501


def test_the_discovery_document_has_every_message(client: TestClient):
    document = client.get("/$discovery/rest", params={"version": "v1alpha1"}).json()
    assert document["rootUrl"] == "http://testserver/"
    for method in document["resources"]["comments"]["methods"].values():
        for direction in ("request", "response"):
            name = method[direction]["$ref"]
            fields = getattr(messages, name).model_fields.values()
            assert document["schemas"][name]["properties"].keys() == {
                field.alias for field in fields
            }


def test_another_version(client: TestClient):
    response = client.get("/$discovery/rest", params={"version": "v2"})
    assert response.status_code == 404
    assert response.json()["error"]["status"] == "NOT_FOUND"
