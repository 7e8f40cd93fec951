"""Sentences as vectors: the states of a frozen encoder, read in their documents."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from transformers.modeling_outputs import TokenClassifierOutput

from framelens.data import Corpus, sentences_in_context
from framelens.model import Artefact, FramingClassifier, Scheme
from framelens.model.artefact import Canary, Manifest
from framelens.model.engines.torch import TorchEngine
from framelens.training.base import PACKAGED, base_artefact, load_base
from framelens.training.evaluation.scoring import readable_logits
from framelens.training.precision import has_bf16

__all__ = ["Encode", "SentenceEncoder", "centre_and_length", "labelled_vectors", "scaled"]

Floats = npt.NDArray[np.floating[Any]]

Encode: TypeAlias = Callable[[Iterable[Sequence[str]]], Iterator[Floats]]
"""Makes vectors ``[sentences, size]`` of documents, given as their sentences."""

AROUND = 5
"""Sentences around the labelled ones that are read as context."""

WINDOWS = Manifest("base", "0", 128, 1, 1.0, Canary("", {}), separators=True)
"""How a base is read that is no artefact: as a model that is trained from it unless told else."""


class SentenceEncoder:
    """A frozen encoder that makes a vector of each sentence: the mean of its tokens' states.

    Windows are those in which a model over this encoder reads the sentences.

    Args:
        reader: a classifier whose logits are the encoder's states.
        size: of a state.
    """

    def __init__(self, reader: FramingClassifier, size: int) -> None:
        self._reader = reader
        self._size = size

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
        manifest = artefact.manifest if artefact else WINDOWS
        model, tokenizer = load_base(base, scheme, manifest.window)
        engine = TorchEngine(_States(model.base_model), "f32")
        with tempfile.TemporaryDirectory() as folder:
            tokenizer.save_pretrained(folder)
            reader = FramingClassifier(Artefact(Path(folder), manifest, scheme), engine)
        return cls(reader, model.config.hidden_size)

    def __call__(self, documents: Iterable[Sequence[str]]) -> Iterator[Floats]:
        """The vectors ``[sentences, size]`` of each document, given as its sentences.

        A sentence that the encoder reads nothing of has a vector of zeros.

        Raises:
            EngineError: the encoder gave no finite state.
        """
        return readable_logits(self._reader, documents, self._size, filling=0.0)


class _States(torch.nn.Module):
    """An encoder that gives the states of tokens where a classifier gives logits."""

    def __init__(self, encoder: torch.nn.Module) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor
    ) -> TokenClassifierOutput:
        """The states ``[windows, tokens, size]``; arguments are ``[windows, tokens]``."""
        device = input_ids.device
        with torch.autocast(device.type, torch.bfloat16, enabled=has_bf16(device)):
            output = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        return TokenClassifierOutput(logits=output[0])


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
