"""Adaptation: masked-language-model training on unlabelled text, before any other task."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, cast

import datasets
import torch
from transformers import DataCollatorForLanguageModeling, PreTrainedModel
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

from framelens.data import DataError, Problem
from framelens.data.leaks import leak_key
from framelens.data.parquet import read_columns
from framelens.model import split_sentences
from framelens.model.tokenization import SentenceTokenizer

__all__ = [
    "FEWEST_TOKENS",
    "AdaptationModel",
    "MaskingCollator",
    "read_unlabelled",
    "windows_of_texts",
]

FEWEST_TOKENS = 8
"""Tokens, special ones included, that a window must have to be worth learning from."""
_UNMASKED = -100
# Logits over the vocabulary of 256 positions fit a block that the allocator keeps; those of a
# whole batch do not, and cost a third more time.
_TOGETHER = 256


class AdaptationModel(torch.nn.Module):
    """An encoder with a new masked-language-model head over its own word embeddings.

    Only masked positions are projected on the vocabulary, which otherwise costs more than the
    encoder. The encoder is the classifier's own, so what is learnt here stays in it. Don't
    Stop Pretraining (Gururangan et al. 2020, arXiv 2004.10964) has the idea and its gains.
    """

    def __init__(self, classifier: PreTrainedModel) -> None:
        super().__init__()
        self.encoder: torch.nn.Module = classifier.base_model
        self.embeddings = classifier.get_input_embeddings()
        size = classifier.config.hidden_size
        self.transform = torch.nn.Sequential(
            torch.nn.Linear(size, size), torch.nn.GELU(), torch.nn.LayerNorm(size)
        )
        self.bias = torch.nn.Parameter(torch.zeros(classifier.config.vocab_size))

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, labels: torch.Tensor
    ) -> dict[str, torch.Tensor]:
        """Cross-entropy of the masked tokens; arguments are ``[windows, tokens]``."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
        masked = labels != _UNMASKED
        chunks = zip(
            torch.split(self.transform(states[masked]), _TOGETHER),
            torch.split(labels[masked], _TOGETHER),
            strict=True,
        )
        losses = [self._loss(features, targets) for features, targets in chunks]
        return {"loss": torch.stack(losses).sum() / masked.sum()}

    def _loss(self, features: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        words = cast(torch.Tensor, self.embeddings.weight)
        logits = torch.nn.functional.linear(features, words, self.bias)
        return torch.nn.functional.cross_entropy(logits.float(), targets, reduction="sum")


class MaskingCollator:
    """Pads windows and masks 15% of their tokens anew each time they are read.

    The random numbers are its own: several processes that train together draw unequally many, and
    must still draw the same order of the windows.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, seed: int) -> None:
        self._mask = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15, seed=seed)

    def __call__(self, examples: Sequence[dict[str, Any]]) -> dict[str, torch.Tensor]:
        """``input_ids``, ``attention_mask`` and ``labels``, each ``[windows, tokens]``."""
        return dict(self._mask([{"input_ids": example["input_ids"]} for example in examples]))


def read_unlabelled(path: Path) -> list[str]:
    """The texts of a Parquet file's column ``text``, without its empty ones.

    Raises:
        DataError: the file is no Parquet file, or has no such column of texts.
    """
    texts = [row["text"] for row in read_columns(path, "text")]
    for row, text in enumerate(texts, 1):
        if not isinstance(text, str | None):
            raise DataError([Problem(str(path), row, None, "text: expected a string")])
    return [text for text in texts if text]


def windows_of_texts(
    texts: Iterable[str],
    tokenizer: SentenceTokenizer,
    window: int,
    kept_out: Collection[str] = (),
) -> datasets.Dataset:
    """Texts packed into windows of consecutive sentences, but for the shortest windows.

    Args:
        texts: the documents.
        tokenizer: the encoder's.
        window: tokens that go through the encoder together, special tokens included.
        kept_out: :func:`leak_keys` of sentences; those are left out.
    """
    examples = []
    for text in texts:
        sentences = [text[begin:end] for begin, end in split_sentences(text)]
        tokens = tokenizer([each for each in sentences if leak_key(each) not in kept_out])
        for part in tokenizer.pack(tokens, window):
            ids = tokenizer.window(tokens, part)
            if len(ids) >= FEWEST_TOKENS:
                examples.append({"input_ids": ids.tolist(), "length": len(ids)})
    return datasets.Dataset.from_list(examples)
