"""Requests in the documented form get the answers that are filed beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

FILES = Path(__file__).parent / "files"
ANALYZE = "/v1alpha1/comments:analyze"
REQUESTS = sorted(path.name.partition(".")[0] for path in FILES.glob("*.request.json"))


def read(name: str) -> Any:
    return json.loads((FILES / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", REQUESTS)
def test_request_and_answer(client: TestClient, name: str):
    response = client.post(ANALYZE, json=read(f"{name}.request"))
    expected = read(f"{name}.answer")
    assert response.headers["content-type"] == "application/json"
    assert response.status_code == expected.get("error", {"code": 200})["code"]
    assert_alike(response.json(), expected)


def assert_alike(given: Any, expected: Any) -> None:
    """Equal but for the last digits, in which processors differ."""
    if isinstance(expected, dict):
        assert given.keys() == expected.keys()
        for key in expected:
            assert_alike(given[key], expected[key])
    elif isinstance(expected, list):
        assert len(given) == len(expected)
        for one, other in zip(given, expected, strict=True):
            assert_alike(one, other)
    else:
        assert given == (pytest.approx(expected, abs=0.01) if type(expected) is float else expected)


def test_spans_are_utf16_code_units(client: TestClient):
    request = read("spans.request")
    units = request["comment"]["text"].encode("utf-16-le")
    [first, *_, last] = [
        units[2 * span["begin"] : 2 * span["end"]].decode("utf-16-le")
        for span in client.post(ANALYZE, json=request).json()["attributeScores"]["VICTIM"][
            "spanScores"
        ]
    ]
    assert first.startswith("🎉")
    assert last == "🏆 We will never forget how you abandoned us."


def test_the_summary_is_the_highest_sentence(client: TestClient):
    request = read("spans.request")
    for scores in client.post(ANALYZE, json=request).json()["attributeScores"].values():
        assert scores["summaryScore"] == max(
            (span["score"] for span in scores["spanScores"]), key=lambda score: score["value"]
        )


def test_scores_are_those_of_classify(client: TestClient):
    request = read("spans.request")
    given = client.post(ANALYZE, json=request).json()["attributeScores"]["VICTIM"]["spanScores"]
    asked = {"text": request["comment"]["text"], "options": {"offsets": "utf16"}}
    [document] = client.post("/v1/classify", json=asked).json()["documents"]
    assert given == [
        {
            "begin": each["begin"],
            "end": each["end"],
            "score": {"value": each["scores"]["victim"], "type": "PROBABILITY"},
        }
        for each in document["sentences"]
    ]


def test_the_model_is_named_in_a_header(client: TestClient):
    model = client.get("/v1/info").json()["model"]
    header = client.post(ANALYZE, json=read("summary.request")).headers["x-framelens-model"]
    assert header == f"{model['name']}@{model['version']} sha256:{model['sha256']}"


@pytest.mark.parametrize(
    "content",
    [
        # In the proto's own spelling, with nulls; and as the published examples send it.
        {"comment": {"text": "It rained.", "type": None}, "requested_attributes": {"VICTIM": None}},
        {"comment": {"text": "It rained."}, "requestedAttributes": {"VICTIM": {}}, "context": None},
    ],
)
def test_other_spellings_of_the_same(client: TestClient, content: Any):
    response = client.post(f"{ANALYZE}?key=secret&alt=json", content=json.dumps(content))
    assert response.status_code == 200
    assert response.json()["languages"] == ["en"]
