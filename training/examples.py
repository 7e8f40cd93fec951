"""Labelled documents as windows of tokens, and windows as batches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

import datasets
import numpy as np
import numpy.typing as npt
import torch

from framelens.data import Corpus, LabelledDocument, LabelledSentence, sentences_in_context
from framelens.model import Scheme
from framelens.model.tokenization import SentenceTokenizer, SentenceTokens
from framelens.model.windows import Window, pack_windows

__all__ = ["NO_LABEL", "collate", "make_examples"]

Example = dict[str, Any]

NO_LABEL = -100
"""What stands in place of a label that is not there; cross-entropy leaves it out."""


def make_examples(
    corpus: Corpus,
    scheme: Scheme,
    tokenizer: SentenceTokenizer,
    window: int,
    overlap: int = 2,
    context: Literal["excerpt", "document"] = "document",
) -> datasets.Dataset:
    """The labelled sentences of a corpus in windows.

    Each example has ``input_ids`` and ``sentence_ids`` (``[tokens]``: which of the
    window's sentences a token belongs to, -1 for special tokens), ``labels``
    (``[sentences]``, leaf positions, :data:`NO_LABEL` for what is there as context only)
    and ``length``.

    Args:
        corpus: the labelled documents.
        scheme: the scheme of the labels.
        tokenizer: the encoder's.
        window: tokens that go through the encoder together, special tokens included.
        overlap: sentences that consecutive windows of a whole document share.
        context: what the windows hold: the labelled sentences alone, or the whole document
            around them as when the model scores.
    """
    capacity = window - sum(tokenizer.special_tokens)
    examples = [
        example
        for document in corpus
        for example in _document_examples(document, scheme, tokenizer, capacity, overlap, context)
    ]
    return datasets.Dataset.from_list(examples)


def collate(examples: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Pad windows to the longest of a batch.

    ``labels`` is ``[windows, sentences]``, -100 where a window has fewer sentences than
    another; the others are ``[windows, tokens]``.
    """
    batch = {
        "input_ids": _padded([example["input_ids"] for example in examples], 0),
        "attention_mask": _padded([[1] * example["length"] for example in examples], 0),
        "sentence_ids": _padded([example["sentence_ids"] for example in examples], -1),
        "labels": _padded([example["labels"] for example in examples], NO_LABEL),
    }
    return {name: torch.from_numpy(array) for name, array in batch.items()}


def _padded(rows: Sequence[Sequence[int]], filling: int) -> npt.NDArray[np.int64]:
    array = np.full((len(rows), max(map(len, rows))), filling, dtype=np.int64)
    for number, row in enumerate(rows):
        array[number, : len(row)] = row
    return array


def _document_examples(
    document: LabelledDocument,
    scheme: Scheme,
    tokenizer: SentenceTokenizer,
    capacity: int,
    overlap: int,
    context: str,
) -> Iterator[Example]:
    sentences = sentences_in_context(document)
    if context == "excerpt":
        sentences, overlap = [each for each in sentences if each[1]], 0
    tokens = tokenizer([document.text[begin:end] for (begin, end), _ in sentences])
    read = [index for index, sentence in enumerate(tokens) if len(sentence)]
    labels = [_label(sentences[index][1], scheme) for index in read]
    tokens = [tokens[index] for index in read]
    for window in pack_windows([len(sentence) for sentence in tokens], capacity, overlap):
        if any(part.scored and labels[part.sentence] != NO_LABEL for part in window.parts):
            yield _example(window, tokens, labels, tokenizer)


def _label(labelled: LabelledSentence | None, scheme: Scheme) -> int:
    return scheme.leaf_index(labelled.label) if labelled else NO_LABEL


def _example(
    window: Window,
    tokens: Sequence[SentenceTokens],
    labels: Sequence[int],
    tokenizer: SentenceTokenizer,
) -> Example:
    before, after = tokenizer.special_tokens
    inputs = tokenizer.window(tokens, window)
    numbers = [
        number for number, part in enumerate(window.parts) for _ in range(part.end - part.begin)
    ]
    return {
        "input_ids": inputs.tolist(),
        "sentence_ids": [-1] * before + numbers + [-1] * after,
        "labels": [labels[part.sentence] if part.scored else NO_LABEL for part in window.parts],
        "length": len(inputs),
    }
