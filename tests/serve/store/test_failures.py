"""A database that is full, read-only or gone: 503, nothing acknowledged is lost, and it heals."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text
from starlette.testclient import TestClient

from framelens.model import FramingClassifier
from framelens.serve.app import create_app
from framelens.serve.store import Policy, Store

Client = Callable[..., TestClient]

PASSAGE = {"text": "Rain fell.", "begin": 0, "end": 10}
MARKED = {"text": "Rain fell.", "options": {"review_below": 1}}
UNMARKED = {"text": "Rain fell.", "options": {"review_below": 0}}


def give(client: TestClient, note: str = "") -> int:
    leaf = client.app.state.service.models.default.classifier.artefact.scheme.leaf_names[0]  # type: ignore[attr-defined]
    request = {"passage": PASSAGE, "label": leaf, **({"note": note} if note else {})}
    response = client.post("/v1/feedback", json=request)
    if response.status_code != 201:
        assert response.json()["code"] == "store_unavailable", response.text
    return response.status_code


def acknowledged(client: TestClient) -> int:
    entries = client.get("/v1/audit").json()["entries"]
    return sum(entry["action"] == "feedback_given" for entry in entries)


def check_failing(client: TestClient) -> None:
    """While the database fails, only what needs it does."""
    assert give(client) == 503
    assert client.post("/v1/classify", json=MARKED).status_code == 503
    assert client.post("/v1/classify", json=UNMARKED).status_code == 200
    assert client.get("/readyz").status_code == 200


@contextmanager
def gone(store: Store) -> Iterator[None]:
    """The database is away for a while."""
    file = store.database.file
    if file:
        file.rename(file.with_suffix(".away"))
        yield
        assert not file.exists(), "no empty database takes its place"
        file.with_suffix(".away").rename(file)
        return
    url = store.database.engine.url
    server = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS false"))
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
        connection.execute(text(kill), {"name": url.database})
        yield
        connection.execute(text(f"ALTER DATABASE {url.database} ALLOW_CONNECTIONS true"))
    server.dispose()


def test_gone_and_back(connected: Client):
    client = connected(keep_for_review=True)
    assert give(client) == 201
    with gone(client.app.state.service.store):  # type: ignore[attr-defined]
        check_failing(client)
        assert client.get("/v1/reviews").status_code == 503
    assert give(client) == 201
    assert acknowledged(client) == 2


@pytest.fixture
def embedded(tmp_path: Path, classifier: FramingClassifier) -> TestClient:
    store = Store.open(f"sqlite:///{tmp_path / 'store.db'}", Policy(keep_for_review=True))
    return TestClient(create_app(classifier, store=store), raise_server_exceptions=False)


def limit(client: TestClient, pragma: str) -> None:
    engine = client.app.state.service.store.database.engine  # type: ignore[attr-defined]
    event.listen(engine, "connect", lambda connection, _: connection.execute(pragma))


def test_a_full_disk(embedded: TestClient):
    assert give(embedded) == 201
    limit(embedded, "PRAGMA max_page_count = 1")
    given, status = 1, 201
    while status == 201 and given < 1000:
        status = give(embedded, "n" * 2000)
        given += status == 201
    assert status == 503
    assert embedded.post("/v1/classify", json=UNMARKED).status_code == 200
    assert acknowledged(embedded) == given


def test_a_read_only_file(embedded: TestClient):
    assert give(embedded) == 201
    limit(embedded, "PRAGMA query_only = ON")
    check_failing(embedded)
    assert acknowledged(embedded) == 1


def test_a_locked_file_does_not_stop_the_others(embedded: TestClient):
    limit(embedded, "PRAGMA busy_timeout = 50")
    store = embedded.app.state.service.store  # type: ignore[attr-defined]
    with store.database.writing() as session:
        session.execute(text("SELECT 1"))
        begin = time.monotonic()
        check_failing(embedded)
        assert acknowledged(embedded) == 0, "readers need no lock"
        assert time.monotonic() - begin < 30
    assert give(embedded) == 201


def test_the_log_says_why_without_a_password(connected: Client, caplog: pytest.LogCaptureFixture):
    client = connected()
    store = client.app.state.service.store  # type: ignore[attr-defined]
    with gone(store):
        give(client)
    [message] = {record.getMessage() for record in caplog.records if "store" in record.name}
    assert store.database.name in message
