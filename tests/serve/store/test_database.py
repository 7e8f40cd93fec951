"""The schema: created, upgraded, checked; and URLs that name no database of ours."""

from __future__ import annotations

import asyncio
import gc
import threading
from pathlib import Path
from uuid import RFC_4122

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from framelens.serve.store import Store, StoreError, audit
from framelens.serve.store.database import Database
from framelens.serve.store.identifiers import new_id
from framelens.serve.store.schema import Base, now
from framelens.serve.store.upgrade import upgrade

from .conftest import Opening


def test_the_migrations_make_the_schema(opened: Opening):
    with opened().database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_an_sqlite_file_is_created_for_its_owner_alone(tmp_path: Path):
    file = tmp_path / "a name?with 100%.db"
    url = f"sqlite:///{tmp_path}/a name%3Fwith 100%25.db"
    store = Store.open(url)
    assert store.database.file == file
    assert file.stat().st_mode & 0o777 == 0o600
    with store.database.reading() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    assert Store.open(url).texts.salt == store.texts.salt


def test_an_upgrade_keeps_what_there_is(opened: Opening):
    store = opened()
    upgrade(store.database)
    assert opened().texts.salt == store.texts.salt
    assert len(store.texts.salt) == 32


def test_an_older_schema_is_brought_up_to_date(empty_url: str):
    database = Database.at(empty_url)
    upgrade(database, "0001")
    with database.writing() as session:
        add = "INSERT INTO audit (at, actor, action) VALUES (CURRENT_TIMESTAMP, 'ada', 'tested')"
        session.execute(text(add))
    database.close()
    with pytest.raises(StoreError, match="has the older schema 0001; this version needs"):
        Store.open(empty_url)
    upgrade(database)
    store = Store.open(empty_url)
    with store.database.reading() as session:
        [entry] = audit.entries(session, 0, 10)
    assert (entry.actor, entry.key) == ("ada", None)
    store.database.close()
    database.close()


def test_an_outdated_schema_is_refused(opened: Opening, url: str):
    with opened().database.writing() as session:
        session.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(StoreError, match=r"is empty; this version needs \d{4}: run 'framelens"):
        Store.open(url)


def test_a_newer_schema_is_refused(opened: Opening, url: str):
    with opened().database.writing() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="has the schema 9999 of a newer version"):
        Store.open(url)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nothing", "not a URL; use sqlite:///FILE or postgresql://USER@HOST/NAME"),
        ("mysql://host/name", "'mysql' is not supported; use sqlite"),
        ("sqlite://", "the URL names no database"),
        ("sqlite:///:memory:", "the URL names no database"),
        ("sqlite:////nowhere/at/all.db", "/nowhere/at/all.db: unable to open database file"),
        ("postgresql://ada:secret@/name?host=/nowhere", r"ada:\*\*\*@/name"),
    ],
)
def test_what_is_no_database_of_ours_is_named(url: str, message: str):
    with pytest.raises(StoreError, match=message) as raised:
        Store.open(url)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("change", ["UPDATE audit SET actor = 'eve'", "DELETE FROM audit"])
def test_the_audit_log_is_append_only(opened: Opening, change: str):
    database = opened().database
    with database.writing() as session:
        audit.record(session, "tested", "ada")
    with (
        pytest.raises((DBAPIError, StoreError), match="append-only"),
        database.writing() as session,
    ):
        session.execute(text(change))
    with database.reading() as session:
        [entry] = audit.entries(session, 0, 10)
    assert (entry.actor, entry.action) == ("ada", "tested")
    assert abs((now() - entry.at).total_seconds()) < 60


def test_a_failed_transaction_changes_nothing(opened: Opening):
    database = opened().database

    def fail() -> None:
        with database.writing() as session:
            audit.record(session, "tested", "ada")
            session.flush()
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    with database.reading() as session:
        assert not audit.entries(session, 0, 10)


def test_whoever_cancels_a_transaction_finds_it_ended(opened: Opening):
    store = opened()
    begun, go_on = threading.Event(), threading.Event()

    def slow(session: Session) -> None:
        begun.set()
        go_on.wait()
        audit.record(session, "tested", "ada")

    async def cancel() -> bool:
        task = asyncio.create_task(store.write(slow))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        asyncio.get_running_loop().call_later(0.1, go_on.set)
        await asyncio.wait([task])
        assert go_on.is_set()
        return task.cancelled()

    assert asyncio.run(cancel())
    with store.database.reading() as session:
        assert len(audit.entries(session, 0, 10)) == 1


def test_nobody_is_told_how_a_cancelled_transaction_failed(opened: Opening):
    store = opened()
    begun, go_on = threading.Event(), threading.Event()
    complaints = []

    def failing(session: Session) -> None:
        begun.set()
        go_on.wait()
        raise LookupError("no such item")

    async def cancel() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: complaints.append(context))
        task = asyncio.create_task(store.write(failing))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        loop.call_later(0.1, go_on.set)
        await asyncio.wait([task])
        assert task.cancelled()
        del task
        gc.collect()

    asyncio.run(cancel())
    assert complaints == []


def test_identifiers_sort_by_time(monkeypatch: pytest.MonkeyPatch):
    made = []
    for milliseconds in (1, 2, 1_800_000_000_000):
        monkeypatch.setattr("time.time_ns", lambda at=milliseconds: at * 1_000_000)
        made.append(new_id())
    assert made == sorted(made)
    assert [identity.version for identity in made] == [7, 7, 7]
    assert {identity.variant for identity in made} == {RFC_4122}
    assert made[2].int >> 80 == 1_800_000_000_000
