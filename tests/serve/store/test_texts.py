"""Texts are deleted when their time is over, and when their client asks for it."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import func, select, update
from starlette.testclient import TestClient
from typer.testing import CliRunner

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.commands import app
from framelens.serve.store import Store
from framelens.serve.store.schema import Feedback, Text, now

CANARY = "xyzzy-canary"

Client = Callable[..., TestClient]


def give(client: TestClient, token: str) -> None:
    text = f"The {CANARY} of {token} fell."
    leaf = client.app.state.service.models.default.classifier.artefact.scheme.leaf_names[0]  # type: ignore[attr-defined]
    request = {
        "passage": {"text": text, "begin": 0, "end": len(text)},
        "label": leaf,
        "note": f"{CANARY}, they say",
        "client_token": token,
    }
    assert client.post("/v1/feedback", json=request).status_code == 201


def count(store: Store) -> int:
    with store.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Text)) or 0


def files(store: Store) -> bytes:
    """What lies on the disk, where that can be looked at."""
    file = store.database.file
    return b"".join(each.read_bytes() for each in file.parent.iterdir()) if file else b""


def test_erasure_by_client_token(connected: Client, url: str):
    client = connected(keep_texts_days=1)
    store = client.app.state.service.store  # type: ignore[attr-defined]
    for token in ("a", "a", "b"):
        give(client, token)
    query = {"client_token": "a", "reviewer": "ada"}
    response = client.delete("/v1/texts", params=query)
    assert (response.status_code, response.json()) == (200, {"texts": 2})
    assert count(store) == 1
    with store.database.reading() as session:
        notes = session.scalars(select(Feedback.note).order_by(Feedback.id)).all()
    assert [note is None for note in notes] == [True, True, False]
    assert client.delete("/v1/texts", params=query).json() == {"texts": 0}
    assert client.delete("/v1/texts").status_code == 422
    result = CliRunner().invoke(app, ["store", "erase", "b", "--database", url])
    assert (result.exit_code, result.output) == (0, "1 texts erased\n")
    assert CANARY.encode() not in files(store)
    entries = client.get("/v1/audit").json()["entries"]
    erased = [entry for entry in entries if entry["action"] == "texts_erased"]
    assert [entry["actor"] for entry in erased] == ["ada", "ada", "command line"]
    assert CANARY not in str(entries)


def test_expiry_by_command(connected: Client, url: str):
    client = connected(keep_texts_days=1)
    store = client.app.state.service.store  # type: ignore[attr-defined]
    give(client, "a")
    command = ["store", "expire", "--database", url]
    assert CliRunner().invoke(app, command).output == "0 texts expired\n"
    with store.database.writing() as session:
        session.execute(update(Text).values(expires_at=now()))
    assert CliRunner().invoke(app, command).output == "1 texts expired\n"
    assert count(store) == 0
    assert client.get("/v1/audit").json()["entries"][-1]["action"] == "texts_expired"


def test_a_running_service_enforces_the_expiry(connected: Client, classifier: FramingClassifier):
    client = connected(keep_texts_days=0.001)
    store = client.app.state.service.store  # type: ignore[attr-defined]
    give(client, "a")
    with store.database.writing() as session:
        session.execute(update(Text).values(expires_at=now()))
    with TestClient(create_app(classifier, store=store)):
        deadline = time.monotonic() + 30
        while count(store):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_info_tells_what_is_kept(connected: Client):
    told = connected(keep_for_review=True, keep_texts_days=30).get("/v1/info").json()["stores"]
    assert told == {"feedback": True, "decisions": True, "texts_days": 30}
    told = connected().get("/v1/info").json()["stores"]
    assert told == {"feedback": True, "decisions": False, "texts_days": None}
