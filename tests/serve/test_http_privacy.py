"""No text in any log, no exception in any answer, and an id on every response."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator

import httpx2
import pytest
from starlette.testclient import TestClient

from framelens.model import FramingClassifier
from framelens.serve.app import create_app

CANARY = "xyzzy-canary"
JSON = {"content-type": "application/json"}


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """Everything that any logger says, at any level, formatted with its exception."""
    lines: list[str] = []
    formatter = logging.Formatter("%(name)s %(message)s")

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(formatter.format(record))

    collector = Collector(logging.DEBUG)
    names = ["", "asyncio", "fastapi", "framelens", "uvicorn", "uvicorn.access", "uvicorn.error"]
    for logger in map(logging.getLogger, names):
        logger.addHandler(collector)
    yield lines
    for logger in map(logging.getLogger, names):
        logger.removeHandler(collector)


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "/v1/classify", json.dumps({"text": CANARY}), 200),
        ("POST", f"/v1/classify?text={CANARY}", '{"text": "a"}', 200),
        (
            "POST",
            "/v1/classify",
            json.dumps({"documents": [{"id": CANARY, "sentences": [""]}]}),
            200,
        ),
        ("POST", "/v1/classify", json.dumps({CANARY: CANARY}), 422),
        ("POST", "/v1/classify", json.dumps({"text": CANARY})[:-2], 400),
        ("GET", f"/{CANARY}", "", 404),
        ("GET", f"/v1/classify?{CANARY}", "", 405),
        ("PURGE", f"/v1/info?{CANARY}", "", 405),
    ],
)
def test_no_text_is_logged(
    http: httpx2.Client, logged: list[str], method: str, path: str, content: str, status: int
):
    response = http.request(method, path, content=content, headers=JSON)
    assert response.status_code == status
    request_id = response.headers["x-request-id"]
    deadline = time.monotonic() + 60
    # The line comes after the answer.
    while not (mine := [line for line in logged if request_id in line]):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert len(mine) == 1
    assert f" {status} " in mine[0]
    assert CANARY not in "\n".join(logged)


def test_an_unknown_method_is_not_logged(http: httpx2.Client, logged: list[str]):
    assert http.request(CANARY, "/v1/info").status_code == 400
    assert CANARY not in "\n".join(logged)


def test_a_failure_is_told_without_its_message(
    classifier: FramingClassifier, monkeypatch: pytest.MonkeyPatch, logged: list[str]
):
    def prepare(documents: object) -> None:
        raise RuntimeError(f"could not score {CANARY}")

    own = FramingClassifier(classifier.artefact, classifier.engine)
    client = TestClient(create_app(own))
    monkeypatch.setattr(own, "prepare", prepare)
    response = client.post("/v1/classify", json={"text": CANARY}, headers={"x-request-id": "id-1"})
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-request-id"] == response.json()["request_id"] == "id-1"
    assert response.json()["code"] == "internal_error"
    assert CANARY not in response.text
    log = "\n".join(logged)
    assert CANARY not in log
    assert "RuntimeError in request id-1" in log
    assert "in prepare" in log, "the place is logged"


@pytest.mark.parametrize(
    "path", ["/", "/page.js", "/livez", "/v1/info", "/openapi.json", "/nothing"]
)
def test_a_sane_request_id_is_echoed(http: httpx2.Client, path: str):
    headers = {"x-request-id": "Order_7.a-b"}
    assert http.get(path, headers=headers).headers.get_list("x-request-id") == ["Order_7.a-b"]


@pytest.mark.parametrize("given", [None, "", "a b", "a" * 65, "é", "<script>"])
def test_another_request_id_is_replaced(http: httpx2.Client, given: str | None):
    headers = {} if given is None else {"x-request-id": given.encode()}
    first, second = (http.get("/livez", headers=headers).headers["x-request-id"] for _ in range(2))
    assert first != second
    assert len(first) == len(second) == 32
