"""Corrections that people send, and the labelled documents that they add up to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from framelens.model import Scheme
from framelens.model.scheme import SEPARATOR
from framelens.serve.access.caller import caller_name
from framelens.serve.store import audit
from framelens.serve.store.identifiers import new_id
from framelens.serve.store.schema import Feedback, Item, Text, now

__all__ = ["Correction", "Exported", "export", "give", "leaf_of", "usable_and_all"]


@dataclass(frozen=True, slots=True)
class Correction:
    """What somebody says of a sentence: its label, and the leaf, where that is certain."""

    label: str
    leaf: str | None
    note: str | None = None
    reviewer: str | None = None
    client: str | None = None


@dataclass(slots=True)
class Exported:
    """A text with the spans that have feedback, and their leaves."""

    id: str
    text: str
    spans: list[tuple[int, int, str]] = field(default_factory=list)


def leaf_of(label: str, scheme: Scheme) -> str | None:
    """The leaf that a leaf's or a public label's name means; None where there are several.

    Of a multi-label scheme, the leaves of all labels in ``angry|sad``.

    Raises:
        SchemeError: a multi-label scheme does not know one of them, or one is named twice.
    """
    if not scheme.multi_label:
        return _leaf_of(label, scheme)
    names = label.split(SEPARATOR) if label else []
    return scheme.leaf_label(SEPARATOR.join(_leaf_of(name, scheme) or name for name in names))


def _leaf_of(label: str, scheme: Scheme) -> str | None:
    if label in scheme.leaf_names:
        return label
    leaves = [leaf.name for leaf in scheme.leaves if leaf.label == label]
    return leaves[0] if len(leaves) == 1 else None


def give(
    session: Session,
    correction: Correction,
    digest: str,
    text_id: UUID | None,
    span: tuple[int, int],
    item_id: UUID | None = None,
) -> Feedback:
    """Write a correction down, with its entry in the audit log.

    Args:
        session: of the transaction.
        correction: what is said.
        digest: of the document's text.
        text_id: of the text, where it is kept.
        span: the sentence's code points in the text.
        item_id: of the decision that it corrects, where that is known.
    """
    row = Feedback(
        id=new_id(),
        at=now(),
        item_id=item_id,
        text_digest=digest,
        text_id=text_id,
        begin=span[0],
        end=span[1],
        label=correction.label,
        leaf=correction.leaf,
        note=correction.note,
        reviewer=correction.reviewer or caller_name(),
        client=correction.client,
    )
    session.add(row)
    audit.record(
        session, "feedback_given", correction.reviewer, row.id, text_digest=row.text_digest
    )
    return row


def export(session: Session) -> Iterator[Exported]:
    """The texts that have feedback, with what was said last of each of their sentences.

    What has no leaf, no kept text, or an appeal pending is left out, and of spans that overlap
    the older.
    """
    digest: str | None = None
    document: Exported | None = None
    for feedback, content in session.execute(_usable()):
        if feedback.text_digest != digest or document is None:
            if document:
                yield document
            digest = feedback.text_digest
            document = Exported(f"feedback-{digest[:16]}", content.decode())
        _add(document.spans, (feedback.begin, feedback.end, str(feedback.leaf)))
    if document:
        yield document


def usable_and_all(session: Session) -> tuple[int, int]:
    """How many corrections :func:`export` can use, and how many there are."""
    usable = session.scalar(select(func.count()).select_from(_usable().subquery())) or 0
    return usable, session.scalar(select(func.count()).select_from(Feedback)) or 0


def _usable() -> Select[Feedback, bytes]:
    return (
        select(Feedback, Text.content)
        .join(Text, Feedback.text_id == Text.id)
        .outerjoin(Item, Feedback.item_id == Item.id)
        .where(Feedback.leaf.is_not(None), or_(Item.id.is_(None), Item.state != "appealed"))
        .order_by(Feedback.text_digest, Feedback.at.desc(), Feedback.id.desc())
    )


def _add(spans: list[tuple[int, int, str]], new: tuple[int, int, str]) -> None:
    if all(new[1] <= begin or end <= new[0] for begin, end, _ in spans):
        spans.append(new)
        spans.sort()
