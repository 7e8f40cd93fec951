"""Attribution as a first task: who says what, learnt token by token before any framing."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import numpy.typing as npt
import torch
from transformers import PreTrainedModel

from framelens.data import DataError, Problem
from framelens.data.leaks import has_any
from framelens.data.parquet import read_columns
from framelens.model import split_sentences
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.padding import padded

__all__ = ["ROLES", "AttributionModel", "collate_attributions", "read_attributions"]

ROLES = ("source", "cue", "content")
"""Who speaks, the words that say so, and what is said (Newell et al. 2018, PolNeAR)."""

UNREAD = -1.0
"""Target of tokens without one: special tokens and padding."""


class AttributionModel(torch.nn.Module):
    """An encoder with one yes or no a token for each role, since attributions nest.

    The encoder is the classifier's own, so what is learnt here stays in it.
    """

    def __init__(self, classifier: PreTrainedModel) -> None:
        super().__init__()
        self.encoder: torch.nn.Module = classifier.base_model
        self.head = torch.nn.Linear(classifier.config.hidden_size, len(ROLES))

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Binary cross-entropy of the tokens ``[windows, tokens, roles]``."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
        logits = self.head(states).float()
        read = labels != UNREAD
        loss = torch.nn.functional.binary_cross_entropy_with_logits(logits[read], labels[read])
        return {"loss": loss}


def read_attributions(
    path: Path, tokenizer: SentenceTokenizer, window: int, kept_out: Collection[str] = ()
) -> datasets.Dataset:
    """Articles packed into windows, each token with the roles it has in any attribution.

    Args:
        path: Parquet with the columns ``text`` and ``attributions``, a list of structs of
            :data:`ROLES`, each a list of ``[begin, end]`` in code points.
        tokenizer: the encoder's.
        window: tokens that go through the encoder together, special tokens included.
        kept_out: :func:`leak_keys` of sentences; an article with one of them is left out.

    Raises:
        DataError: the file is not such a Parquet file.
    """
    articles = read_columns(path, "attributions", "text")
    examples: list[dict[str, Any]] = []
    for row, article in enumerate(articles, 1):
        try:
            if not has_any(article["text"], kept_out):
                examples += _examples(article["text"], article["attributions"], tokenizer, window)
        except (KeyError, TypeError, ValueError) as error:
            advice = f"attributions: expected lists of {', '.join(ROLES)}, each of [begin, end]"
            raise DataError([Problem(str(path), row, None, advice)]) from error
    return datasets.Dataset.from_list(examples)


def collate_attributions(examples: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Pad windows to the longest of a batch."""
    ids = [example["input_ids"] for example in examples]
    batch = {
        "input_ids": padded(ids, 0),
        "attention_mask": padded([[1] * len(row) for row in ids], 0),
        "labels": padded([example["labels"] for example in examples], UNREAD, np.float32),
    }
    return {name: torch.from_numpy(array) for name, array in batch.items()}


def _examples(
    text: str,
    attributions: Sequence[Mapping[str, Sequence[Sequence[int]]]],
    tokenizer: SentenceTokenizer,
    window: int,
) -> Iterator[dict[str, Any]]:
    roles = _roles_of_characters(text, attributions)
    spans = split_sentences(text)
    sentences = [text[begin:end] for begin, end in spans]
    tokens = tokenizer(sentences)
    targets = [
        roles[begin + places[:, 0]]
        for (begin, _), places in zip(spans, tokenizer.spans(sentences), strict=True)
    ]
    for packed in tokenizer.pack(tokens, window):
        ids = tokenizer.window(tokens, packed)
        labels = np.full((len(ids), len(ROLES)), UNREAD, dtype=np.float32)
        for part, place in zip(packed.parts, tokenizer.places(packed), strict=True):
            labels[place] = targets[part.sentence][part.begin : part.end]
        yield {"input_ids": ids.tolist(), "labels": labels.tolist(), "length": len(ids)}


def _roles_of_characters(
    text: str, attributions: Sequence[Mapping[str, Sequence[Sequence[int]]]]
) -> npt.NDArray[np.float32]:
    """Zeros and ones ``[characters, roles]``."""
    roles = np.zeros((len(text), len(ROLES)), dtype=np.float32)
    for attribution in attributions:
        for column, role in enumerate(ROLES):
            for begin, end in attribution[role] or ():
                roles[begin:end, column] = 1.0
    return roles
