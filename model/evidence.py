"""Evidence: which words carry a sentence's label."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from framelens.model.calibration import softmax
from framelens.model.results import Evidence, Word
from framelens.model.tokenization import Spans

__all__ = ["explain", "explain_alone"]

Array = npt.NDArray[np.floating[Any]]


def explain(
    text: str,
    begin: int,
    spans: Spans,
    token_logits: Array,
    in_label: npt.NDArray[np.bool_],
) -> Evidence:
    """Divide a label's log-odds among the words of a sentence.

    With the sentence's logits ``z`` (the mean of its tokens' logits) and ``p`` the leaf
    probabilities, ``logsumexp`` over a set of leaves equals the mean of ``z`` under ``p``
    renormalised in that set plus the entropy there. So the label's log-odds are linear in
    ``z``, hence in the tokens, up to a difference of two entropies: the bias.

    Args:
        text: the sentence.
        begin: where the sentence begins in the document.
        spans: ``[tokens, 2]``, the tokens' characters inside the sentence.
        token_logits: ``[tokens, leaves]``, already divided by the temperature.
        in_label: ``[leaves]``, the leaves that fold into the label.
    """
    logits = token_logits.mean(axis=0)
    weights = np.zeros(len(logits))
    if in_label.all():
        bias = 0.0
    else:
        inside, outside = softmax(logits[in_label]), softmax(logits[~in_label])
        weights[in_label], weights[~in_label] = inside, -outside
        bias = _entropy(inside) - _entropy(outside)
    contributions = token_logits @ weights / len(token_logits)
    return Evidence(_words(text, begin, spans, contributions), bias)


def explain_alone(text: str, begin: int, spans: Spans, token_logits: Array) -> Evidence:
    """Divide the log-odds of a label that is a yes or no of its own.

    These are the label's logit, the mean of its tokens' logits: no bias is left.

    Args:
        text: the sentence.
        begin: where the sentence begins in the document.
        spans: ``[tokens, 2]``, the tokens' characters inside the sentence.
        token_logits: ``[tokens]`` of the label, already divided by the temperature.
    """
    return Evidence(_words(text, begin, spans, token_logits / len(token_logits)), 0.0)


def _entropy(probabilities: Array) -> float:
    return float(-(probabilities * np.log(np.maximum(probabilities, 1e-300))).sum())


def _words(text: str, begin: int, spans: Spans, contributions: Array) -> tuple[Word, ...]:
    """Add up the contributions of each run of characters without white space."""
    runs = list(re.finditer(r"\S+", text))
    totals = [0.0] * len(runs)
    current = 0
    for start, contribution in zip(spans[:, 0], contributions, strict=True):
        while current + 1 < len(runs) and start >= runs[current].end():
            current += 1
        totals[current] += float(contribution)
    return tuple(
        Word(begin + run.start(), begin + run.end(), run[0], total)
        for run, total in zip(runs, totals, strict=True)
    )
