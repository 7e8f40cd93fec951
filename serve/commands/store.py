"""``framelens store``: the database of a service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from framelens.model import FramelensError
from framelens.serve.commands.options import DatabaseUrl

if TYPE_CHECKING:
    from framelens.serve.store import Store

__all__ = ["app", "needed", "opened"]

app = typer.Typer(help="The database of a service.", no_args_is_help=True)


@app.callback()
def store() -> None:
    """The database of a service."""


@app.command()
def upgrade(database: DatabaseUrl = None) -> None:
    """Bring the database's schema up to date; an SQLite file is created."""
    from framelens.serve.store.database import Database
    from framelens.serve.store.upgrade import upgrade

    found = Database.at(needed(database))
    try:
        upgrade(found)
    finally:
        found.close()


@app.command()
def expire(database: DatabaseUrl = None) -> None:
    """Delete the texts whose time is over, as the service itself does every hour."""
    from framelens.serve.store import texts

    with opened(database) as store, store.database.writing() as session:
        count = texts.expire(session)
    typer.echo(f"{count} texts expired")


@app.command()
def erase(
    client_token: Annotated[str, typer.Argument(help="The token that came with the texts.")],
    database: DatabaseUrl = None,
    actor: Annotated[str, typer.Option(help="Who the audit log says it was.")] = "command line",
) -> None:
    """Delete every text that came with a client token, and the notes of its feedback."""
    with opened(database) as store, store.database.writing() as session:
        count = store.texts.erase(session, client_token, actor)
    typer.echo(f"{count} texts erased")


@contextmanager
def opened(database: str | None) -> Iterator[Store]:
    """The store that a command cannot do without, closed at the end.

    Raises:
        FramelensError: no database is named, or it cannot be used.
    """
    from framelens.serve.store import Store

    store = Store.open(needed(database))
    try:
        yield store
    finally:
        store.database.close()


def needed(database: str | None) -> str:
    """The URL of a database that a command cannot do without.

    Raises:
        FramelensError: there is none.
    """
    if database is None:
        raise FramelensError("name a database: --database URL, or FRAMELENS_DATABASE")
    return database
