"""Keys: created, rotated and revoked with entries in the audit log, and what they have used."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from framelens.model import FramelensError
from framelens.serve.access.secret import digest, identity, new_key
from framelens.serve.store import audit
from framelens.serve.store.schema import Key, KeyUsage, now

__all__ = ["StoredKey", "Terms", "create", "listed", "revoke", "rotate", "save", "usable", "used"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a key opens, and how much: requests a minute, code points a day; None for no bound."""

    scopes: Sequence[str]
    rate: int | None = None
    quota: int | None = None
    lifetime: timedelta | None = None


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A secret as it is stored, apart from the database."""

    id: str
    name: str
    digest: str
    scopes: Sequence[str]
    rate: int | None
    quota: int | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, key: Key) -> StoredKey:
        """The key of a row."""
        return cls(**{name: getattr(key, name) for name in cls.__dataclass_fields__})


def create(session: Session, name: str, terms: Terms, actor: str | None) -> str:
    """Write a new key down; the key itself, which nobody can tell from then on.

    Raises:
        FramelensError: the name has a valid key already.
    """
    if _of_name(session, name):
        raise FramelensError(f"{name}: there is such a key already; rotate it, or revoke it first")
    key, new = _add(session, name, terms)
    audit.record(session, "key_created", actor, reason=f"{name} {new}")
    return key


def rotate(
    session: Session,
    name: str,
    overlap: timedelta,
    lifetime: timedelta | None,
    actor: str | None,
) -> str:
    """Give a name a new secret with the same terms; the old ones are valid for the overlap.

    Args:
        session: of the transaction.
        name: of the key.
        overlap: how long the old secrets are valid, unless they expire sooner.
        lifetime: of the new secret; None for as long as the last one was made for.
        actor: who does it.

    Raises:
        FramelensError: the name has no valid key.
    """
    rows = _of_name(session, name)
    if not rows:
        raise FramelensError(f"{name}: there is no valid key of this name")
    last, end = rows[-1], now() + overlap
    if lifetime is None and last.expires_at is not None:
        lifetime = last.expires_at - last.created_at
    for row in rows:
        row.expires_at = min(row.expires_at or end, end)
    key, new = _add(session, name, Terms(last.scopes, last.rate, last.quota, lifetime))
    audit.record(session, "key_rotated", actor, reason=f"{name} {new}")
    return key


def revoke(session: Session, name: str, actor: str | None, reason: str | None = None) -> int:
    """Make a key invalid for ever, by its name, or one secret by its id; how many secrets it were.

    Raises:
        FramelensError: nothing valid has this name or id.
    """
    condition = or_(Key.name == name, Key.id == name)
    rows = session.scalars(_not_over().where(condition).with_for_update()).all()
    if not rows:
        raise FramelensError(f"{name}: no valid key has this name or id")
    for row in rows:
        row.revoked_at = now()
        said = f"{row.name} {row.id}"
        audit.record(session, "key_revoked", actor, reason=f"{said}: {reason}" if reason else said)
    return len(rows)


def listed(session: Session) -> list[StoredKey]:
    """All keys, the oldest first."""
    rows = session.scalars(select(Key).order_by(Key.name, Key.created_at, Key.id))
    return [StoredKey.of(row) for row in rows]


def usable(session: Session) -> list[StoredKey]:
    """The keys that are neither revoked nor expired."""
    return [StoredKey.of(row) for row in session.scalars(_not_over())]


def save(session: Session, spent: Iterable[tuple[str, date, int]]) -> None:
    """Add code points to what keys have used, each with its name and day."""
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    insert: Any = postgresql.insert if is_postgresql else sqlite.insert
    # In one order, so that two processes do not wait for each other.
    for name, day, code_points in sorted(spent):
        new = insert(KeyUsage).values(name=name, day=day, code_points=code_points)
        both = KeyUsage.code_points + new.excluded.code_points
        session.execute(
            new.on_conflict_do_update(index_elements=["name", "day"], set_={"code_points": both})
        )


def used(session: Session, day: date) -> dict[str, int]:
    """How many code points were scored on a day, by the keys' names."""
    rows = session.execute(select(KeyUsage.name, KeyUsage.code_points).where(KeyUsage.day == day))
    return {row.name: row.code_points for row in rows}


def _not_over() -> Select[Key]:
    return (
        select(Key)
        .where(Key.revoked_at.is_(None), or_(Key.expires_at.is_(None), Key.expires_at > now()))
        .order_by(Key.created_at, Key.id)
    )


def _of_name(session: Session, name: str) -> Sequence[Key]:
    return session.scalars(_not_over().where(Key.name == name).with_for_update()).all()


def _add(session: Session, name: str, terms: Terms) -> tuple[str, str]:
    """A new key, and its id."""
    key, begin = new_key(), now()
    row = Key(
        id=identity(key),
        name=name,
        digest=digest(key),
        scopes=[*terms.scopes],
        rate=terms.rate,
        quota=terms.quota,
        created_at=begin,
        expires_at=terms.lifetime and begin + terms.lifetime,
    )
    session.add(row)
    return key, row.id
