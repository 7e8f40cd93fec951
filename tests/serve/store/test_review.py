"""The review queue: kept, listed, claimed, decided, appealed; each with its audit entry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from framelens.model import Scheme
from framelens.serve.store.feedback import export
from framelens.serve.store.schema import Item, now

TEXTS = ["Rain 🌧 fell.\nThey marched, and we won!", "The council met."]
REQUEST = {
    "documents": [{"text": TEXTS[0]}, {"sentences": [TEXTS[1], "It rained."]}, {"text": ""}],
    "options": {"review_below": 1, "offsets": "utf16"},
    "client_token": "desk-7",
}

Client = Callable[..., TestClient]


@pytest.fixture
def client(connected: Client) -> TestClient:
    client = connected(keep_for_review=True, keep_texts_days=1)
    assert client.post("/v1/classify", json=REQUEST).status_code == 200
    return client


def listed(client: TestClient, **query: object) -> list[dict[str, Any]]:
    response = client.get("/v1/reviews", params=query)
    assert response.status_code == 200, response.text
    items: list[dict[str, Any]] = response.json()["items"]
    return items


def post(client: TestClient, identity: str, verb: str, status: int = 200, **request: object) -> Any:
    response = client.post(f"/v1/reviews/{identity}/{verb}", json=request)
    assert response.status_code == status, response.text
    return response.json()


def leaves(client: TestClient) -> tuple[str, ...]:
    scheme: Scheme = client.app.state.service.models.default.classifier.artefact.scheme  # type: ignore[attr-defined]
    return scheme.leaf_names


def test_marked_sentences_are_kept(client: TestClient):
    items = listed(client)
    assert [(item["document"], item["sentence"]) for item in items] == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]
    assert {item["state"] for item in items} == {"waiting"}
    assert len({item["decision_id"] for item in items}) == 1
    for item in items[:2]:
        detail = client.get(f"/v1/reviews/{item['id']}").json()
        assert detail["text"] == TEXTS[0]
        line = TEXTS[0].split("\n")[item["sentence"]]
        assert detail["text"][detail["begin"] : detail["end"]] == line
    entries = client.get("/v1/audit").json()["entries"]
    assert [entry["action"] for entry in entries] == ["decision_kept"] * 2


def test_every_answer_has_an_id_and_unmarked_ones_are_not_kept(connected: Client):
    client = connected(keep_for_review=True)
    request = {"text": "Rain fell.", "options": {"review_below": 0}}
    ids = [client.post("/v1/classify", json=request).json()["decision"] for _ in range(2)]
    assert UUID(ids[0]).version == 7
    assert ids[0] != ids[1]
    assert listed(client) == []
    marked = client.post("/v1/classify", json={**REQUEST, "client_token": None}).json()
    items = listed(client)
    assert {item["decision_id"] for item in items} == {marked["decision"]}
    assert client.get(f"/v1/reviews/{items[0]['id']}").json()["text"] is None


def test_nothing_is_kept_unless_the_deployment_says_so(connected: Client):
    client = connected(keep_texts_days=1)
    assert client.post("/v1/classify", json=REQUEST).json()["decision"] is None
    assert listed(client) == []


def test_the_queue_is_paged_and_filtered(client: TestClient):
    items = listed(client)
    first = client.get("/v1/reviews", params={"limit": 3}).json()
    assert first["after"] == items[2]["id"]
    rest = client.get("/v1/reviews", params={"after": first["after"]}).json()
    assert (first["items"] + rest["items"], rest["after"]) == (items, None)
    label = items[0]["label"]
    assert listed(client, label=label) == [item for item in items if item["label"] == label]
    post(client, items[0]["id"], "claim", reviewer="ada")
    assert len(listed(client, claimed=True, state="waiting")) == 1
    assert len(listed(client, claimed=False)) == 3
    assert listed(client, state="decided") == []
    for query in ({"label": "none"}, {"state": "none"}, {"after": "1"}, {"limit": 201}):
        response = client.get("/v1/reviews", params=query)
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == f"/{next(iter(query))}"


def test_from_claim_to_appeal(client: TestClient):
    identity = listed(client)[0]["id"]
    first, second, *_ = leaves(client)
    post(client, identity, "decide", 409, reviewer="ada", label=first)
    post(client, identity, "appeal", 409, reviewer="ada", reason="Too early.")
    claimed = post(client, identity, "claim", reviewer="ada", seconds=60)
    assert claimed["claimed_by"] == "ada"
    post(client, identity, "claim", 409, reviewer="bob")
    post(client, identity, "decide", 409, reviewer="bob", label=first)
    post(client, identity, "decide", 422, reviewer="ada", label="none")
    decided = post(client, identity, "decide", reviewer="ada", label=first, reason="Plain.")
    assert (decided["state"], decided["decided_label"]) == ("decided", first)
    assert decided["claimed_by"] is None
    post(client, identity, "claim", 409, reviewer="bob")
    assert post(client, identity, "appeal", reviewer="eve", reason="No!")["state"] == "appealed"
    database = client.app.state.service.store.database  # type: ignore[attr-defined]
    with database.reading() as session:
        assert [*export(session)] == [], "an appeal is pending"
    post(client, identity, "claim", 409, reviewer="ada")
    post(client, identity, "claim", reviewer="bob")
    post(client, identity, "decide", reviewer="bob", label=second)
    with database.reading() as session:
        [document] = export(session)
    assert (document.text, document.spans) == (TEXTS[0], [(0, 12, second)])
    entries = client.get("/v1/audit", params={"after": 2}).json()["entries"]
    assert [(entry["action"], entry["actor"], entry["reason"]) for entry in entries] == [
        ("item_claimed", "ada", None),
        ("feedback_given", "ada", None),
        ("item_decided", "ada", "Plain."),
        ("item_appealed", "eve", "No!"),
        ("item_claimed", "bob", None),
        ("feedback_given", "bob", None),
        ("item_decided", "bob", None),
    ]


def test_a_claim_expires(client: TestClient):
    identity = listed(client)[0]["id"]
    post(client, identity, "claim", reviewer="ada")
    with client.app.state.service.store.database.writing() as session:  # type: ignore[attr-defined]
        session.execute(update(Item).values(claimed_until=now()))
    post(client, identity, "decide", 409, reviewer="ada", label=leaves(client)[0])
    post(client, identity, "claim", reviewer="bob")


def test_feedback_names_a_decision(client: TestClient):
    item = listed(client)[1]
    decision = {"id": item["decision_id"], "document": 0, "sentence": 1}
    label = leaves(client)[0]
    response = client.post("/v1/feedback", json={"decision": decision, "label": label})
    assert (response.status_code, response.json()["text_kept"]) == (201, True)
    with client.app.state.service.store.database.reading() as session:  # type: ignore[attr-defined]
        [document] = export(session)
    assert document.spans == [(item["begin"], item["end"], label)]


def test_an_unknown_item(client: TestClient):
    unknown = "01890a5d-ac96-774b-bcce-b302099a8057"
    assert client.get(f"/v1/reviews/{unknown}").json()["code"] == "unknown_record"
    assert post(client, unknown, "claim", 404, reviewer="ada")["code"] == "unknown_record"
    assert client.get("/v1/reviews/1").status_code == 422
