"""Labelled documents as windows of tokens, and windows as batches."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice, zip_longest
from typing import Any, cast

import datasets
import numpy as np
import numpy.typing as npt
import torch

from framelens.data import (
    Corpus,
    LabelledDocument,
    LabelledSentence,
    Swap,
    label_shares,
    sentences_in_context,
)
from framelens.model import FramingClassifier, Scheme
from framelens.model.engines.base import Ids
from framelens.model.preparation import readable
from framelens.model.tokenization import SentenceTokenizer
from framelens.model.windows import Window
from framelens.training.evaluation.scoring import readable_logits
from framelens.training.padding import padded
from framelens.training.settings import Context

__all__ = ["NO_LABEL", "collate", "make_examples"]

Example = dict[str, Any]

NO_LABEL = -100
"""What stands in place of a label that is not there; cross-entropy leaves it out."""

TOGETHER = 256
"""Documents that a teacher answers at once."""


@dataclass(frozen=True)
class _Sentences:
    """A document's sentences and their tokens, also with sides swapped, and their annotations."""

    texts: list[str]
    tokens: list[Ids]
    swapped: list[Ids]
    labelled: list[LabelledSentence | None]


@dataclass(frozen=True)
class _Labelling:
    """What stands for a sentence's annotation: its leaf, or how much each leaf is its label."""

    scheme: Scheme
    soft: bool

    def of(self, labelled: LabelledSentence | None) -> int | list[float]:
        if not (self.soft or self.scheme.multi_label):
            return self.scheme.leaf_index(labelled.label) if labelled else NO_LABEL
        if labelled is None:
            return [float(NO_LABEL)] * len(self.scheme.leaves)
        if self.soft:
            return cast(list[float], label_shares(labelled, self.scheme).tolist())
        return cast(list[float], self.scheme.indicators(labelled.label).tolist())


def make_examples(
    corpus: Corpus,
    scheme: Scheme,
    tokenizer: SentenceTokenizer,
    window: int,
    overlap: int = 1,
    context: Context = "document",
    swaps: Sequence[Swap | None] = (),
    teacher: FramingClassifier | None = None,
    soft: bool = False,
) -> datasets.Dataset:
    """The sentences of a corpus in windows.

    Of a document with labels, the windows with one of them; of another one, all.

    Each example has ``input_ids`` and ``sentence_ids`` (``[tokens]``: which of the
    window's sentences a token belongs to, -1 for special tokens), ``labels``
    (``[sentences]``, leaf positions, or, where labels are soft or the scheme is multi-label,
    ``[sentences, leaves]``, how much each leaf is the label, :data:`NO_LABEL` for what is there
    as context only) and ``length``; ``twin_input_ids`` and ``twin_sentence_ids`` are those of its
    twin, the same sentences with two sides swapped, empty where there is none; ``answers``
    (``[sentences, leaves]``) are a teacher's logits, NaN for what is there as context only.

    Args:
        corpus: the labelled documents.
        scheme: the scheme of the labels.
        tokenizer: the encoder's.
        window: tokens that go through the encoder together, special tokens included.
        overlap: sentences that consecutive windows of a whole document share.
        context: what the windows hold: the labelled sentences alone, or the whole document
            around them as when the model scores. That a window holds one sentence only is
            the tokenizer's part.
        swaps: for every document the sides to swap in its twin, if any.
        teacher: the model whose answers to the sentences, as it reads them, are learnt too.
        soft: whether the votes' shares are the labels, where there are votes.

    Raises:
        EngineError: the teacher's engine failed.
    """
    examples = []
    labelling = _Labelling(scheme, soft)
    shared = 0 if context == "excerpt" else overlap
    pairs = zip_longest(corpus, swaps)
    while group := list(islice(pairs, TOGETHER)):
        documents = [_sentences(document, context, swap, tokenizer) for document, swap in group]
        answers = _answers(teacher, documents) if teacher else [None] * len(documents)
        for sentences, known in zip(documents, answers, strict=True):
            for part in tokenizer.pack(sentences.tokens, window, shared):
                example = _example(part, sentences, labelling, tokenizer)
                if known is not None:
                    example["answers"] = _answers_of(part, known)
                if not any(sentences.labelled) or _has_label(part, sentences):
                    examples.append(example | _twin(part, sentences, tokenizer, window))
    return datasets.Dataset.from_list(examples)


