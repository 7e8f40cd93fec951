"""Labelled documents as windows of tokens, and windows as batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
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

Target = Callable[[LabelledDocument, LabelledSentence], npt.NDArray[np.float32]]

NO_LABEL = -100
"""What stands in place of a label that is not there; cross-entropy leaves it out."""


def make_examples(
    corpus: Corpus,
    scheme: Scheme,
    tokenizer: SentenceTokenizer,
    window: int,
    overlap: int = 2,
    context: Literal["sentence", "excerpt", "document"] = "document",
    target: Target | None = None,
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
        target: what a sentence is to be answered, ``[leaves]``; its label where none is given.
    """
    capacity = window - sum(tokenizer.special_tokens)
    examples = [
        example
        for document in corpus
        for example in _document_examples(
            document, scheme, tokenizer, capacity, overlap, context, target
        )
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
    leaves = len(examples[0]["targets"][0])
    targets = np.zeros((*batch["labels"].shape, leaves), dtype=np.float32)
    for number, example in enumerate(examples):
        targets[number, : len(example["targets"])] = example["targets"]
    return {name: torch.from_numpy(array) for name, array in batch.items()} | {
        "targets": torch.from_numpy(targets)
    }


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
    target: Target | None,
) -> Iterator[Example]:
    sentences = sentences_in_context(document)
    if context != "document":
        sentences, overlap = [each for each in sentences if each[1]], 0
    tokens = tokenizer([document.text[begin:end] for (begin, end), _ in sentences])
    read = [index for index, sentence in enumerate(tokens) if len(sentence)]
    labels = [_label(sentences[index][1], scheme) for index in read]
    targets = [_target(document, sentences[index][1], scheme, target).tolist() for index in read]
    tokens = [tokens[index] for index in read]
    lengths = [len(sentence) for sentence in tokens]
    windows = pack_windows(lengths, capacity, overlap)
    if context == "sentence":
        windows = [
            Window(tuple(replace(part, sentence=number) for part in each.parts))
            for number, length in enumerate(lengths)
            for each in pack_windows([length], capacity, 0)
        ]
    for window in windows:
        if any(part.scored and labels[part.sentence] != NO_LABEL for part in window.parts):
            example = _example(window, tokens, labels, tokenizer)
            example["targets"] = [
                targets[part.sentence] if part.scored else [0.0] * len(scheme.leaves)
                for part in window.parts
            ]
            yield example


def _target(
    document: LabelledDocument,
    sentence: LabelledSentence | None,
    scheme: Scheme,
    target: Target | None,
) -> npt.NDArray[np.float32]:
    if sentence is None:
        return np.zeros(len(scheme.leaves), dtype=np.float32)
    if target:
        return target(document, sentence)
    answer = np.zeros(len(scheme.leaves), dtype=np.float32)
    answer[scheme.leaf_index(sentence.label)] = 1.0
    return answer


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
