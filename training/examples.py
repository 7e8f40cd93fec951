"""Labelled documents as windows of tokens, and windows as batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any, Literal

import datasets
import numpy as np
import torch

from framelens.data import Corpus, LabelledDocument, LabelledSentence, sentences_in_context
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
    """The tokens of a document's sentences, and their annotations where they have one."""

    tokens: list[SentenceTokens]
    labelled: list[LabelledSentence | None]


def make_examples(
    corpus: Corpus,
    scheme: Scheme,
    tokenizer: SentenceTokenizer,
    window: int,
    overlap: int = 2,
    context: Literal["excerpt", "document"] = "document",
    twins: Sequence[LabelledDocument | None] = (),
) -> datasets.Dataset:
    """The labelled sentences of a corpus in windows.

    Each example has ``input_ids`` and ``sentence_ids`` (``[tokens]``: which of the
    window's sentences a token belongs to, -1 for special tokens), ``labels``
    (``[sentences]``, leaf positions, :data:`NO_LABEL` for what is there as context only)
    and ``length``; ``twin_input_ids`` and ``twin_sentence_ids`` are those of the same
    sentences in the document's twin, empty where these are no other.

    Args:
        corpus: the labelled documents.
        scheme: the scheme of the labels.
        tokenizer: the encoder's.
        window: tokens that go through the encoder together, special tokens included.
        overlap: sentences that consecutive windows of a whole document share.
        context: what the windows hold: the labelled sentences alone, or the whole document
            around them as when the model scores.
        twins: for every document the same one with some other words, if there is one.
    """
    examples = []
    for document, twin in zip_longest(corpus, twins):
        sentences = _sentences(document, context, tokenizer)
        swapped = _sentences(twin, context, tokenizer) if twin else _Sentences([], [])
        shared = 0 if context == "excerpt" else overlap
        for part in tokenizer.pack(sentences.tokens, window, shared):
            example = _example(part, sentences, scheme, tokenizer)
            if any(label != NO_LABEL for label in example["labels"]):
                examples.append(example | _twin(part, sentences, swapped, tokenizer))
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
    document: LabelledDocument, context: str, tokenizer: SentenceTokenizer
) -> _Sentences:
    """The sentences that go into windows, but for those without a token."""
    chosen = [
        (document.text[begin:end], labelled)
        for (begin, end), labelled in sentences_in_context(document)
        if labelled or context == "document"
    ]
    tokens = tokenizer([text for text, _ in chosen])
    read = [index for index, each in enumerate(tokens) if len(each)]
    return _Sentences([tokens[index] for index in read], [chosen[index][1] for index in read])


def _example(
    window: Window, sentences: _Sentences, scheme: Scheme, tokenizer: SentenceTokenizer
) -> Example:
    ids, numbers = _inputs(window, sentences, tokenizer)
    labels = [
        scheme.leaf_index(labelled.label)
        if part.scored and (labelled := sentences.labelled[part.sentence])
        else NO_LABEL
        for part in window.parts
    ]
    return {"input_ids": ids, "sentence_ids": numbers, "labels": labels, "length": len(ids)}


def _twin(
    window: Window, sentences: _Sentences, swapped: _Sentences, tokenizer: SentenceTokenizer
) -> Example:
    """The same sentences in the twin; none where they are the same words, or cut in pieces."""
    ids: list[int] = []
    numbers: list[int] = []
    whole = all(
        part.end - part.begin == len(sentences.tokens[part.sentence]) for part in window.parts
    )
    # Words swapped in unlabelled text can change where its sentences end.
    if whole and len(swapped.tokens) == len(sentences.tokens):
        parts = (replace(part, end=len(swapped.tokens[part.sentence])) for part in window.parts)
        ids, numbers = _inputs(Window(tuple(parts)), swapped, tokenizer)
        if ids == _inputs(window, sentences, tokenizer)[0]:
            ids, numbers = [], []
    return {"twin_input_ids": ids, "twin_sentence_ids": numbers}


def _inputs(
    window: Window, sentences: _Sentences, tokenizer: SentenceTokenizer
) -> tuple[list[int], list[int]]:
    """Ids ``[tokens]`` of a window, and which of its sentences each belongs to."""
    before, after = tokenizer.special_tokens
    numbers = [
        number for number, part in enumerate(window.parts) for _ in range(part.end - part.begin)
    ]
    ids = tokenizer.window(sentences.tokens, window)
    return ids.tolist(), [-1] * before + numbers + [-1] * after
