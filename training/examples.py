"""Labelled documents as windows of tokens, and windows as batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, Literal

import datasets
import numpy as np
import torch

from framelens.data import Corpus, LabelledDocument, LabelledSentence, Swap, sentences_in_context
from framelens.model import Scheme
from framelens.model.tokenization import SentenceTokenizer, SentenceTokens
from framelens.model.windows import Window
from framelens.training.padding import padded

__all__ = ["NO_LABEL", "collate", "make_examples"]

Example = dict[str, Any]

NO_LABEL = -100
"""What stands in place of a label that is not there; cross-entropy leaves it out."""


@dataclass(frozen=True)
class _Sentences:
    """The tokens of a document's sentences, also with sides swapped, and their annotations."""

    tokens: list[SentenceTokens]
    swapped: list[SentenceTokens]
    labelled: list[LabelledSentence | None]


def make_examples(
    corpus: Corpus,
    scheme: Scheme,
    tokenizer: SentenceTokenizer,
    window: int,
    overlap: int = 1,
    context: Literal["excerpt", "document"] = "document",
    swaps: Sequence[Swap | None] = (),
) -> datasets.Dataset:
    """The labelled sentences of a corpus in windows.

    Each example has ``input_ids`` and ``sentence_ids`` (``[tokens]``: which of the
    window's sentences a token belongs to, -1 for special tokens), ``labels``
    (``[sentences]``, leaf positions, :data:`NO_LABEL` for what is there as context only)
    and ``length``; ``twin_input_ids`` and ``twin_sentence_ids`` are those of its twin, the
    same sentences with two sides swapped, empty where there is none.

    Args:
        corpus: the labelled documents.
        scheme: the scheme of the labels.
        tokenizer: the encoder's.
        window: tokens that go through the encoder together, special tokens included.
        overlap: sentences that consecutive windows of a whole document share.
        context: what the windows hold: the labelled sentences alone, or the whole document
            around them as when the model scores.
        swaps: for every document the sides to swap in its twin, if any.
    """
    examples = []
    for document, swap in zip_longest(corpus, swaps):
        sentences = _sentences(document, context, swap, tokenizer)
        shared = 0 if context == "excerpt" else overlap
        for part in tokenizer.pack(sentences.tokens, window, shared):
            example = _example(part, sentences, scheme, tokenizer)
            if any(label != NO_LABEL for label in example["labels"]):
                examples.append(example | _twin(part, sentences, tokenizer))
    return datasets.Dataset.from_list(examples)


def collate(examples: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Pad windows to the longest of a batch.

    ``labels`` is ``[windows, sentences]``, -100 where a window has fewer sentences than
    another; ``twin_of`` is ``[twins]``, the positions of the windows whose twins are the last
    ones of the batch; the others are ``[windows, tokens]``.
    """
    twin_of = [row for row, example in enumerate(examples) if example["twin_input_ids"]]
    twins = [examples[row] for row in twin_of]
    ids, numbers = (
        [*(each[name] for each in examples), *(each[f"twin_{name}"] for each in twins)]
        for name in ("input_ids", "sentence_ids")
    )
    batch = {
        "input_ids": padded(ids, 0),
        "attention_mask": padded([[1] * len(row) for row in ids], 0),
        "sentence_ids": padded(numbers, -1),
        "labels": padded([each["labels"] for each in [*examples, *twins]], NO_LABEL),
        "twin_of": np.array(twin_of, dtype=np.int64),
    }
    return {name: torch.from_numpy(array) for name, array in batch.items()}


def _sentences(
    document: LabelledDocument, context: str, swap: Swap | None, tokenizer: SentenceTokenizer
) -> _Sentences:
    """The sentences that go into windows, but for those without a token."""
    chosen = [
        (span, labelled)
        for span, labelled in sentences_in_context(document)
        if labelled or context == "document"
    ]
    tokens = tokenizer([document.text[begin:end] for (begin, end), _ in chosen])
    read = [index for index, each in enumerate(tokens) if len(each)]
    tokens, chosen = [tokens[index] for index in read], [chosen[index] for index in read]
    swapped = tokens
    if swap:
        spans = [span for span, _ in chosen]
        result = swap.apply(document.text, [offset for span in spans for offset in span])
        swapped = tokenizer([result.text_of(*span) for span in spans])
    return _Sentences(tokens, swapped, [labelled for _, labelled in chosen])


def _example(
    window: Window, sentences: _Sentences, scheme: Scheme, tokenizer: SentenceTokenizer
) -> Example:
    ids, numbers = _inputs(window, sentences.tokens, tokenizer)
    labels = [
        scheme.leaf_index(labelled.label)
        if part.scored and (labelled := sentences.labelled[part.sentence])
        else NO_LABEL
        for part in window.parts
    ]
    return {"input_ids": ids, "sentence_ids": numbers, "labels": labels, "length": len(ids)}


def _twin(window: Window, sentences: _Sentences, tokenizer: SentenceTokenizer) -> Example:
    """The window with sides swapped; none where that changes nothing, or it holds a piece."""
    tokens, swapped = sentences.tokens, sentences.swapped
    whole = all(part.end - part.begin == len(tokens[part.sentence]) for part in window.parts)
    changed = any(
        not np.array_equal(tokens[part.sentence].ids, swapped[part.sentence].ids)
        for part in window.parts
    )
    ids: list[int] = []
    numbers: list[int] = []
    if whole and changed:
        parts = (replace(part, end=len(swapped[part.sentence])) for part in window.parts)
        ids, numbers = _inputs(Window(tuple(parts)), swapped, tokenizer)
    return {"twin_input_ids": ids, "twin_sentence_ids": numbers}


def _inputs(
    window: Window, sentences: Sequence[SentenceTokens], tokenizer: SentenceTokenizer
) -> tuple[list[int], list[int]]:
    """Ids ``[tokens]`` of a window, and which of its sentences each belongs to."""
    ids = tokenizer.window(sentences, window)
    numbers = np.full(len(ids), -1)
    for number, place in enumerate(tokenizer.places(window)):
        numbers[place] = number
    return ids.tolist(), numbers.tolist()
