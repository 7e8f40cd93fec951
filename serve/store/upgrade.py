"""Bringing a database's schema up to date, and refusing one that is not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from framelens.serve.store.database import Database, StoreError

__all__ = ["check", "prepare", "upgrade"]

MIGRATIONS = Path(__file__).parent / "migrations"


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the migrations that a database lacks, all or none; creates an SQLite file.

    Args:
        database: to bring up to date.
        revision: up to which.

    Raises:
        StoreError: the database cannot be reached or written.
    """
    _create_file(database)
    with database.migrating() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def check(database: Database) -> None:
    """Refuse a database whose schema is another than this version's.

    Raises:
        StoreError: it is, or the database cannot be read.
    """
    script = ScriptDirectory.from_config(_config())
    with database.reading() as session:
        found = MigrationContext.configure(session.connection()).get_current_revision()
    wanted = script.get_current_head()
    if found == wanted:
        return
    known = {revision.revision for revision in script.walk_revisions()}
    if found is None or found in known:
        state = "is empty" if found is None else f"has the older schema {found}"
        raise StoreError(
            f"{database.name} {state}; this version needs {wanted}: run 'framelens store upgrade'"
        )
    raise StoreError(f"{database.name} has the schema {found} of a newer version of framelens")


def prepare(database: Database) -> None:
    """Check a database; an SQLite file that is not there is created.

    Raises:
        StoreError: as :func:`check` and :func:`upgrade`.
    """
    if database.file is not None and not database.file.exists():
        upgrade(database)
    check(database)


def _config() -> Config:
    config = Config()
    # A percent sign in a path is none of the configuration's.
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _create_file(database: Database) -> None:
    if database.file is None:
        return
    try:
        with closing(sqlite3.connect(database.file)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.Error as error:
        raise StoreError(f"{database.file}: {error}") from error
    database.file.chmod(0o600)
