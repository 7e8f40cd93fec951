"""Vectors of sentences: means of the states of their tokens, read in windows."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from framelens.data import LabelledDocument, LabelledSentence
from framelens.model import DEFAULT, Artefact, Scheme
from framelens.training.states import SentenceEncoder, labelled_vectors


@pytest.fixture(scope="module")
def encoder() -> SentenceEncoder:
    return SentenceEncoder.load(Scheme.from_dict({"name": "x", "labels": {"a": {}, "b": {}}}))


def test_sentences_alike_have_vectors_alike(encoder: SentenceEncoder):
    (vectors,) = encoder([["It rains.", "Rain falls.", "The bank raised its rates."]])
    assert vectors.shape == (3, 384)
    directions = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    likeness = directions @ directions.T
    assert likeness[0, 1] > likeness[0, 2] + 0.1


def test_documents_do_not_see_each_other_and_keep_their_order(encoder: SentenceEncoder):
    documents = [["It rains."], ["The sun shines on the long wall.", "It pours."], ["Snow."]]
    together = list(encoder(documents))
    for document, vectors in zip(documents, together, strict=True):
        (alone,) = encoder([document])
        assert vectors == pytest.approx(alone, abs=0.05)


def test_a_sentence_longer_than_a_window_is_read_whole(encoder: SentenceEncoder):
    (vectors,) = encoder([["rain " * 300, "", "It rains."]])
    assert np.isfinite(vectors).all()
    assert not vectors[1].any()
    assert np.linalg.norm(vectors[0]) > 1


def test_sentences_are_alone_where_the_model_reads_them_alone(tmp_path: Path):
    folder = tmp_path / "alone"
    shipped = Artefact.load(DEFAULT)
    shutil.copytree(shipped.folder, folder)
    Artefact.seal(folder, replace(shipped.manifest, alone=True))
    encoder = SentenceEncoder.load(shipped.scheme, str(folder))
    among, alone = encoder([["It rains.", "The sun shines."], ["It rains."]])
    assert among[0] == pytest.approx(alone[0], abs=0.05)


def test_labelled_sentences_are_read_in_their_documents():
    document = LabelledDocument(
        "a", "One. Two. Three. Four.", (LabelledSentence(5, 9, "a"), LabelledSentence(17, 22, "b"))
    )
    asked = []

    def encode(documents: Iterable[Sequence[str]]) -> Iterator[np.ndarray]:
        for sentences in documents:
            asked.append(list(sentences))
            yield np.arange(len(sentences))[:, np.newaxis]

    assert labelled_vectors([document, document], encode).tolist() == [[1], [3], [1], [3]]
    assert asked == [["One.", "Two.", "Three.", "Four."]] * 2
