"""The page, other origins, and the document of a service that demands keys."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from framelens.model import FramelensError, FramingClassifier
from framelens.serve.access.exposure import Exposure
from framelens.serve.access.gate import HEALTH, ROUTES
from framelens.serve.app import create_app
from framelens.serve.pages import FILES
from framelens.serve.problems import MEDIA_TYPE

from .conftest import Client, MakeKey, bearer

CLASSIFY = "/v1/classify"
TEXT = {"text": "Rain fell."}
ORIGIN = "https://desk.example"


def test_the_page_is_open_where_it_is_wanted(guarded: Client):
    client = guarded(page=True)
    for path in FILES:
        assert client.get(path).status_code == 200
    assert client.get("/v1/info").status_code == 401


def test_the_page_can_be_left_out_without_keys(classifier: FramingClassifier):
    client = TestClient(create_app(classifier, exposure=Exposure(page=False)))
    assert client.get("/").status_code == 404
    assert client.get("/v1/info").status_code == 200


def test_cors(guarded: Client, make_key: MakeKey):
    key = make_key("desk", "score")
    asked = {
        "origin": ORIGIN,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization, content-type",
    }
    client = guarded(cors=(ORIGIN,))
    response = client.options(CLASSIFY, headers=asked)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == ORIGIN
    assert response.headers["x-request-id"]
    for headers, status in ((bearer(key), 200), ({}, 401)):
        response = client.post(CLASSIFY, json=TEXT, headers={**headers, "origin": ORIGIN})
        assert response.status_code == status
        assert response.headers["access-control-allow-origin"] == ORIGIN
        assert "access-control-allow-credentials" not in response.headers
        assert "ratelimit" in response.headers["access-control-expose-headers"]
    response = client.options(CLASSIFY, headers={**asked, "origin": "https://other.example"})
    assert response.status_code == 400
    assert "access-control-allow-origin" not in response.headers


def test_cors_is_off(guarded: Client, make_key: MakeKey):
    headers = {**bearer(make_key("desk")), "origin": ORIGIN}
    response = guarded().get("/v1/info", headers=headers)
    assert response.status_code == 200
    assert not any(name.startswith("access-control") for name in response.headers)


def test_the_document_tells_of_keys(guarded: Client, make_key: MakeKey):
    key = make_key("desk")
    document = guarded().get("/openapi.json", headers=bearer(key)).json()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if path in HEALTH:
                assert "security" not in operation
                continue
            scope = ROUTES[path][method.upper()]
            assert operation["security"] == [{"key": [scope] if scope else []}]
            if "/v1alpha1/" not in path and not path.startswith("/$"):
                assert {"401", "403", "429"} <= operation["responses"].keys()
    classify = document["paths"][CLASSIFY]["post"]["responses"]["429"]["content"][MEDIA_TYPE]
    assert classify["examples"].keys() == {"overloaded", "rate_limited", "quota_exceeded"}


def test_keys_need_a_database(classifier: FramingClassifier):
    with pytest.raises(FramelensError, match="keys need a database"):
        create_app(classifier, exposure=Exposure(keys=True))
