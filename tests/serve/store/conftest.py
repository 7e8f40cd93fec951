"""Every test of the store runs with an SQLite file and with a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text
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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Engine]:
    """A server, outside of transactions."""
    if POSTGRES not in os.environ:
        pytest.skip(f"{POSTGRES} names no PostgreSQL server")
    url = make_url(os.environ[POSTGRES]).set(drivername="postgresql+psycopg")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@contextmanager
def created(postgres: Engine, template: str = "template1") -> Iterator[URL]:
    """A database of PostgreSQL, for a while."""
    url = postgres.url.set(database=f"test_{uuid4().hex}")
    with postgres.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {url.database} TEMPLATE {template}"))
        yield url
        connection.execute(text(f"DROP DATABASE {url.database} WITH (FORCE)"))


def with_schema(url: str) -> None:
    database = Database.at(url)
    upgrade(database)
    database.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the schema: to copy it takes far less time than to make it."""
    path = tmp_path_factory.mktemp("template") / "store.db"
    with_schema(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: Engine) -> Iterator[str]:
    """A database with the schema, by its name."""
    with created(postgres) as url:
        with_schema(url.render_as_string(hide_password=False))
        yield str(url.database)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database that has the schema, and nothing else."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "store.db")
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    postgres = request.getfixturevalue("postgres")
    with created(postgres, request.getfixturevalue("postgres_template")) as url:
        yield url.render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without a schema."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'store.db'}"
        return
    with created(request.getfixturevalue("postgres")) as url:
        yield url.render_as_string(hide_password=False)


Opening = Callable[..., Store]


@pytest.fixture
def opened(url: str) -> Iterator[Opening]:
    """Opens the store at the address, with a policy's fields."""
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
