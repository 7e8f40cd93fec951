"""The database behind a URL: an SQLite file, or PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from framelens.model import FramelensError

__all__ = ["Database", "StoreError"]

SECONDS = 5
"""How long a connection, or a lock, is waited for."""

PRAGMAS = (
    "PRAGMA foreign_keys = ON",
    # What is acknowledged survives a power cut, and what is deleted is overwritten.
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
)


class StoreError(FramelensError):
    """A database that cannot be used."""


class Database:
    """Transactions with a database, each of which happens as a whole or not at all."""

    def __init__(self, engine: Engine, file: Path | None = None) -> None:
        self.engine = engine
        self.file = file
        self._writing = engine.execution_options(begin="BEGIN IMMEDIATE")

    @classmethod
    def at(cls, url: str) -> Database:
        """The database that a URL names, without connecting to it.

        Raises:
            StoreError: the URL names none that can be used.
        """
        parsed = _parse(url)
        if parsed.drivername == "sqlite":
            file = Path(str(parsed.database))
            return cls(_sqlite(file), file)
        return cls(_postgresql(parsed))

    @property
    def name(self) -> str:
        """What messages call it: its file, or its URL without the password."""
        return str(self.file or self.engine.url.render_as_string())

    def close(self) -> None:
        """Close the connections that wait for use."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that changes nothing.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._usable(), Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is committed at the end, and rolled back by an exception.

        Raises:
            StoreError: the database cannot be written, so that nothing has changed.
        """
        with self._usable(), Session(self._writing) as session, session.begin():
            yield session

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection for changes of the schema, in one transaction.

        Raises:
            StoreError: the database cannot be written, so that nothing has changed.
        """
        with self._usable(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def _usable(self) -> Iterator[None]:
        """Name what a database says that is full, read-only, locked or gone."""
        try:
            yield
        except (OperationalError, InterfaceError, InternalError) as error:
            raise StoreError(f"{self.name}: {str(error.orig).strip()}") from error
        except PoolTimeoutError as error:
            raise StoreError(f"{self.name}: every connection is in use") from error


def _parse(url: str) -> URL:
    known = "use sqlite:///FILE or postgresql://USER@HOST/NAME"
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError(f"database: not a URL; {known}") from None
    if parsed.drivername not in ("sqlite", "postgresql", "postgresql+psycopg"):
        raise StoreError(f"database: {parsed.drivername!r} is not supported; {known}")
    if not parsed.database or parsed.database == ":memory:":
        raise StoreError(f"database: the URL names no database; {known}")
    return parsed


def _sqlite(file: Path) -> Engine:
    # Opening must not create the file: one that vanished would come back empty. No connection
    # is kept for the same reason: it would go on writing into a file that nobody sees.
    query = {"mode": "rw", "uri": "true"}
    url = URL.create("sqlite", database=f"file:{quote(str(file))}", query=query)
    engine = create_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args={"timeout": SECONDS}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    # The driver's own transactions begin too late: see SQLAlchemy's notes on pysqlite.
    connection.isolation_level = None
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _postgresql(url: URL) -> Engine:
    arguments: dict[str, object] = {"connect_timeout": SECONDS}
    if "options" not in url.query:
        milliseconds = 1000 * SECONDS
        arguments["options"] = f"-c lock_timeout={milliseconds} -c statement_timeout={milliseconds}"
    try:
        return create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args=arguments,
            pool_pre_ping=True,
            hide_parameters=True,
            pool_timeout=SECONDS,
        )
    except ModuleNotFoundError as error:
        raise StoreError(
            f"PostgreSQL needs {error.name!r}: pip install 'framelens[postgres]'"
        ) from error
