"""Documents that are nearly the same, found without comparing each with each.

Two are alike where many runs of five words stand in both. MinHash (Broder 1997,
https://doi.org/10.1109/SEQUEN.1997.666900) makes of each document a short signature; the share of
places in which two signatures are equal tells how much the documents have in common. Only those are
compared that agree in a whole band of places.
"""

from __future__ import annotations

import re
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import IO

import numpy as np
import numpy.typing as npt

from framelens.serve.bulk.report.scored import ScoredDocument

__all__ = ["NearDuplicates", "signature"]

Hashes = npt.NDArray[np.uint64]
Signature = npt.NDArray[np.uint32]
Places = npt.NDArray[np.int64]

SHINGLE = 5
"""Words of a run."""
PLACES = 128
"""Of a signature. The similarity is told to about 0.04."""
BAND = 4
"""Places of a band: of pairs with a similarity of 0.6, one in a hundred agrees in none."""
AT_ONCE = 4096

_WORD = re.compile(r"\w+")
_RANDOM = np.random.default_rng(1997)
_FACTORS = _RANDOM.integers(2**63, size=(PLACES, 1), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
_TERMS = _RANDOM.integers(2**63, size=(PLACES, 1), dtype=np.uint64)
_POWERS = _RANDOM.integers(2**63, size=SHINGLE, dtype=np.uint64) * np.uint64(2) + np.uint64(1)


class NearDuplicates:
    """The near-duplicates among documents that pass by.

    In memory stay the ids, and some numbers for each document.

    Args:
        signatures: an empty file for 512 bytes of each document.
    """

    def __init__(self, signatures: IO[bytes]) -> None:
        self._signatures = signatures
        self._ids: list[str] = []

    def watch(self, documents: Iterable[ScoredDocument]) -> Iterator[ScoredDocument]:
        """The documents as they come, each of them noted."""
        for document in documents:
            text = " ".join(sentence.text for sentence in document.sentences)
            if (signed := signature(text)) is not None:
                self._signatures.write(signed.tobytes())
                self._ids.append(document.id)
            yield document

    def groups(self, similarity: float) -> list[list[str]]:
        """The ids of documents that belong together, the largest group first.

        Args:
            similarity: share of the runs of words that two have in common, from 0 to 1, from
                which they belong together. What belongs to the same third is together as well.
        """
        if not self._ids:
            return []
        self._signatures.flush()
        shape = (len(self._ids), PLACES)
        signatures = np.memmap(self._signatures, np.uint32, "r", shape=shape)
        parents = np.arange(len(self._ids))
        for begin in range(0, PLACES, BAND):
            for first, second in _candidates(signatures[:, begin : begin + BAND]):
                alike = (signatures[first] == signatures[second]).mean(axis=1) >= similarity
                _unite(parents, first[alike], second[alike])
        return self._named(parents)

    def _named(self, parents: Places) -> list[list[str]]:
        members: defaultdict[int, list[str]] = defaultdict(list)
        for place, identity in enumerate(self._ids):
            members[_root(parents, place)].append(identity)
        groups = [ids for ids in members.values() if len(ids) > 1]
        return sorted(groups, key=len, reverse=True)


def signature(text: str) -> Signature | None:
    """The MinHash of a text's runs of words, whatever their case and what stands between them.

    A text without a word has none.
    """
    words = [zlib.crc32(word.encode(errors="replace")) for word in _WORD.findall(text.casefold())]
    runs = _runs(np.array(words, np.uint64))
    if not len(runs):
        return None
    least = np.full(PLACES, 2**32 - 1, np.uint32)
    for begin in range(0, len(runs), AT_ONCE):
        # Overflow is meant: the high half of factor x + term, mod 2**64, is a universal hash.
        hashed = (_FACTORS * runs[begin : begin + AT_ONCE] + _TERMS) >> np.uint64(32)
        least = np.minimum(least, hashed.min(axis=1).astype(np.uint32))
    return least


def _runs(words: Hashes) -> Hashes:
    """A hash of each run of words, or of all where they are fewer."""
    length = min(SHINGLE, len(words))
    count = len(words) - length + 1 if length else 0
    pieces = (words[at : at + count] * _POWERS[at] for at in range(length))
    hashed = sum(pieces, np.zeros(count, np.uint64))
    return np.unique((hashed ^ (hashed >> np.uint64(29))) * _POWERS[0])


def _candidates(band: Signature) -> Iterator[tuple[Places, Places]]:
    """Pairs of documents that agree in a band, some at once: each with the first and the last."""
    keys = np.ascontiguousarray(band).view(np.uint64) @ _POWERS[: BAND // 2]
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    agrees = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    begins = np.ones(len(order), np.bool_)
    begins[agrees] = False
    first = np.maximum.accumulate(np.where(begins, np.arange(len(order)), 0))
    for at in range(0, len(agrees), AT_ONCE):
        places = agrees[at : at + AT_ONCE]
        yield order[first[places]], order[places]
        yield order[places - 1], order[places]


def _unite(parents: Places, first: Places, second: Places) -> None:
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        roots = _root(parents, one), _root(parents, other)
        parents[max(roots)] = min(roots)


def _root(parents: Places, place: int) -> int:
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = int(parents[place])
    return place
