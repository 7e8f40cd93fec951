"""``framelens keys``: who may use a service that demands keys."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from framelens.model import FramelensError
from framelens.serve.commands.options import DatabaseUrl
from framelens.serve.commands.store import opened

if TYPE_CHECKING:
    from framelens.serve.access.gate import Scope
    from framelens.serve.store.keys import StoredKey

__all__ = ["app"]

app = typer.Typer(help="The keys of a service.", no_args_is_help=True)

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
CENTURY = 36_500
"""In days."""

Name: TypeAlias = Annotated[str, typer.Argument(help="Of the key: whose it is, or what for.")]
Actor: TypeAlias = Annotated[str, typer.Option(help="Who the audit log says it was.")]

ACTOR = "command line"
HEADS = ("name", "id", "scopes", "rate", "quota", "used today", "expires", "state")


@app.callback()
def keys() -> None:
    """The keys of a service."""


@app.command()
def create(
    name: Name,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            help="What it opens; may be repeated.",
            metavar="score|feedback|jobs|metrics|admin",
            show_default="only what every key opens",
        ),
    ] = None,
    expires: Annotated[
        float | None,
        typer.Option(
            help="How long it is valid.",
            metavar="DAYS",
            min=0.001,
            max=CENTURY,
            show_default="until it is revoked",
        ),
    ] = None,
    rate: Annotated[
        int | None,
        typer.Option(
            help="Requests a minute.", min=1, max=1_000_000, show_default="without a bound"
        ),
    ] = None,
    quota: Annotated[
        int | None,
        typer.Option(
            help="Code points of scored text a day (UTC).",
            min=1,
            max=10**12,
            show_default="without a bound",
        ),
    ] = None,
    database: DatabaseUrl = None,
    actor: Actor = ACTOR,
) -> None:
    """Make a key and print it, which happens only this once."""
    from framelens.serve.store.keys import Terms, create

    if not NAME.fullmatch(name):
        raise FramelensError(
            f"{name!r}: a name has at most 64 of A-Z, a-z, 0-9, '.', '_', '@' and '-', and begins "
            "with a letter or digit"
        )
    terms = Terms(_scopes(scope or []), rate, quota, _lifetime(expires))
    with opened(database) as store, store.database.writing() as session:
        key = create(session, name, terms, actor)
    _show(key)


@app.command("list")
def list_(
    everything: Annotated[
        bool, typer.Option("--all", help="The expired and revoked ones as well.")
    ] = False,
    database: DatabaseUrl = None,
) -> None:
    """Show the keys, without their secrets."""
    from framelens.serve.access.allowance import today
    from framelens.serve.store.keys import listed, used

    with opened(database) as store, store.database.reading() as session:
        found, spent = listed(session), used(session, today())
    shown = [key for key in found if everything or _state(key) == "valid"]
    rows = [HEADS, *(_row(key, spent) for key in shown)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


@app.command()
def rotate(
    name: Name,
    overlap: Annotated[
        float,
        typer.Option(
            help="How long the old key stays valid beside the new one.",
            metavar="HOURS",
            min=0,
            max=24 * CENTURY,
        ),
    ] = 24,
    expires: Annotated[
        float | None,
        typer.Option(
            help="How long the new key is valid.",
            metavar="DAYS",
            min=0.001,
            max=CENTURY,
            show_default="as long as the old one was",
        ),
    ] = None,
    database: DatabaseUrl = None,
    actor: Actor = ACTOR,
) -> None:
    """Make a new key with the name and terms of another and print it, which happens only once."""
    from framelens.serve.store.keys import rotate

    with opened(database) as store, store.database.writing() as session:
        key = rotate(session, name, timedelta(hours=overlap), _lifetime(expires), actor)
    _show(key)


@app.command()
def revoke(
    name: Annotated[str, typer.Argument(help="Of the key, or the id of one of its secrets.")],
    reason: Annotated[str | None, typer.Option(help="What the audit log says.")] = None,
    database: DatabaseUrl = None,
    actor: Actor = ACTOR,
) -> None:
    """Make a key invalid, within seconds and for ever."""
    from framelens.serve.store.keys import revoke

    with opened(database) as store, store.database.writing() as session:
        count = revoke(session, name, actor, reason)
    typer.echo(f"{count} secrets revoked")


def _scopes(names: list[str]) -> list[Scope]:
    from framelens.model.errors import one_of
    from framelens.serve.access.gate import SCOPES

    for name in names:
        if name not in SCOPES:
            raise FramelensError(f"--scope {name}: must be {one_of(SCOPES)}")
    return [scope for scope in SCOPES if scope in names]


def _lifetime(days: float | None) -> timedelta | None:
    return None if days is None else timedelta(days=days)


def _show(key: str) -> None:
    typer.echo("This is the only time that the key is shown:", err=True)
    typer.echo(key)


def _state(key: StoredKey) -> str:
    from framelens.serve.store.schema import now

    if key.revoked_at:
        return "revoked"
    return "expired" if key.expires_at and key.expires_at <= now() else "valid"


def _row(key: StoredKey, spent: Mapping[str, int]) -> tuple[str, ...]:
    expires = f"{key.expires_at:%Y-%m-%d %H:%M} UTC" if key.expires_at else "-"
    terms = (" ".join(key.scopes) or "-", str(key.rate or "-"), str(key.quota or "-"))
    return key.name, key.id, *terms, str(spent.get(key.name, 0)), expires, _state(key)
