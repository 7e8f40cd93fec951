"""Every route of the app has its place in the table, and what has none is open to nobody."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.testclient import TestClient

from framelens.serve.access.gate import HEALTH, ROUTES, SCOPES, Gate
from framelens.serve.pages import FILES
from framelens.serve.problems import Problem


def test_every_route_asks_for_a_scope_or_is_open(whole: TestClient):
    assert isinstance(whole.app, FastAPI)
    found = set()
    for route in iter_route_contexts(whole.app.routes):
        assert route.methods, f"{route.path}: only HTTP is guarded"
        found |= {(route.path, method) for method in route.methods - {"HEAD"}}
    listed = {(path, method) for path, methods in ROUTES.items() for method in methods}
    is_open = {(path, "GET") for path in (*HEALTH, *FILES)}
    assert found == listed | is_open
    assert not listed & is_open


@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, methods in ROUTES.items() for method in methods]
)
def test_a_route_is_opened_by_its_scope_alone(path: str, method: str):
    gate, scope = Gate(), ROUTES[path][method]
    path = path.replace("{id}", "01890a5d-ac96-774b-bcce-b302099a8057")
    assert not gate.is_open(path)
    gate.check(method, path, SCOPES)
    if scope is None:
        gate.check(method, path, ())
        return
    gate.check(method, path, {scope})
    with pytest.raises(Problem) as raised:
        gate.check(method, path, {*SCOPES} - {scope})
    assert raised.value.code == "forbidden"
    assert raised.value.detail == f"the key lacks the scope '{scope}'"


@pytest.mark.parametrize(
    "path",
    ["/", "/nothing", "/v1/classify/", "//v1/info", "/v1/reviews/a/b/c", "/V1/info"],
)
def test_what_is_not_listed_does_not_exist(path: str):
    with pytest.raises(Problem) as raised:
        Gate().check("GET", path, SCOPES)
    assert raised.value.code == "not_found"


def test_another_method_of_a_path():
    with pytest.raises(Problem) as raised:
        Gate().check("PUT", "/v1/reviews/a", SCOPES)
    assert (raised.value.code, raised.value.headers) == ("method_not_allowed", {"allow": "GET"})
    Gate().check("HEAD", "/openapi.json", ())


def test_what_is_open():
    assert all(map(Gate().is_open, HEALTH))
    assert not Gate().is_open("/")
    assert Gate(["/"]).is_open("/")
    assert not Gate(["/"]).is_open("/v1/info")
