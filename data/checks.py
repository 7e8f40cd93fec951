"""Checks over several files: what makes a corpus worse without making it unreadable."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from framelens.data.corpora import FilePath, read_files
from framelens.data.documents import PlacedDocument
from framelens.data.leaks import leak_key
from framelens.data.problems import Place, Problem
from framelens.model.scheme import Scheme

__all__ = ["check_corpora"]


def check_corpora(
    paths: Iterable[FilePath],
    scheme: Scheme,
    texts: FilePath | None = None,
    test_paths: Iterable[FilePath] = (),
) -> list[Problem]:
    """Everything wrong in files to train on and, where given, in files to test on.

    Beside what :func:`read_corpus` refuses: files whose sentences all have the same label,
    documents with the same text, and sentences to train on that also stand in a file to
    test on.
    """
    training = list(paths)
    every = [*training, *test_paths]
    reading = read_files(every, scheme, texts)
    faulty = {problem.file for problem in reading.problems}
    sound = [
        (str(path), documents)
        for path, documents in zip(every, reading.files, strict=True)
        if str(path) not in faulty
    ]
    train, test = reading.files[: len(training)], reading.files[len(training) :]
    return [
        *reading.problems,
        *_single_classes(sound),
        *_same_texts(chain.from_iterable(reading.files)),
        *_leaks(chain.from_iterable(train), chain.from_iterable(test)),
    ]


def _single_classes(files: list[tuple[str, list[PlacedDocument]]]) -> Iterator[Problem]:
    for file, documents in files:
        labels = {sentence.label for placed in documents for sentence in placed.document.sentences}
        if len(labels) == 1:
            yield Place(file).problem(f"every sentence has the same label, {labels.pop()!r}")


def _same_texts(documents: Iterable[PlacedDocument]) -> Iterator[Problem]:
    first: dict[str, PlacedDocument] = {}
    for placed in documents:
        twin = first.setdefault(placed.document.text, placed)
        if twin.document.id != placed.document.id:
            yield placed.place.problem(f"the text stands also in {twin.place}")


def _leaks(train: Iterable[PlacedDocument], test: Iterable[PlacedDocument]) -> Iterator[Problem]:
    tested: dict[str, Place] = {}
    for key, place in _keys(test):
        tested.setdefault(key, place)
    for key, place in _keys(train):
        if key in tested:
            yield place.problem(f"the sentence stands also in the test file, {tested[key]}")


def _keys(documents: Iterable[PlacedDocument]) -> Iterator[tuple[str, Place]]:
    for placed in documents:
        document = placed.document
        for sentence, place in zip(document.sentences, placed.sentence_places, strict=True):
            if key := leak_key(document.text_of(sentence)):
                yield key, place
