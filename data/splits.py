"""Splits of a corpus that never divide a document."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from framelens.data.documents import Corpus, LabelledDocument
from framelens.model.errors import FramelensError

__all__ = ["split_by_document"]


def split_by_document(
    corpus: Corpus,
    fraction: float,
    seed: int,
    among: Callable[[LabelledDocument], bool] = lambda document: True,
) -> tuple[Corpus, Corpus]:
    """Hold documents out of a corpus, drawn at random.

    The draw depends on the seed and the texts only, so it stays the same when the corpus is
    read in another order. Documents with the same text go together. At least one document
    is held out.

    Args:
        corpus: the documents; both parts keep their order.
        fraction: how many of the sentences to hold out, of those in documents that may be
            held out. The result is as near as whole documents come in the order drawn.
        seed: another seed draws other documents.
        among: whether a document may be held out; of documents with the same text all or
            none.

    Returns:
        The documents to train on, and those held out.

    Raises:
        FramelensError: the fraction is not between 0 and 1, or a part would be empty.
    """
    if not 0 < fraction < 1:
        raise FramelensError(f"cannot hold out {fraction}: use a fraction between 0 and 1")
    groups: dict[str, Corpus] = {}
    for document in corpus:
        groups.setdefault(document.text, []).append(document)
    eligible = [group for group in groups.values() if all(map(among, group))]
    if not eligible:
        raise FramelensError(f"none of the {len(corpus)} documents may be held out")
    eligible.sort(key=lambda group: _rank(group[0].text, seed))
    held = {group[0].text for group in _draw(eligible, fraction)}
    if len(held) == len(groups):
        raise FramelensError(
            f"holding out {fraction:.0%} of the sentences leaves no document to train on: "
            f"the corpus has {len(groups)} different documents"
        )
    return (
        [document for document in corpus if document.text not in held],
        [document for document in corpus if document.text in held],
    )


def _rank(text: str, seed: int) -> bytes:
    return hashlib.sha256(f"{seed}\n{text}".encode()).digest()


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
