"""Sentences as vectors: the states of a frozen encoder, read in their documents."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from framelens.data import Corpus, sentences_in_context
from framelens.model import Scheme
from framelens.model.engines.base import Ids
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.base import PACKAGED, base_artefact, load_base
from framelens.training.padding import padded
from framelens.training.precision import has_bf16

__all__ = ["Encode", "SentenceEncoder", "centre_and_length", "labelled_vectors", "scaled"]

Floats = npt.NDArray[np.floating[Any]]

Encode: TypeAlias = Callable[[Iterable[Sequence[str]]], Iterator[Floats]]
"""Makes vectors ``[sentences, size]`` of documents, given as their sentences."""

AROUND = 5
"""Sentences around the labelled ones that are read as context."""
DOCUMENTS_AT_ONCE = 256
WINDOWS_AT_ONCE = 32


class SentenceEncoder:
    """A frozen encoder that makes a vector of each sentence: the mean of its tokens' states.

    Windows are those in which a model over this encoder reads the sentences.

    Args:
        encoder: gives the states of tokens ``[windows, tokens, size]``.
        size: of a state.
        tokenizer: the encoder's.
        window: tokens that go through the encoder together, special tokens included.
        overlap: sentences that consecutive windows share.
    """

    def __init__(
        self,
        encoder: torch.nn.Module,
        size: int,
        tokenizer: SentenceTokenizer,
        window: int = 128,
        overlap: int = 1,
    ) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._encoder: torch.nn.Module = encoder
        self._encoder.to(self._device)
        self._encoder.train(False)
        self._size = size
        self._tokenizer = tokenizer
        self._window = window
        self._overlap = overlap

    @classmethod
    def load(cls, scheme: Scheme, base: str = PACKAGED) -> SentenceEncoder:
        """The encoder of a base; of an artefact, with windows as the artefact's.

        Args:
            scheme: any; models are loaded for one.
            base: what training may start from.

        Raises:
            BaseError: it cannot be found or loaded.
            ArtefactError: it is an artefact that was changed.
        """
        artefact = base_artefact(base)
        window, overlap, separators = 128, 1, True
        if artefact:
            manifest = artefact.manifest
            window, overlap = manifest.window, manifest.overlap
            separators = bool(manifest.separators)
        model, tokenizer = load_base(base, scheme, window)
        with tempfile.TemporaryDirectory() as folder:
            tokenizer.save_pretrained(folder)
            sentences = SentenceTokenizer(Path(folder) / "tokenizer.json", separators)
        return cls(model.base_model, model.config.hidden_size, sentences, window, overlap)

    def __call__(self, documents: Iterable[Sequence[str]]) -> Iterator[Floats]:
        """The vectors ``[sentences, size]`` of each document, given as its sentences.

        A sentence that the encoder reads nothing of has a vector of zeros.
        """
        remaining = iter(documents)
        while group := list(islice(remaining, DOCUMENTS_AT_ONCE)):
            yield from self._vectors(group)

    def _vectors(self, documents: Sequence[Sequence[str]]) -> list[Floats]:
        tokens = [self._tokenizer(sentences) for sentences in documents]
        windows = [
            (document, window)
            for document, sentences in enumerate(tokens)
            for window in self._tokenizer.pack(sentences, self._window, self._overlap)
        ]
        windows.sort(key=lambda each: each[1].length)
        vectors = [np.zeros((len(sentences), self._size), np.float32) for sentences in documents]
        for first in range(0, len(windows), WINDOWS_AT_ONCE):
            batch = windows[first : first + WINDOWS_AT_ONCE]
            ids = [self._tokenizer.window(tokens[document], window) for document, window in batch]
            for (document, window), states in zip(batch, self._states(ids), strict=True):
                places = self._tokenizer.places(window)
                for part, place in zip(window.parts, places, strict=True):
                    if part.scored:
                        share = states[place] / len(tokens[document][part.sentence])
                        vectors[document][part.sentence] += share.sum(axis=0)
        return vectors

    def _states(self, ids: Sequence[Ids]) -> Floats:
        """The states ``[windows, tokens, size]`` of a batch."""
        rows = [each.tolist() for each in ids]
        inputs = {
            "input_ids": padded(rows, 0),
            "attention_mask": padded([[1] * len(row) for row in rows], 0),
        }
        batch = {name: torch.from_numpy(each).to(self._device) for name, each in inputs.items()}
        precision = torch.autocast(
            self._device.type, torch.bfloat16, enabled=has_bf16(self._device)
        )
        with torch.inference_mode(), precision:
            states = self._encoder(**batch)[0]
        return np.asarray(states.float().cpu())


def labelled_vectors(corpus: Corpus, encode: Encode) -> Floats:
    """The vectors ``[sentences, size]`` of a corpus's labelled sentences, in order.

    Each is read with what stands around it in its document.
    """
    excerpts = []
    for document in corpus:
        sentences = sentences_in_context(document)
        labelled = [row for row, (_, sentence) in enumerate(sentences) if sentence]
        excerpts.append(sentences[max(0, labelled[0] - AROUND) : labelled[-1] + 1 + AROUND])
    texts = (
        [document.text[begin:end] for (begin, end), _ in excerpt]
        for document, excerpt in zip(corpus, excerpts, strict=True)
    )
    vectors = [
        rows[[labelled is not None for _, labelled in excerpt]]
        for excerpt, rows in zip(excerpts, encode(texts), strict=True)
    ]
    return np.concatenate(vectors)


def scaled(vectors: Floats) -> Floats:
    """Vectors ``[sentences, size]`` about their mean, with a mean square length of one.

    So one strength of a penalty suits any encoder.
    """
    centre, length = centre_and_length(vectors)
    return np.asarray((vectors - centre) / length)


def centre_and_length(vectors: Floats) -> tuple[Floats, float]:
    """The mean ``[size]`` of vectors, and the root of their mean square distance from it.

    Where all are the same, that is taken for one, so that it can divide.
    """
    centre = vectors.mean(axis=0)
    length = np.sqrt(np.square(vectors - centre).sum(axis=1).mean())
    return centre, float(length) or 1.0
