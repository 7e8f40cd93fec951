"""A service that demands keys: what it refuses, how it says so, and what it counts."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from framelens.model import DEFAULT, FramingClassifier, Scheme, find_artefact
from framelens.serve.access.exposure import Exposure
from framelens.serve.access.gate import HEALTH, ROUTES, SCOPES
from framelens.serve.commands import app as commands
from framelens.serve.problems import MEDIA_TYPE

from .conftest import Client, MakeKey, Opening, bearer

CLASSIFY = "/v1/classify"
ANALYZE = "/v1alpha1/comments:analyze"
COMMENT = {"comment": {"text": "Rain fell."}, "requestedAttributes": {"VICTIM": {}}}
TEXT = {"text": "Rain fell."}
ITEM = "01890a5d-ac96-774b-bcce-b302099a8057"


def requests(path: str) -> list[tuple[str, str]]:
    """The methods and the address of a path in the table."""
    return [(method, path.replace("{id}", ITEM)) for method in ROUTES[path]]


def test_without_a_key_only_health_is_open(guarded: Client):
    client = guarded()
    for path in HEALTH:
        assert client.get(path).status_code == 200
    addresses = [each for path in ROUTES for each in requests(path)]
    closed = [("GET", "/"), ("GET", "/nothing"), ("OPTIONS", CLASSIFY)]
    for method, address in addresses + closed:
        response = client.request(method, address)
        assert response.status_code == 401, address
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.headers["x-request-id"]
        if address.startswith(("/v1alpha1", "/$")):
            assert response.json()["error"]["status"] == "UNAUTHENTICATED"
        else:
            assert response.headers["content-type"] == MEDIA_TYPE
            assert response.json()["code"] == "unauthenticated"


def test_a_key_opens_what_its_scopes_say(guarded: Client, make_key: MakeKey):
    bare = make_key("bare")
    keys = {scope: make_key(scope, scope) for scope in SCOPES}
    client = guarded()
    for path, methods in ROUTES.items():
        for method, address in requests(path):
            wanted = methods[method]
            statuses = {
                scope: client.request(method, address, headers=bearer(key)).status_code
                for scope, key in keys.items()
            }
            opened = {scope for scope, status in statuses.items() if status != 403}
            assert opened == ({wanted} if wanted else {*SCOPES}), address
            assert 401 not in statuses.values()
            status = client.request(method, address, headers=bearer(bare)).status_code
            assert (status == 403) == (wanted is not None), address


def test_what_does_not_exist_with_a_key(guarded: Client, make_key: MakeKey):
    key = bearer(make_key("desk", *SCOPES))
    client = guarded()
    for path in ("/", "/nothing"):
        response = client.get(path, headers=key)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    response = client.get(CLASSIFY, headers=key)
    assert (response.status_code, response.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": "Bearer"},
        {"authorization": "Bearer flk_000000000000_00"},
        {"authorization": "Bearer {key}0"},
        {"authorization": "Basic {key}"},
        {"authorization": "{key}"},
        {"x-goog-api-key": "{key}"},
        {"x-api-key": "{key}"},
        {"cookie": "key={key}"},
    ],
)
def test_what_is_no_key(guarded: Client, make_key: MakeKey, headers: dict[str, str]):
    key = make_key("desk", *SCOPES)
    given = {name: value.format(key=key) for name, value in headers.items()}
    response = guarded().post(f"{CLASSIFY}?key={key}", json=TEXT, headers=given)
    assert response.status_code == 401
    assert response.json()["detail"] == "send a valid key as 'authorization: Bearer KEY'"
    assert "ratelimit" not in response.headers


def test_the_scheme_is_written_as_one_likes(guarded: Client, make_key: MakeKey):
    key = make_key("desk", "score")
    headers = {"authorization": f"bEARER  {key} "}
    assert guarded().post(CLASSIFY, json=TEXT, headers=headers).status_code == 200


def test_perspective_takes_keys_as_google_does(guarded: Client, make_key: MakeKey):
    key, other = make_key("desk", "score"), make_key("other", "feedback")
    client = guarded()
    for address, headers in (
        (f"{ANALYZE}?key={key}", {}),
        (ANALYZE, {"x-goog-api-key": key}),
        (ANALYZE, bearer(key)),
    ):
        response = client.post(address, json=COMMENT, headers=headers)
        assert response.status_code == 200, response.text
    assert client.get(f"/$discovery/rest?version=v1alpha1&key={key}").status_code == 200
    response = client.post(f"{ANALYZE}?key={other}", json=COMMENT)
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["status"]) == (403, 403, "PERMISSION_DENIED")
    assert client.post(f"{ANALYZE}?{'key=&' * 1000}", json=COMMENT).status_code == 401


def test_keys_are_not_logged(guarded: Client, make_key: MakeKey, caplog: pytest.LogCaptureFixture):
    key = make_key("desk", "score")
    client = guarded()
    with caplog.at_level(logging.DEBUG):
        client.post(f"{ANALYZE}?key={key}", json=COMMENT)
        client.post(f"{ANALYZE}?key={key}0", json=COMMENT)
        client.post(CLASSIFY, json=TEXT, headers=bearer(key))
    records = [each for each in caplog.records if each.name.startswith("framelens")]
    assert [vars(each)["key"] for each in records] == ["desk", None, "desk"]
    secret = key.split("_")[2]
    assert not any(secret in json.dumps(vars(each), default=str) for each in records)


def test_too_many_requests(guarded: Client, make_key: MakeKey):
    key = make_key("desk", "score", rate=2)
    client = guarded()
    first, second, third = (client.get("/v1/info", headers=bearer(key)) for _ in range(3))
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.headers["ratelimit-policy"] == '"rate";q=2;w=60'
    assert first.headers["ratelimit"].startswith('"rate";r=1;t=')
    assert (third.status_code, third.json()["code"]) == (429, "rate_limited")
    wait = int(third.headers["retry-after"])
    assert 0 < wait <= 30
    assert third.headers["ratelimit"] == f'"rate";r=0;t={wait}'
    response = client.post(f"{ANALYZE}?key={key}", json=COMMENT)
    assert response.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert response.headers["retry-after"]
    assert client.get("/metrics", headers=bearer(key)).status_code == 403, "counts nothing"
    assert client.get("/livez").status_code == 200


def left(response: Any) -> int:
    """What a response says of the quota."""
    quota = response.headers["ratelimit"]
    assert quota.startswith('"quota";r=')
    return int(quota.split("=")[1].partition(";")[0])


def test_the_quota_counts_what_is_scored(guarded: Client, make_key: MakeKey):
    key = make_key("desk", "score", "feedback", quota=100)
    client = guarded()
    request = {"documents": [{"text": "Rain 🌧 fell."}, {"sentences": ["One.", "Two."]}]}
    response = client.post(CLASSIFY, json=request, headers=bearer(key))
    assert left(response) == 100 - 12 - 8
    policy = '"quota";q=100;qu="code-points";w=86400'
    assert response.headers["ratelimit-policy"] == policy
    unknown = client.post(CLASSIFY, json={**TEXT, "thresholds": "no"}, headers=bearer(key))
    assert (unknown.status_code, left(unknown)) == (422, 80)
    assert left(client.get("/v1/info", headers=bearer(key))) == 80
    response = client.post(ANALYZE, json=COMMENT, headers=bearer(key))
    assert (response.status_code, left(response)) == (200, 70)
    response = client.post(CLASSIFY, json={"text": "a" * 71}, headers=bearer(key))
    assert (response.status_code, response.json()["code"]) == (429, "quota_exceeded")
    assert int(response.headers["retry-after"]) > 0
    assert left(response) == 70
    response = client.post(CLASSIFY, json={"text": "a" * 101}, headers=bearer(key))
    assert (response.status_code, response.json()["code"]) == (413, "too_many_code_points")


def test_a_stream_is_refused_line_by_line(guarded: Client, make_key: MakeKey):
    key = make_key("desk", "score", quota=15)
    lines = "\n".join(json.dumps(TEXT) for _ in range(2))
    headers = {**bearer(key), "content-type": "application/x-ndjson"}
    response = guarded().post("/v1/classify:stream", content=lines, headers=headers)
    _, first, second, end = map(json.loads, response.text.splitlines())
    assert "document" in first
    assert second["problem"]["code"] == "quota_exceeded"
    assert end == {"documents": 1, "problems": 1}


def test_a_job_is_its_owners(guarded: Client, make_key: MakeKey):
    mine, yours = (bearer(make_key(name, "jobs", quota=100)) for name in ("desk", "night"))
    client = guarded(keep_jobs_hours=1)
    again = {"idempotency-key": "tuesday"}
    first, repeated, other = (
        client.post("/v1/jobs", json=TEXT, headers=key | again) for key in (mine, mine, yours)
    )
    assert {each.status_code for each in (first, repeated, other)} == {202}
    assert first.json()["id"] == repeated.json()["id"] != other.json()["id"]
    assert left(first) == left(repeated) == left(other) == 90
    address = first.headers["location"]
    assert client.get(address, headers=mine).status_code == 200
    for method, path in (("GET", ""), ("GET", "/result"), ("DELETE", "")):
        response = client.request(method, address + path, headers=yours)
        assert (response.status_code, response.json()["code"]) == (404, "unknown_record")
    assert client.delete(address, headers=mine).status_code == 200
    response = client.post("/v1/jobs", json={"text": "a" * 91}, headers=mine)
    assert (response.status_code, response.json()["code"]) == (429, "quota_exceeded")


def test_the_audit_log_names_the_key(guarded: Client, make_key: MakeKey):
    keys = {name: make_key(name, "feedback", "admin") for name in ("desk", "night")}
    client = guarded()
    scheme = Scheme.from_file(find_artefact(DEFAULT) / "scheme.yaml")
    passage = {"text": "Rain fell.", "begin": 0, "end": 10}
    request = {"passage": passage, "label": scheme.leaf_names[0]}
    for name, said in (("desk", {"reviewer": "ada"}), ("night", {})):
        response = client.post("/v1/feedback", json={**request, **said}, headers=bearer(keys[name]))
        assert response.status_code == 201
    client.delete("/v1/texts?client_token=a", headers=bearer(keys["night"]))
    entries = client.get("/v1/audit", headers=bearer(keys["desk"])).json()["entries"]
    assert [(each["action"], each["actor"], each["key"]) for each in entries] == [
        ("key_created", "tests", None),
        ("key_created", "tests", None),
        ("feedback_given", "ada", "desk"),
        ("feedback_given", "night", "night"),
        ("texts_erased", "night", "night"),
    ]


def test_a_revocation_is_seen_without_a_restart(guarded: Client, make_key: MakeKey, url: str):
    key = make_key("desk")
    with guarded() as client:
        assert client.get("/v1/info", headers=bearer(key)).status_code == 200
        revoked = CliRunner().invoke(commands, ["keys", "revoke", "desk", "--database", url])
        assert revoked.exit_code == 0
        deadline = time.monotonic() + 30
        while client.get("/v1/info", headers=bearer(key)).status_code != 401:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_googles_client_brings_its_key(
    opened: Opening,
    make_key: MakeKey,
    classifier: FramingClassifier,
    serving: Callable[..., Any],
):
    discovery = pytest.importorskip("googleapiclient.discovery")
    key = make_key("desk", "score")
    with (
        serving(classifier, store=opened(), exposure=Exposure(keys=True)) as address,
        discovery.build(
            "commentanalyzer",
            "v1alpha1",
            developerKey=key,
            discoveryServiceUrl=f"{address}/$discovery/rest?version=v1alpha1",
            static_discovery=False,
        ) as service,
    ):
        answer = service.comments().analyze(body=COMMENT).execute()
    assert answer["attributeScores"].keys() == {"VICTIM"}
