"""The valid keys of a deployment, in memory: no request waits for the database to be let in."""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from sqlalchemy.orm import Session

from framelens.serve.access.allowance import Allowance, today
from framelens.serve.access.caller import Caller
from framelens.serve.access.gate import Scope
from framelens.serve.access.secret import digest, identity
from framelens.serve.problems import Problem
from framelens.serve.store import Store
from framelens.serve.store.keys import StoredKey, save, usable, used
from framelens.serve.store.schema import now

__all__ = ["Keyring"]

INTERVAL = 2.0
"""Seconds after which a revocation is seen, and what was spent is written down."""

NOBODY = digest("")
"""What is compared where there is no such key, so that this takes as long."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Entry:
    digest: str
    expires_at: datetime | None
    caller: Caller


@dataclass(frozen=True, slots=True)
class _State:
    """What the database knows."""

    keys: Sequence[StoredKey]
    day: date
    used: Mapping[str, int]


class Keyring:
    """The keys that are let in, and what is left of their allowances.

    While the database fails, the keys that were read last stay valid until they expire, and what is
    spent is written down later.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._entries: dict[str, _Entry] = {}
        self._allowances: dict[str, Allowance] = {}

    @classmethod
    def open(cls, store: Store) -> Keyring:
        """The keys in a store.

        Raises:
            StoreError: the database cannot be read.
        """
        keyring = cls(store)
        with store.database.reading() as session:
            keyring._take(_read(session))
        return keyring

    def find(self, key: str) -> Caller | None:
        """The holder of a key, if it is valid."""
        entry = self._entries.get(identity(key))
        is_same = hmac.compare_digest(digest(key), entry.digest if entry else NOBODY)
        if entry is None or not is_same:
            return None
        if entry.expires_at is not None and entry.expires_at <= now():
            return None
        return entry.caller

    async def refresh(self) -> None:
        """Write down what was spent, and read the keys again, even where nothing can be written.

        Raises:
            Problem: the database cannot be read.
        """
        with suppress(Problem):
            await self._save()
        self._take(await self._store.read(_read))

    @asynccontextmanager
    async def refreshing(self, interval: float = INTERVAL) -> AsyncIterator[None]:
        """Refresh now and again as long as the context is open, and once at the end."""
        end = asyncio.Event()
        task = asyncio.create_task(self._refresh_until(end, interval))
        try:
            yield
        finally:
            # No cancelling: what is being written down would be written twice.
            end.set()
            await task

    async def _refresh_until(self, end: asyncio.Event, interval: float) -> None:
        is_last = False
        while not is_last:
            with suppress(TimeoutError):
                async with asyncio.timeout(interval):
                    await end.wait()
            is_last = end.is_set()
            try:
                await self.refresh()
            except Exception as error:
                name = type(error).__qualname__
                _logger.error("%s: the keys that were read last stay valid", name)

    async def _save(self) -> None:
        unsaved = {name: each.unsaved() for name, each in self._allowances.items()}
        spent = [(name, *pair) for name, days in unsaved.items() for pair in days.items()]
        if spent:
            await self._store.write(lambda session: save(session, spent))
        for name, days in unsaved.items():
            self._allowances[name].note_saved(days)

    def _take(self, state: _State) -> None:
        entries = {}
        for key in state.keys:
            allowance = self._allowances.setdefault(key.name, Allowance())
            allowance.change(key.rate, key.quota)
            scopes = frozenset(cast(Sequence[Scope], key.scopes))
            caller = Caller(key.name, scopes, allowance)
            entries[key.id] = _Entry(key.digest, key.expires_at, caller)
        self._entries = entries
        for name, allowance in self._allowances.items():
            allowance.note_total(state.day, state.used.get(name, 0))


def _read(session: Session) -> _State:
    day = today()
    return _State(usable(session), day, used(session, day))
