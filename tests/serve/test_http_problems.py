"""Every refusal is a problem document with its own code, and repeats nothing of the request."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import httpx2
import pytest
from starlette.testclient import TestClient

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.limits import Limits
from framelens.serve.problems import PROBLEMS, ProblemDocument

JSON = {"content-type": "application/json"}
CANARY = "xyzzy-canary"
LIMITS = Limits(body_bytes=600, documents=3, code_points=40, sentences=5)


def check(response: httpx2.Response, code: str) -> ProblemDocument:
    assert response.headers["content-type"] == "application/problem+json"
    assert CANARY not in response.text
    problem = ProblemDocument.model_validate_json(response.content)
    status, title = PROBLEMS[code]
    assert (problem.code, problem.status, problem.title) == (code, status, title)
    assert response.status_code == status
    assert problem.request_id == response.headers["x-request-id"]
    assert problem.type.endswith(code)
    return problem


@pytest.mark.parametrize(
    ("request_body", "pointer", "detail"),
    [
        ({}, "", "needs exactly one of 'text' and 'documents'"),
        ({"text": CANARY, "documents": []}, "", "needs exactly one of 'text' and 'documents'"),
        ({"text": None}, "", "needs exactly one of 'text' and 'documents'"),
        (
            {CANARY: 1},
            "",
            "has an unknown field; known are 'text', 'documents', 'options', 'model', "
            "'thresholds', 'client_token'",
        ),
        ([CANARY], "", "must be an object"),
        (CANARY, "", "must be an object"),
        (None, "", "must be an object"),
        ({"text": 7}, "/text", "Input should be a valid string"),
        ({"text": float("nan")}, "/text", "Input should be a valid string"),
        ({"text": [CANARY]}, "/text", "Input should be a valid string"),
        ({"documents": {"0": CANARY}}, "/documents", "Input should be a valid list"),
        ({"documents": [{"text": "a"}, CANARY]}, "/documents/1", "must be an object"),
        (
            {"documents": [{"id": CANARY}]},
            "/documents/0",
            "needs exactly one of 'text' and 'sentences'",
        ),
        (
            {"documents": [{"text": CANARY, "sentences": [CANARY]}]},
            "/documents/0",
            "needs exactly one of 'text' and 'sentences'",
        ),
        (
            {"documents": [{"texts": CANARY}]},
            "/documents/0",
            "has an unknown field; known are 'id', 'text', 'sentences'",
        ),
        (
            {"documents": [{"id": 7, "text": "a"}]},
            "/documents/0/id",
            "Input should be a valid string",
        ),
        (
            {"documents": [{"id": "\ud800", "text": "a"}]},
            "/documents/0/id",
            "has half of a surrogate pair",
        ),
        (
            {"documents": [{"sentences": ["a", 1]}]},
            "/documents/0/sentences/1",
            "Input should be a valid string",
        ),
        ({"text": "a", "options": None}, "/options", "must be an object"),
        (
            {"text": "a", "options": {"offset": 1}},
            "/options",
            "has an unknown field; known are 'evidence', 'offsets', 'review_below'",
        ),
        (
            {"text": "a", "options": {"offsets": CANARY}},
            "/options/offsets",
            "Input should be 'utf32', 'utf16' or 'utf8'",
        ),
        (
            {"text": "a", "options": {"review_below": 1.5}},
            "/options/review_below",
            "Input should be less than or equal to 1",
        ),
        (
            {"text": "a", "options": {"review_below": -0.1}},
            "/options/review_below",
            "Input should be greater than or equal to 0",
        ),
        (
            {"text": "a", "options": {"review_below": float("nan")}},
            "/options/review_below",
            "Input should be a finite number",
        ),
        (
            {"text": "a", "options": {"review_below": CANARY}},
            "/options/review_below",
            "Input should be a valid number",
        ),
        (
            {"text": "a", "options": {"review_below": True}},
            "/options/review_below",
            "Input should be a valid number",
        ),
        (
            {"text": "a", "options": {"evidence": "yes"}},
            "/options/evidence",
            "Input should be a valid boolean",
        ),
    ],
)
def test_invalid_requests(client: TestClient, request_body: object, pointer: str, detail: str):
    response = client.post("/v1/classify", content=json.dumps(request_body), headers=JSON)
    problem = check(response, "invalid_request")
    assert problem.errors is not None
    assert [(error.pointer, error.detail) for error in problem.errors] == [(pointer, detail)]
    assert problem.detail == f"{pointer or 'the body'}: {detail}"


def test_empty_body(client: TestClient):
    problem = check(client.post("/v1/classify", headers=JSON), "invalid_request")
    assert problem.detail == "the body: Field required"


def test_all_invalid_fields_are_named(client: TestClient):
    request = {"text": 1, "options": {"offsets": "utf7", "evidence": 1}}
    problem = check(client.post("/v1/classify", json=request), "invalid_request")
    assert problem.errors is not None
    pointers = [error.pointer for error in problem.errors]
    assert pointers == ["/text", "/options/evidence", "/options/offsets"]


def test_many_invalid_items_give_one_error(client: TestClient):
    body = json.dumps({"documents": [1] * 500_000})
    problem = check(client.post("/v1/classify", content=body, headers=JSON), "invalid_request")
    assert problem.errors is not None
    assert len(problem.errors) == 1


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b'{"text": "%s}' % CANARY.encode(), "the body stops being JSON at character 9"),
        (b"{'text': 1}", "the body stops being JSON at character 1"),
        (b'{"text": "a"} %s' % CANARY.encode(), "the body stops being JSON at character 14"),
        (b'{"text": "\xff"}', "the body is not JSON in UTF-8, or nests too deeply"),
        (b"[" * 100_000, "the body is not JSON in UTF-8, or nests too deeply"),
        (b'{"text": %s}' % (b"9" * 5000), "the body is not JSON in UTF-8, or nests too deeply"),
        (
            b'{"text": "a", "text": "%s"}' % CANARY.encode(),
            "an object has two members with the same name",
        ),
    ],
)
def test_invalid_json(client: TestClient, body: bytes, detail: str):
    response = client.post("/v1/classify", content=body, headers=JSON)
    assert check(response, "invalid_json").detail == detail


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_other_media_types(http: httpx2.Client, content_type: str | None):
    headers = {"content-type": content_type} if content_type else {}
    response = http.post("/v1/classify", content=b'{"text": "a"}', headers=headers)
    problem = check(response, "unsupported_media_type")
    assert problem.detail == "the content-type must be 'application/json'"


@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip"])
def test_compressed_bodies(http: httpx2.Client, encoding: str):
    headers = {**JSON, "content-encoding": encoding}
    check(http.post("/v1/classify", content=b"\x1f\x8b", headers=headers), "unsupported_encoding")


@pytest.mark.parametrize(
    "path", ["/nothing", f"/{CANARY}", "/v1/info/", "/page/index.html", "/docs"]
)
def test_unknown_paths(http: httpx2.Client, path: str):
    check(http.get(path), "not_found")


def test_wrong_method(http: httpx2.Client):
    response = http.get("/v1/classify")
    check(response, "method_not_allowed")
    assert response.headers["allow"] == "POST"


@pytest.fixture(scope="module")
def limited(classifier: FramingClassifier) -> TestClient:
    return TestClient(create_app(classifier, LIMITS))


def test_limits_in_force_are_those_in_info(limited: TestClient):
    limits = limited.get("/v1/info").json()["limits"]
    assert limits == vars(LIMITS)
    at_limit_and_above = {
        "too_many_documents": [
            {"documents": [{"text": "a"}] * (limits["documents"] + extra)} for extra in (0, 1)
        ],
        "too_many_code_points": [
            {"text": "🎉a" * (limits["code_points"] // 2) + "a" * extra} for extra in (0, 1)
        ],
        "too_many_sentences": [
            {
                "documents": [
                    {"sentences": ["a"]},
                    {"sentences": ["b"] * (limits["sentences"] - 1 + extra)},
                ]
            }
            for extra in (0, 1)
        ],
    }
    for code, (allowed, refused) in at_limit_and_above.items():
        assert limited.post("/v1/classify", json=allowed).status_code == 200
        problem = check(limited.post("/v1/classify", json=refused), code)
        limit = limits[code.removeprefix("too_many_")]
        assert problem.detail.startswith(f"{limit + 1} ")
        assert problem.detail.endswith(f"at most {limit} are allowed")


def test_code_points_of_all_documents_count(limited: TestClient):
    half = "a" * (LIMITS.code_points // 2)
    documents = [{"text": half}, {"sentences": [half, "b"]}]
    check(limited.post("/v1/classify", json={"documents": documents}), "too_many_code_points")


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize("chunked", [False, True])
def test_body_size(limited: TestClient, chunked: bool, extra: int):
    body = b'{"text": "a"}'.ljust(LIMITS.body_bytes + extra)

    def chunks() -> Iterator[bytes]:
        yield body[:100]
        yield body[100:]

    content = chunks() if chunked else body
    response = limited.post("/v1/classify", content=content, headers=JSON)
    if extra:
        problem = check(response, "body_too_large")
        assert problem.detail == f"at most {LIMITS.body_bytes} bytes are allowed"
    else:
        assert response.status_code == 200


def test_endless_body_is_refused_while_it_arrives(server: str):
    host, port = server.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(
            b"POST /v1/classify HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        for _ in range(Limits().body_bytes // 2**16 + 1):
            connection.sendall(b"10000\r\n%s\r\n" % (b" " * 2**16))
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("begin", "again"),
    [
        (b"GET /", b"a"),
        (b"GET / HTTP/1.1\r\nhost: a\r\nx: ", b"a"),
        (b"GET / HTTP/1.1\r\nhost: a\r\n", b"x: y\r\n"),
    ],
)
def test_a_connection_with_endless_headers_is_ended(server: str, begin: bytes, again: bytes):
    host, port = server.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=60)
    # Reset while it sends or when it reads, or closed; while it is open, reading times out.
    with connection, suppress(ConnectionError):
        connection.sendall(begin + again * (Limits().header_bytes + 1))
        while connection.recv(2**16):
            pass


def test_headers_and_bodies_in_many_pieces_are_read(server: str):
    host, port = server.removeprefix("http://").split(":")
    body = json.dumps({"text": "a"}).ljust(2 * Limits().header_bytes).encode()
    head = (
        f"POST /v1/classify HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\nx: {'y' * (Limits().header_bytes // 2)}\r\n\r\n"
    ).encode()
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        for _ in range(3):
            for piece in (head[:100], head[100:], body[:70_000], body[70_000:]):
                connection.sendall(piece)
                time.sleep(0.01)
            assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
            connection.recv(2**16)
