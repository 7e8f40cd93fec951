"""The text that a model is made from, measured for later comparison."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from framelens.data import Corpus, summarise
from framelens.model import TextProfile
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.evaluation import Predictions

__all__ = ["profile_text"]

DECILES = np.linspace(0.1, 0.9, 9)


def profile_text(
    fitting: Corpus, held_out: Predictions, tokenizer: SentenceTokenizer
) -> TextProfile:
    """Profile the annotation of the fitting part, and what a model says of the held-out part.

    Args:
        fitting: the documents that the model was fitted to, with at least one sentence.
        held_out: the calibrated model's predictions.
        tokenizer: the model's own.
    """
    scheme = held_out.scheme
    annotated = summarise(fitting, scheme)
    leaves = np.array(list(annotated.leaves.values()))
    answers = held_out.predicted_labels
    if scheme.multi_label:
        predicted = answers.sum(axis=0)
    else:
        predicted = np.bincount(answers, minlength=len(scheme.labels))
    return TextProfile(
        sentences=annotated.sentences,
        annotated=_shares(scheme.label_names, leaves @ scheme.folding, annotated.sentences),
        held_out_sentences=len(answers),
        predicted=_shares(scheme.label_names, predicted, len(answers)),
        confidence=_deciles(held_out.confidences),
        tokens=_deciles(np.array([len(tokens) for tokens in tokenizer(held_out.texts)])),
    )


def _shares(names: tuple[str, ...], counts: npt.NDArray[Any], sentences: int) -> dict[str, float]:
    return dict(zip(names, (counts / sentences).tolist(), strict=True))


def _deciles(values: npt.NDArray[Any]) -> tuple[float, ...]:
    return tuple(np.quantile(values, DECILES).tolist())
