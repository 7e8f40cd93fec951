"""``framelens keys`` and the keys in memory: made, rotated, revoked, expired, and their usage."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import anyio
import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner, Result

from framelens.serve.access.allowance import today
from framelens.serve.access.keyring import Keyring
from framelens.serve.commands import app
from framelens.serve.problems import Problem
from framelens.serve.store import audit
from framelens.serve.store.keys import listed, used
from framelens.serve.store.schema import Key, now

from .conftest import MakeKey, Opening

Run = Callable[..., Result]


@pytest.fixture
def run(opened: Opening, url: str) -> Run:
    """Runs ``framelens keys`` on the database."""

    def running(*words: str) -> Result:
        return CliRunner().invoke(app, ["keys", *words, "--database", url])

    return running


def made(result: Result) -> str:
    """The key that a command prints, which is all of its standard output."""
    assert result.exit_code == 0, result.output
    [key] = result.stdout.splitlines()
    assert re.fullmatch("flk_[0-9a-f]{12}_[0-9a-f]{64}", key)
    return key


def test_from_create_to_revoke(run: Run, opened: Opening):
    first = made(run("create", "desk", "--scope", "feedback", "--scope", "score", "--rate", "600"))
    assert [caller.name for caller in [Keyring.open(opened()).find(first)] if caller] == ["desk"]
    second = made(run("rotate", "desk", "--overlap", "1", "--actor", "ada"))
    keyring = Keyring.open(opened())
    holders = [keyring.find(key) for key in (first, second)]
    assert None not in holders
    assert holders[0] == holders[1], "the secrets share what is left"
    assert {holder.scopes for holder in holders if holder} == {frozenset({"score", "feedback"})}
    shown = run("list").stdout
    assert shown.count("desk") == 2
    assert "score feedback" in shown
    assert not any(key.split("_")[2] in shown for key in (first, second))
    assert run("revoke", "desk", "--reason", "leaked").stdout == "2 secrets revoked\n"
    keyring = Keyring.open(opened())
    assert keyring.find(first) is keyring.find(second) is None
    assert "desk" not in run("list").stdout
    assert run("list", "--all").stdout.count("revoked") == 2
    with opened().database.reading() as session:
        entries = audit.entries(session, 0, 10)
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("key_created", "command line"),
        ("key_rotated", "ada"),
        ("key_revoked", "command line"),
        ("key_revoked", "command line"),
    ]
    assert str(entries[-1].reason).endswith(": leaked")


def test_only_a_digest_is_stored(run: Run, opened: Opening):
    secret = made(run("create", "desk")).split("_")[2]
    store = opened()
    with store.database.reading() as session:
        [row] = session.scalars(select(Key))
        assert secret not in str(vars(row))
    if store.database.file:
        folder = store.database.file.parent
        assert not any(secret.encode() in file.read_bytes() for file in folder.iterdir())


def test_one_secret_is_revoked_by_its_id(run: Run, opened: Opening):
    first, second = made(run("create", "desk")), made(run("rotate", "desk"))
    assert run("revoke", first.split("_")[1]).stdout == "1 secrets revoked\n"
    keyring = Keyring.open(opened())
    assert keyring.find(first) is None
    assert keyring.find(second)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["create", "desk"], "desk: there is such a key already; rotate it, or revoke it first"),
        (["create", "a b"], "'a b': a name has at most 64 of "),
        (["create", ""], "'': a name has at most 64 of "),
        (["create", "a", "--scope", "all"], "--scope all: must be 'score', 'feedback', "),
        (["rotate", "nobody"], "nobody: there is no valid key of this name"),
        (["revoke", "nobody"], "nobody: no valid key has this name or id"),
    ],
)
def test_mistakes(run: Run, make_key: MakeKey, words: list[str], message: str):
    make_key("desk")
    result = run(*words)
    assert result.exit_code == 1
    assert result.stderr.startswith(f"framelens: error: {message}")


@pytest.mark.parametrize("option", ["--rate=0", "--quota=0", "--expires=0"])
def test_nothing_at_all_is_no_bound(run: Run, option: str):
    assert run("create", "desk", option).exit_code == 2


def test_no_database():
    result = CliRunner().invoke(app, ["keys", "list"], env={"FRAMELENS_DATABASE": None})
    assert result.exit_code == 1
    assert "name a database: --database URL, or FRAMELENS_DATABASE" in result.stderr


def test_a_key_expires_while_the_service_runs(opened: Opening, make_key: MakeKey):
    key = make_key("desk", lifetime=timedelta(hours=1))
    store = opened()
    keyring = Keyring.open(store)
    assert keyring.find(key)
    with store.database.writing() as session:
        session.execute(update(Key).values(expires_at=now() + timedelta(milliseconds=50)))
    anyio.run(keyring.refresh)
    anyio.run(anyio.sleep, 0.1)
    assert keyring.find(key) is None
    anyio.run(keyring.refresh)
    assert keyring.find(key) is None


def test_an_overlap_prolongs_nothing(run: Run, opened: Opening):
    key = made(run("create", "desk", "--expires", "0.01"))
    made(run("rotate", "desk", "--overlap", "24"))
    with opened().database.reading() as session:
        old, new = listed(session)
    assert old.id in key
    assert old.expires_at is not None
    assert old.expires_at < now() + timedelta(hours=1)
    assert new.expires_at is not None
    assert new.expires_at - new.created_at == timedelta(days=0.01), "and begins another lifetime"


def test_without_overlap_the_old_key_ends_at_once(run: Run, opened: Opening):
    old, new = made(run("create", "desk")), made(run("rotate", "desk", "--overlap", "0"))
    keyring = Keyring.open(opened())
    assert keyring.find(old) is None
    assert keyring.find(new)


def test_another_secret_with_a_known_id_is_refused(opened: Opening, make_key: MakeKey):
    key = make_key("desk")
    keyring = Keyring.open(opened())
    other = "0" if key[-1] != "0" else "1"
    for wrong in (key[:-1] + other, key[:-1], key + "0", key.upper(), "", "flk__", "é"):
        assert keyring.find(wrong) is None


def test_a_running_service_sees_new_and_revoked_keys(run: Run, opened: Opening, make_key: MakeKey):
    keyring = Keyring.open(opened())
    key = make_key("desk")
    assert keyring.find(key) is None
    anyio.run(keyring.refresh)
    assert keyring.find(key)
    run("revoke", "desk")
    anyio.run(keyring.refresh)
    assert keyring.find(key) is None


def test_usage_survives_a_restart_and_is_shared(opened: Opening, make_key: MakeKey, run: Run):
    key = make_key("desk", "score", quota=100)
    first, second = Keyring.open(opened()), Keyring.open(opened())
    for keyring, code_points in ((first, 30), (second, 40)):
        caller = keyring.find(key)
        assert caller
        caller.allowance.spend(code_points)
        anyio.run(keyring.refresh)
    anyio.run(first.refresh)
    with opened().database.reading() as session:
        assert used(session, today()) == {"desk": 70}
    for keyring in (first, second, Keyring.open(opened())):
        caller = keyring.find(key)
        assert caller
        with pytest.raises(Problem, match="30 of the key's 100 are left"):
            caller.allowance.spend(31)
    assert " 70 " in run("list").stdout


def test_at_the_end_usage_is_written_down(opened: Opening, make_key: MakeKey):
    key, store = make_key("desk"), opened()
    keyring = Keyring.open(store)

    async def serve() -> None:
        async with keyring.refreshing(interval=1000):
            caller = keyring.find(key)
            assert caller
            caller.allowance.spend(7)

    anyio.run(serve)
    with store.database.reading() as session:
        assert used(session, today()) == {"desk": 7}


def test_while_the_database_fails_the_keys_stay_valid(
    opened: Opening, make_key: MakeKey, monkeypatch: pytest.MonkeyPatch
):
    key, store = make_key("desk"), opened()
    keyring = Keyring.open(store)
    caller = keyring.find(key)
    assert caller
    caller.allowance.spend(7)

    async def fail(function: object) -> None:
        raise RuntimeError

    async def serve() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(store, "read", fail)
            patch.setattr(store, "write", fail)
            async with keyring.refreshing(interval=0.001):
                await anyio.sleep(0.05)
        assert keyring.find(key)
        await keyring.refresh()

    anyio.run(serve)
    with store.database.reading() as session:
        assert used(session, today()) == {"desk": 7}, "nothing is lost, nothing counts twice"


def test_a_read_only_database_revokes_all_the_same(
    opened: Opening, make_key: MakeKey, run: Run, monkeypatch: pytest.MonkeyPatch
):
    key, store = make_key("desk"), opened()
    keyring = Keyring.open(store)
    caller = keyring.find(key)
    assert caller
    caller.allowance.spend(7)
    run("revoke", "desk")

    async def fail(function: object) -> None:
        raise Problem("store_unavailable", "read only")

    monkeypatch.setattr(store, "write", fail)
    anyio.run(keyring.refresh)
    assert keyring.find(key) is None
    assert caller.allowance.unsaved() == {today(): 7}
