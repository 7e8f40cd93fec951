"""Every error is in Google's form, names the place, and repeats nothing of the request."""

from __future__ import annotations

import json
import logging
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.limits import Limits
from framelens.serve.problems import Problem

ANALYZE = "/v1alpha1/comments:analyze"
SUGGEST = "/v1alpha1/comments:suggestscore"
CANARY = "xyzzy-canary"
JSON = {"content-type": "application/json"}
VALID = {"comment": {"text": CANARY}, "requestedAttributes": {"VICTIM": {}}}


def check(response: httpx2.Response, status: str, error_type: str | None, code: int = 400) -> str:
    assert response.headers["content-type"] == "application/json"
    assert CANARY not in response.text
    assert response.status_code == code
    error = response.json()["error"]
    assert (error["code"], error["status"]) == (code, status)
    types = [detail["errorType"] for detail in error.get("details", [])]
    assert types == ([error_type] if error_type else [])
    message: str = error["message"]
    return message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({CANARY: 1}, "the body: has an unknown field; known are 'comment', "),
        ({"comment": CANARY}, "comment: must be an object"),
        ({"comment": {"text": 7}}, "comment.text: Input should be a valid string"),
        ({"comment": {"text": "\ud800"}}, "comment.text: has half of a surrogate pair"),
        ({"comment": {"text": "a", "type": CANARY}}, "comment.type: Input should be "),
        ({"languages": [CANARY + "!"]}, "languages.0: String should match pattern"),
        ({"languages": "en"}, "languages: Input should be a valid list"),
        ({"requestedAttributes": [CANARY]}, "requestedAttributes: Input should be a valid "),
        ({"requestedAttributes": {CANARY: {}}}, "Unknown requested attribute; known are TRI"),
        ({"requestedAttributes": {CANARY: 1}}, "requestedAttributes.*: must be an object"),
        (
            {"requestedAttributes": {"VICTIM": {"scoreThreshold": float("nan")}}},
            "requestedAttributes.*.scoreThreshold: Input should be a finite number",
        ),
        (
            {"requestedAttributes": {str(number): 1 for number in range(100_000)}},
            "requestedAttributes: has more than 1000 attributes",
        ),
        ({"spanAnnotations": "yes"}, "spanAnnotations: Input should be a valid boolean"),
        (
            {"context": {"entries": [{"text": "a"}], "articleAndParentComment": {"article": {}}}},
            "Context can have either entries or articleAndParentComment, but has both",
        ),
        ({"clientToken": "\udfff"}, "clientToken: has half of a surrogate pair"),
    ],
)
def test_invalid_requests(client: TestClient, change: Any, message: str):
    response = client.post(ANALYZE, content=json.dumps(VALID | change), headers=JSON)
    assert check(response, "INVALID_ARGUMENT", "INVALID_REQUEST").startswith(message)


@pytest.mark.parametrize("comment", [None, {}, {"text": None}, {"text": " \n"}])
def test_empty_comments(client: TestClient, comment: Any):
    response = client.post(ANALYZE, json=VALID | {"comment": comment})
    check(response, "INVALID_ARGUMENT", "COMMENT_EMPTY")


def test_a_comment_that_cannot_be_read(client: TestClient):
    response = client.post(ANALYZE, json=VALID | {"comment": {"text": "\u200b"}})
    message = check(response, "INVALID_ARGUMENT", "INVALID_REQUEST")
    assert message == "comment.text: has no character that the model reads"


@pytest.mark.parametrize("path", [ANALYZE, SUGGEST])
@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b'{"comment": "\xff"}', b""])
def test_no_json(client: TestClient, path: str, body: bytes):
    check(client.post(path, content=body, headers=JSON), "INVALID_ARGUMENT", "INVALID_REQUEST")


def test_other_bodies(http: httpx2.Client):
    body = json.dumps(VALID)
    for headers in ({"content-type": "text/plain"}, {**JSON, "content-encoding": "gzip"}):
        response = http.post(ANALYZE, content=body, headers=headers)
        check(response, "INVALID_ARGUMENT", "INVALID_REQUEST")
    # Any page in a browser can send such a body, and this method keeps something.
    check(http.post(SUGGEST, content=body), "INVALID_ARGUMENT", "INVALID_REQUEST")


def test_too_long(classifier: FramingClassifier):
    limited = TestClient(create_app(classifier, Limits(code_points=10, body_bytes=400)))
    assert limited.post(ANALYZE, json=VALID | {"comment": {"text": "a" * 10}}).status_code == 200
    for length in (11, 500):
        response = limited.post(ANALYZE, json=VALID | {"comment": {"text": "a" * length}})
        check(response, "INVALID_ARGUMENT", "COMMENT_TOO_LONG")


@pytest.mark.parametrize("language", ["en", "EN", "en-GB"])
def test_english_however_written(client: TestClient, language: str):
    response = client.post(ANALYZE, json=VALID | {"languages": [language]})
    assert response.json()["languages"] == [language]


def test_a_problem_keeps_its_headers(
    classifier: FramingClassifier, monkeypatch: pytest.MonkeyPatch
):
    app = create_app(classifier)

    async def refuse(*_: object, **__: object) -> None:
        raise Problem("too_slow", "later", headers={"retry-after": "7"})

    monkeypatch.setattr(app.state.service, "classify", refuse)
    response = TestClient(app).post(ANALYZE, json=VALID)
    assert check(response, "UNAVAILABLE", None, 503) == "later"
    assert response.headers["retry-after"] == "7"


def test_a_failure_is_told_without_its_message(
    classifier: FramingClassifier, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    app = create_app(classifier)

    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError(f"could not score {CANARY}")

    monkeypatch.setattr(app.state.service, "classify", fail)
    response = TestClient(app).post(ANALYZE, json=VALID, headers={"x-request-id": "id-1"})
    assert "id-1" in check(response, "INTERNAL", None, 500)
    assert "RuntimeError in request id-1" in caplog.text
    assert CANARY not in caplog.text


def test_neither_key_nor_comment_is_logged(client: TestClient, caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.DEBUG):
        client.post(f"{ANALYZE}?key=secret-key", json=VALID | {"clientToken": CANARY})
    assert f"POST {ANALYZE} 200" in caplog.text
    # httpx2, the test's own client, logs what it sends.
    service = [each.getMessage() for each in caplog.records if each.name.startswith("framelens")]
    assert service
    assert not any("secret-key" in line or CANARY in line for line in service)
