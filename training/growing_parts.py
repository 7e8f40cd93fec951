"""Models of growing parts of the data, for the learning curve."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from framelens.data import Corpus, read_corpus, without_leaks, write_documents
from framelens.model import FramelensError, FramingClassifier, read_scheme
from framelens.model.artefact import file_sha256
from framelens.training.base import base_artefact, learnt_files
from framelens.training.evaluation import predict
from framelens.training.evaluation.metrics import document_counts, label_f1, mean_f1
from framelens.training.evaluation.predictions import label_flags
from framelens.training.fine_tuning import train
from framelens.training.learning_curve import LearningCurve, Trial
from framelens.training.parts import draw_parts, read_tests
from framelens.training.settings import SettingsError, TrainSettings

__all__ = ["FEWEST_POINTS", "grow"]

EVALUATED = 0.2
"""Share of the sentences that each draw is measured on, where no others are named."""

FEWEST_POINTS = 3


def grow(settings: TrainSettings, points: int, draws: int, console: Console) -> LearningCurve:
    """Train models on growing parts of the data, each measured on sentences it has not seen.

    These are a fifth of all, others in each draw, or else the test files, or the test part that
    the data name. A part has half the sentences of the next one, which holds it. Parts of which
    nothing can be learnt are left out.

    Args:
        settings: of the training; the output is left alone.
        points: how many parts.
        draws: how often.
        console: gets a line for each model.

    Raises:
        FramelensError: the settings or the data are wrong, or fewer than three parts are left.
    """
    _check_base(settings)
    scheme = read_scheme(settings.scheme)
    corpus = read_corpus(settings.data, scheme, settings.texts)
    tests = read_tests(settings.test, scheme, settings.texts)
    tested = list(chain.from_iterable(tests.values()))
    divided = [_divide(settings, corpus, tested, draw) for draw in range(draws)]
    largest = min(_sentences(learnt) for learnt, _ in divided)
    sizes = [largest // 2**halved for halved in reversed(range(points))]
    trials: dict[int, list[Trial]] = {size: [] for size in sizes}
    with tempfile.TemporaryDirectory() as folder:
        for draw, (learnt, unseen) in enumerate(divided):
            for size in [*trials]:
                part = _part(learnt, size, seed=settings.seed + draw)
                chosen = _settings_of(settings, part, Path(folder), settings.seed + draw)
                try:
                    trial = _trial(chosen, part, unseen)
                except FramelensError as error:
                    del trials[size]
                    if len(trials) < FEWEST_POINTS:
                        raise FramelensError(f"a model of {size} sentences: {error}") from error
                    console.print(f"{size} sentences are too few: {error}", highlight=False)
                    continue
                trials[size].append(trial)
                console.print(_line(draw, trial), highlight=False)
    by_draw = zip(*trials.values(), strict=True)
    return LearningCurve(scheme.label_names, _sentences(corpus), tuple(by_draw))


def _check_base(settings: TrainSettings) -> None:
    """An artefact to start from must not know the sentences that models are measured on."""
    artefact = base_artefact(settings.base)
    known = learnt_files(artefact) if artefact else set()
    for path in (*settings.data, *settings.test):
        if known and file_sha256(path) in known:
            raise SettingsError(
                f"base: {settings.base} has learnt from {path.name}, which would flatter the "
                "curve; start from another base"
            )


def _divide(
    settings: TrainSettings, corpus: Corpus, tested: Corpus, draw: int
) -> tuple[Corpus, Corpus]:
    """What a draw learns from, and what its models are measured on."""
    if not tested:
        seed = settings.seed + draw
        as_held_out = replace(settings, test_share=0.0, held_out=EVALUATED, seed=seed)
        fitting, held_out, tested = draw_parts(as_held_out, corpus)
        corpus = [*fitting, *held_out] if tested else fitting
        tested = tested or held_out
    return without_leaks(corpus, tested)[0], tested


def _part(corpus: Corpus, size: int, seed: int) -> Corpus:
    """Documents drawn by chance until there are as many sentences."""
    order = np.random.default_rng(seed).permutation(len(corpus))
    counts = np.cumsum([len(corpus[position].sentences) for position in order])
    last = int(np.searchsorted(counts, size)) + 1
    return [corpus[position] for position in sorted(order[:last])]


def _settings_of(settings: TrainSettings, part: Corpus, folder: Path, seed: int) -> TrainSettings:
    """The settings to train on a part with, and nothing else."""
    path = folder / "part.jsonl"
    write_documents(path, part)
    output = Path(tempfile.mkdtemp(dir=folder)) / "model"
    changes: dict[str, Any] = {"data": [path], "test": [], "test_share": 0.0, "texts": None}
    changes |= {"resume": False, "tracking": "none"}
    return replace(settings, **changes, output=output, seed=seed)


def _trial(settings: TrainSettings, part: Corpus, unseen: Corpus) -> Trial:
    begin = time.perf_counter()
    model = train(settings, Console(quiet=True))
    seconds = time.perf_counter() - begin
    predictions = predict(FramingClassifier.load(model), unseen)
    true, given = (
        label_flags(labels, predictions.scheme)
        for labels in (predictions.labels, predictions.predicted_labels)
    )
    counts = document_counts(true, given, predictions.documents)
    return Trial(_sentences(part), counts, seconds)


def _line(draw: int, trial: Trial) -> str:
    macro_f1 = mean_f1(label_f1(trial.counts.sum(axis=0)))
    what = f"draw {draw + 1}, {trial.size:,} sentences"
    return f"{what}: macro-F1 {macro_f1:.3f} ({trial.seconds:.0f} s)"


def _sentences(corpus: Sequence[Any]) -> int:
    return sum(len(document.sentences) for document in corpus)
