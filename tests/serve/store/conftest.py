"""Every test of the store runs with an SQLite file and with a real PostgreSQL."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text
from starlette.testclient import TestClient

from framelens.model import FramingClassifier
from framelens.serve.access.exposure import Exposure
from framelens.serve.app import create_app
from framelens.serve.jobs import CallbackSettings
from framelens.serve.limits import Limits
from framelens.serve.models import Models
from framelens.serve.store import Policy, Store, keys
from framelens.serve.store.database import Database
from framelens.serve.store.upgrade import upgrade

POSTGRES = "FRAMELENS_TEST_POSTGRES"
"""Names a server on which databases may be created; ``.ci/with_postgres`` starts one."""


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An address where no schema is yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    if POSTGRES not in os.environ:
        pytest.skip(f"{POSTGRES} names no PostgreSQL server")
    server = make_url(os.environ[POSTGRES]).set(drivername="postgresql+psycopg")
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"test_{uuid4().hex}"
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        yield server.set(database=name).render_as_string(hide_password=False)
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


Opening = Callable[..., Store]


@pytest.fixture
def opened(url: str) -> Iterator[Opening]:
    """Opens the store at the address, with a policy's fields."""
    empty = Database.at(url)
    upgrade(empty)
    empty.close()
    stores = []

    def opening(**policy: object) -> Store:
        stores.append(Store.open(url, Policy(**policy)))  # type: ignore[arg-type]
        return stores[-1]

    yield opening
    for store in stores:
        store.database.close()


Client = Callable[..., TestClient]


@pytest.fixture
def connected(opened: Opening, classifier: FramingClassifier) -> Client:
    """Clients of a service that has a store, with a policy's fields; in a ``with``, jobs run."""

    def connecting(
        own: FramingClassifier | Models | None = None,
        limits: Limits | None = None,
        callbacks: CallbackSettings | None = None,
        **policy: object,
    ) -> TestClient:
        app = create_app(own or classifier, limits, opened(**policy), callbacks=callbacks)
        return TestClient(app, raise_server_exceptions=False)

    return connecting


def bearer(key: str) -> dict[str, str]:
    """The headers that bring a key."""
    return {"authorization": f"Bearer {key}"}


MakeKey = Callable[..., str]


@pytest.fixture
def make_key(opened: Opening) -> MakeKey:
    """Makes a key with a name, scopes, and other terms."""

    def making(name: str, *scopes: str, **terms: Any) -> str:
        with opened().database.writing() as session:
            return keys.create(session, name, keys.Terms(scopes, **terms), "tests")

    return making


@pytest.fixture
def guarded(opened: Opening, classifier: FramingClassifier) -> Client:
    """Clients of a service that demands keys: those that are made before it."""

    def guarding(
        page: bool | None = None, cors: tuple[str, ...] = (), **policy: object
    ) -> TestClient:
        app = create_app(classifier, store=opened(**policy), exposure=Exposure(True, page, cors))
        return TestClient(app, raise_server_exceptions=False)

    return guarding