def collate(examples: Sequence[Mapping[str, Any]]) -> dict[str, torch.Tensor]:
    """Pad windows to the longest of a batch.

    ``labels`` is ``[windows, sentences]`` or ``[windows, sentences, leaves]``, -100 where a window
    has fewer sentences than another; ``twin_of`` is ``[twins]``, the positions of the windows
    whose twins are the last ones of the batch; ``answers`` are ``[windows, sentences, leaves]``,
    NaN likewise, of windows that are no twins; the others are ``[windows, tokens]``.
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
        "labels": _padded_labels([each["labels"] for each in [*examples, *twins]]),
        "twin_of": np.array(twin_of, dtype=np.int64),
    }
    if "answers" in examples[0]:
        answers = [each["answers"] for each in examples]
        batch["answers"] = padded(answers, math.nan, np.float32)
    return {name: torch.from_numpy(array) for name, array in batch.items()}


def _padded_labels(labels: Sequence[Sequence[Any]]) -> npt.NDArray[Any]:
    is_hard = isinstance(labels[0][0], int)
    return padded(labels, NO_LABEL, np.int64 if is_hard else np.float32)


def _sentences(
    document: LabelledDocument, context: Context, swap: Swap | None, tokenizer: SentenceTokenizer
) -> _Sentences:
    """The sentences that go into windows, but for those without a token."""
    chosen = [
        (span, labelled)
        for span, labelled in sentences_in_context(document)
        if labelled or context in ("auto", "document")
    ]
    texts = [document.text[begin:end] for (begin, end), _ in chosen]
    tokens = tokenizer(texts)
    read = [index for index, each in enumerate(readable(texts, tokens)) if each]
    texts, tokens = [texts[index] for index in read], [tokens[index] for index in read]
    chosen = [chosen[index] for index in read]
    swapped = tokens
    if swap:
        spans = [span for span, _ in chosen]
        result = swap.apply(document.text, [offset for span in spans for offset in span])
        swapped = tokenizer([result.text_of(*span) for span in spans])
    return _Sentences(texts, tokens, swapped, [labelled for _, labelled in chosen])


def _answers(teacher: FramingClassifier, documents: Sequence[_Sentences]) -> list[npt.NDArray[Any]]:
    """The teacher's logits ``[sentences, leaves]``, NaN for what it cannot read."""
    leaves = len(teacher.artefact.scheme.leaves)
    texts = [each.texts for each in documents]
    return list(readable_logits(teacher, texts, leaves, filling=math.nan))


def _answers_of(window: Window, answers: npt.NDArray[Any]) -> list[list[float]]:
    """The rows of a window's sentences; those that count elsewhere are NaN."""
    rows = answers[[part.sentence for part in window.parts]]
    rows[[not part.scored for part in window.parts]] = math.nan
    return cast(list[list[float]], rows.tolist())


def _has_label(window: Window, sentences: _Sentences) -> bool:
    return any(part.scored and sentences.labelled[part.sentence] for part in window.parts)


def _example(
    window: Window, sentences: _Sentences, labelling: _Labelling, tokenizer: SentenceTokenizer
) -> Example:
    ids, numbers = _inputs(window, sentences.tokens, tokenizer)
    labels = [
        labelling.of(sentences.labelled[part.sentence] if part.scored else None)
        for part in window.parts
    ]
    return {"input_ids": ids, "sentence_ids": numbers, "labels": labels, "length": len(ids)}


def _twin(
    window: Window, sentences: _Sentences, tokenizer: SentenceTokenizer, most: int
) -> Example:
    """The window with sides swapped; none where that changes nothing, or it holds a piece.

    Nor where the other sides' names are so long that it has more than the ``most`` tokens.
    """
    tokens, swapped = sentences.tokens, sentences.swapped
    whole = all(part.end - part.begin == len(tokens[part.sentence]) for part in window.parts)
    changed = any(
        not np.array_equal(tokens[part.sentence], swapped[part.sentence]) for part in window.parts
    )
    if whole and changed:
        parts = (replace(part, end=len(swapped[part.sentence])) for part in window.parts)
        ids, numbers = _inputs(Window(tuple(parts)), swapped, tokenizer)
        if len(ids) <= most:
            return {"twin_input_ids": ids, "twin_sentence_ids": numbers}
    return {"twin_input_ids": [], "twin_sentence_ids": []}


def _inputs(
    window: Window, sentences: Sequence[Ids], tokenizer: SentenceTokenizer
) -> tuple[list[int], list[int]]:
    """Ids ``[tokens]`` of a window, and which of its sentences each belongs to."""
    ids = tokenizer.window(sentences, window)
    numbers = np.full(len(ids), -1)
    for number, place in enumerate(tokenizer.places(window)):
        numbers[place] = number
    return ids.tolist(), numbers.tolist()
