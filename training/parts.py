"""The parts of a run's data: what it learns from, and what is kept out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from framelens.data import (
    Corpus,
    LabelledDocument,
    metadata_value,
    read_corpus,
    split_as_given,
    split_by_document,
    split_by_time,
    without_leaks,
)
from framelens.model import Scheme
from framelens.training.settings import SettingsError, TrainSettings

__all__ = [
    "HELD_OUT",
    "TEST_PART",
    "Parts",
    "draw_parts",
    "make_parts",
    "read_parts",
    "read_tests",
]

HELD_OUT = "held-out part"
"""What the part is called that decides when training stops and what a confidence means."""

TEST_PART = "test part"
"""What the part is called that is kept out to test on, beside files to test on."""


@dataclass(frozen=True)
class Parts:
    """What a run learns from, what it holds out, and what it is tested on, by name.

    ``whole`` is what it learns from where nothing is held out for good. ``dropped`` says how many
    sentences lost their label because they also stand elsewhere.
    """

    fitting: Corpus
    held_out: Corpus
    whole: Corpus
    tests: Mapping[str, Corpus]
    dropped: Mapping[str, int]


def read_parts(settings: TrainSettings, scheme: Scheme) -> Parts:
    """Read the data and the test files of a run, and split the data.

    Raises:
        FramelensError: a file is not sound, or the data cannot be split.
    """
    corpus = read_corpus(settings.data, scheme, settings.texts)
    return make_parts(settings, corpus, read_tests(settings.test, scheme, settings.texts))


def make_parts(settings: TrainSettings, corpus: Corpus, files: Mapping[str, Corpus]) -> Parts:
    """Split the data of a run, and drop what stands in several parts or in its test files.

    Raises:
        FramelensError: the data cannot be split.
    """
    corpus, leaks = without_leaks(corpus, list(chain.from_iterable(files.values())))
    fitting, held_out, test = draw_parts(settings, corpus)
    held_out, held_and_tested = without_leaks(held_out, test)
    fitting, tested = without_leaks(fitting, test)
    whole = [*fitting, *held_out]
    fitting, twice = without_leaks(fitting, held_out)
    if not fitting:
        raise SettingsError("data: nothing is left to train on but repetitions")
    return Parts(
        fitting,
        held_out,
        whole,
        {TEST_PART: test, **files} if test else files,
        {"test files": leaks, TEST_PART: tested + held_and_tested, HELD_OUT: twice},
    )


def read_tests(
    paths: Sequence[Path], scheme: Scheme, texts: Path | None = None
) -> dict[str, Corpus]:
    """Test files by their names without suffix, each to be measured for itself.

    Raises:
        SettingsError: two files have the same name.
        DataError: a file is not sound.
    """
    tests: dict[str, Corpus] = {}
    for path in paths:
        if path.stem in tests:
            raise SettingsError(f"{path}: another test file is called {path.stem!r} too")
        tests[path.stem] = read_corpus([path], scheme, texts)
    return tests


def draw_parts(settings: TrainSettings, corpus: Corpus) -> tuple[Corpus, Corpus, Corpus]:
    """Split a corpus as the settings say.

    The test part is drawn first, and does not depend on the seed, so that models of several
    seeds can be compared on it.

    Returns:
        The documents to fit, those held out, and those of the test part, which may be none.

    Raises:
        FramelensError: the documents lack what they are to be split by, or a part would be
            empty.
    """
    if settings.split == "fixed":
        fitting, held_out, test = split_as_given(corpus, settings.split_by).values()
        if not fitting:
            raise SettingsError(f"split_by: no document has the {settings.split_by!r} 'train'")
        if not held_out:
            fitting, held_out = split_by_document(fitting, settings.held_out, settings.seed)
        return fitting, held_out, test
    test = []
    if settings.test_share:
        corpus, test = _draw(settings, corpus, settings.test_share, seed=0)
    fitting, held_out = _draw(settings, corpus, settings.held_out, settings.seed)
    return fitting, held_out, test


def _draw(
    settings: TrainSettings, corpus: Corpus, share: float, seed: int
) -> tuple[Corpus, Corpus]:
    """The rest of a corpus, and a share of its sentences."""
    key = settings.split_by
    if settings.split == "time":
        return split_by_time(corpus, share, key)
    among = _drawn_from(settings.held_out_from)
    if settings.split == "grouped":
        return split_by_document(
            corpus, share, seed, among, group=lambda document: metadata_value(document, key)
        )
    return split_by_document(corpus, share, seed, among)


def _drawn_from(condition: str) -> Callable[[LabelledDocument], bool]:
    key, _, value = condition.partition("=")
    return lambda document: not condition or document.metadata.get(key) == value
