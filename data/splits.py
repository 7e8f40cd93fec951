"""Splits of a corpus that never divide a document."""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections.abc import Callable
from itertools import accumulate

from framelens.data.documents import Corpus, LabelledDocument
from framelens.model.errors import FramelensError, one_of

__all__ = ["PARTS", "metadata_value", "split_as_given", "split_by_document", "split_by_time"]

PARTS = ("train", "dev", "test")
"""The names of the parts that a corpus may bring along."""


def metadata_value(document: LabelledDocument, key: str) -> str:
    """What a document's metadata say under a key by which a corpus is split.

    Raises:
        FramelensError: they have no such key.
    """
    value = document.metadata.get(key)
    if value is None:
        known = f"; it has {one_of(document.metadata)}" if document.metadata else ""
        raise FramelensError(
            f"document {document.id!r}: its metadata have no {key!r} to split by{known}"
        )
    return value


def split_by_document(
    corpus: Corpus,
    fraction: float,
    seed: int,
    among: Callable[[LabelledDocument], bool] = lambda document: True,
    group: Callable[[LabelledDocument], str] = lambda document: document.text,
) -> tuple[Corpus, Corpus]:
    """Hold documents out of a corpus, drawn at random.

    The draw depends on the seed and the groups' names only, so it stays the same when the
    corpus is read in another order. Documents of a group go together: those with the same
    text, or what ``group`` says. At least one group is held out.

    Args:
        corpus: the documents; both parts keep their order.
        fraction: how many of the sentences to hold out, of those in documents that may be
            held out. The result is as near as whole documents come in the order drawn.
        seed: another seed draws other documents.
        among: whether a document may be held out; of a group all or none.
        group: the name of a document's group.

    Returns:
        The documents to train on, and those held out.

    Raises:
        FramelensError: the fraction is not between 0 and 1, or a part would be empty.
    """
    if not 0 < fraction < 1:
        raise FramelensError(f"cannot hold out {fraction}: use a fraction between 0 and 1")
    groups: dict[str, Corpus] = {}
    for document in corpus:
        groups.setdefault(group(document), []).append(document)
    eligible = [name for name, members in groups.items() if all(map(among, members))]
    if not eligible:
        raise FramelensError(f"none of the {len(corpus)} documents may be held out")
    eligible.sort(key=lambda name: _rank(name, seed))
    drawn = _draw([groups[name] for name in eligible], fraction)
    held = {group(members[0]) for members in drawn}
    if len(held) == len(groups):
        raise FramelensError(
            f"holding out {fraction:.0%} of the sentences leaves no document to train on: "
            f"the corpus has {len(groups)} different documents or groups of them"
        )
    return (
        [document for document in corpus if group(document) not in held],
        [document for document in corpus if group(document) in held],
    )


def split_by_time(corpus: Corpus, fraction: float, key: str) -> tuple[Corpus, Corpus]:
    """Hold the latest documents out of a corpus; documents of one date go together.

    Args:
        corpus: the documents; both parts keep their order.
        fraction: how many of the sentences to hold out, as near as whole dates come.
        key: where the documents' metadata have their date, as ISO 8601 writes it.

    Returns:
        The earlier documents, and the later ones.

    Raises:
        FramelensError: a document has no date, or all have the same.
    """
    dates = [_date(document, key) for document in corpus]
    sizes = Counter[datetime.datetime]()
    for date, document in zip(dates, corpus, strict=True):
        sizes[date] += len(document.sentences)
    latest_first = sorted(sizes, reverse=True)
    since = dict(zip(latest_first, accumulate(sizes[date] for date in latest_first), strict=True))
    if len(since) < 2:
        raise FramelensError(f"all documents have the same {key!r}: time cannot split them")
    wanted = fraction * sizes.total()
    first = min(latest_first[:-1], key=lambda date: abs(since[date] - wanted))
    return (
        [document for date, document in zip(dates, corpus, strict=True) if date < first],
        [document for date, document in zip(dates, corpus, strict=True) if date >= first],
    )


def split_as_given(corpus: Corpus, key: str) -> dict[str, Corpus]:
    """The parts that a corpus brings along, by their names, see :data:`PARTS`.

    Args:
        corpus: the documents; each part keeps their order.
        key: where the documents' metadata have the name of their part.

    Raises:
        FramelensError: a document names no part or an unknown one.
    """
    parts: dict[str, Corpus] = {name: [] for name in PARTS}
    for document in corpus:
        name = metadata_value(document, key)
        if name not in parts:
            raise FramelensError(
                f"document {document.id!r}: metadata.{key}: {name!r} is no part; "
                f"use {one_of(PARTS)}"
            )
        parts[name].append(document)
    return parts


def _date(document: LabelledDocument, key: str) -> datetime.datetime:
    value = metadata_value(document, key)
    try:
        date = datetime.datetime.fromisoformat(value)
    except ValueError:
        raise FramelensError(
            f"document {document.id!r}: metadata.{key}: {value!r} is no date; "
            "write it as 2026-11-23 or 2026-11-23T15:00:00+00:00"
        ) from None
    return date if date.tzinfo else date.replace(tzinfo=datetime.UTC)


def _rank(name: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\n{name}".encode()).digest()


def _draw(groups: list[Corpus], fraction: float) -> list[Corpus]:
    """Take each group, in order, that brings the number of sentences nearer to the fraction."""
    missing = fraction * sum(map(_size, groups))
    drawn = []
    for group in groups:
        if abs(missing - _size(group)) < abs(missing):
            drawn.append(group)
            missing -= _size(group)
    return drawn or [min(groups, key=_size)]


def _size(group: Corpus) -> int:
    return sum(len(document.sentences) for document in group)
