"""What several annotators say of a sentence, and the label that follows from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from framelens.data.documents import LabelledSentence
from framelens.model.scheme import SEPARATOR, Scheme

__all__ = ["label_shares", "settle"]


def label_shares(sentence: LabelledSentence, scheme: Scheme) -> npt.NDArray[np.float64]:
    """The share ``[leaves]`` of the votes that each leaf has, or the label where there are none.

    Raises:
        SchemeError: the scheme does not know a label.
    """
    marks = [scheme.indicators(vote) for vote in sentence.votes or (sentence.label,)]
    return np.asarray(np.mean(marks, axis=0))


def settle(votes: Sequence[str], scheme: Scheme) -> tuple[str, bool]:
    """The label that most votes are for, and whether as many are for another.

    The public label counts first, then the leaf inside it; of several, the first in the scheme.
    Where the scheme is multi-label, more than half of the votes must have a label.

    Args:
        votes: names of leaves, at least one.
        scheme: the scheme that knows them.
    """
    counts = np.sum([scheme.indicators(vote) for vote in votes], axis=0)
    if scheme.multi_label:
        chosen = np.flatnonzero(2 * counts > len(votes))
        is_tied = bool((2 * counts == len(votes)).any())
    else:
        labels = scheme.fold(counts)
        chosen = np.array([(counts * scheme.folding[:, labels.argmax()]).argmax()])
        is_tied = int((labels == labels.max()).sum()) > 1
    return SEPARATOR.join(scheme.leaf_names[leaf] for leaf in chosen), is_tied
