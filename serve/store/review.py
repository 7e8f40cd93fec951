"""The review queue: doubtful sentences that people claim, decide and appeal against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from framelens.model.scheme import SEPARATOR
from framelens.serve.problems import Problem
from framelens.serve.store import audit
from framelens.serve.store.feedback import Correction, give
from framelens.serve.store.schema import Item, Text, now

__all__ = ["Filters", "State", "appeal", "claim", "decide", "find", "items", "text_of"]

State: TypeAlias = Literal["waiting", "decided", "appealed"]
"""Waiting for a decision, decided, or waiting for another person's decision."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which items are listed: None of a field means any."""

    state: State | None = None
    label: str | None = None
    claimed: bool | None = None


def items(session: Session, filters: Filters, after: UUID | None, limit: int) -> Sequence[Item]:
    """The items after the one with this id, oldest first."""
    found = select(Item).order_by(Item.id).limit(limit)
    if after:
        found = found.where(Item.id > after)
    if filters.state:
        found = found.where(Item.state == filters.state)
    if filters.label:
        found = found.where(_has_label(filters.label))
    if filters.claimed is not None:
        open_claim = Item.claimed_until.is_not(None) & (Item.claimed_until > now())
        found = found.where(open_claim if filters.claimed else ~open_claim)
    return session.scalars(found).all()


def _has_label(label: str) -> ColumnElement[bool]:
    """Whether an item's label is this, or one of several."""
    every = SEPARATOR + Item.label + SEPARATOR
    # By LIKE, capitals and small letters would be the same to SQLite.
    return func.replace(every, f"{SEPARATOR}{label}{SEPARATOR}", "") != every


def find(session: Session, identity: UUID, lock: bool = False) -> Item:
    """The item with this id.

    Raises:
        Problem: there is none.
    """
    item = session.get(Item, identity, with_for_update=lock)
    if item is None:
        raise Problem("unknown_record", "there is no review item with this id")
    return item


def text_of(session: Session, item: Item) -> str | None:
    """The text of an item's document, where it is kept."""
    text = item.text_id and session.get(Text, item.text_id)
    return text.content.decode() if text else None


def claim(session: Session, identity: UUID, reviewer: str, seconds: int) -> Item:
    """Reserve an item for a reviewer, who alone may decide it until the time is over.

    Raises:
        Problem: it is decided, claimed by another, or appealed against this reviewer's decision.
    """
    item = find(session, identity, lock=True)
    _check_open(item)
    if item.decided_by == reviewer:
        raise Problem("conflict", "an appeal is decided by another than the first decision")
    if _is_claimed(item) and item.claimed_by != reviewer:
        raise Problem("conflict", "the item is claimed by another reviewer")
    item.claimed_by = reviewer
    item.claimed_until = now() + timedelta(seconds=seconds)
    audit.record(session, "item_claimed", reviewer, item.id, text_digest=item.text_digest)
    return item


def decide(
    session: Session, identity: UUID, correction: Correction, reason: str | None = None
) -> Item:
    """Settle the label of an item that its reviewer has claimed; this is feedback too.

    Raises:
        Problem: it is decided, or not claimed by this reviewer.
    """
    item = find(session, identity, lock=True)
    _check_open(item)
    if not _is_claimed(item) or item.claimed_by != correction.reviewer:
        raise Problem("conflict", "the reviewer has no claim on the item, or it has expired")
    item.state = "decided"
    item.decided_by, item.decided_label = correction.reviewer, correction.label
    item.decided_at = now()
    item.claimed_by = item.claimed_until = None
    give(session, correction, item.text_digest, item.text_id, (item.begin, item.end), item.id)
    audit.record(session, "item_decided", correction.reviewer, item.id, reason, item.text_digest)
    return item


def appeal(session: Session, identity: UUID, actor: str, reason: str) -> Item:
    """Ask for another person's decision.

    Raises:
        Problem: the item is not decided.
    """
    item = find(session, identity, lock=True)
    if item.state != "decided":
        raise Problem("conflict", f"the item is {item.state}; only a decided one is appealed")
    item.state = "appealed"
    audit.record(session, "item_appealed", actor, item.id, reason, item.text_digest)
    return item


def _check_open(item: Item) -> None:
    if item.state == "decided":
        raise Problem("conflict", "the item is decided; appeal to open it again")


def _is_claimed(item: Item) -> bool:
    return item.claimed_until is not None and item.claimed_until > now()
