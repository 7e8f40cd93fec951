"""Trainings on public sets, and what the models are worth."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from sklearn.metrics import f1_score

from benchmarks.efforts import Effort
from benchmarks.machine import machine
from benchmarks.public_sets import PublicSet
from benchmarks.trials import NotMeasuredError, Trials
from framelens.data import Corpus, read_corpus, write_documents
from framelens.model import FramingClassifier
from framelens.model.artefact import file_sha256
from framelens.training.base import PACKAGED, base_artefact
from framelens.training.evaluation import predict
from framelens.training.evaluation.confidence import assess_calibration
from framelens.training.fine_tuning import train
from framelens.training.provenance import identity
from framelens.training.settings import read_settings

__all__ = [
    "Results",
    "Row",
    "figures_on",
    "mean_of",
    "measure_rows",
    "train_and_measure",
]

Row = tuple[str, Mapping[str, Any]]
"""What a row of a table is called, and the settings that it changes."""
Results = Mapping[str, Sequence[Mapping[str, Any]]]
"""The results of a row's seeds, by the row's name."""

KEPT_FACTS = ("git_revision", "base_artefact", "train", "held_out", "training")


def measure_rows(
    trials: Trials, public: PublicSet, rows: Sequence[Row], sets: Path, effort: Effort
) -> Results:
    """Every row with every seed; seed by seed, so that a stopped run has some of all rows.

    Raises:
        NotMeasuredError: there is no result, and nothing is measured.
    """
    results: dict[str, list[Mapping[str, Any]]] = {name: [] for name, _ in rows}
    for seed in range(effort.retraining_seeds):
        for name, changes in rows:
            settings = {**changes, "seed": seed}
            made_of = {
                "set": public.name,
                "sha256": file_sha256(sets / public.file),
                "documents": effort.retraining_documents,
                "settings": settings,
            }

            def measure(settings: Mapping[str, Any] = settings) -> Mapping[str, Any]:
                corpus = public.read(sets, effort.retraining_documents)
                return train_and_measure(public, corpus, settings)

            base = base_artefact(settings.get("base", PACKAGED))
            known = {"base_artefact": identity(base)}
            with suppress(NotMeasuredError):
                results[name].append(trials.result(made_of, measure, known))
    measured = {name: row for name, row in results.items() if row}
    if not measured:
        raise NotMeasuredError
    return measured


def train_and_measure(
    public: PublicSet, corpus: Corpus, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """Train on a set's own parts; the figures on each part that is not trained on, and times."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "documents.jsonl"
        write_documents(data, corpus)
        given = {"data": [data], "scheme": public.scheme, "output": folder / "model"}
        fixed = {"split": "fixed", "split_by": "part"}
        settings = read_settings(None, {**given, "name": public.labels, **fixed, **changes})
        begin, computed = time.perf_counter(), time.process_time()
        model = train(settings, Console(stderr=True))
        seconds = time.perf_counter() - begin
        processor_seconds = time.process_time() - computed
        classifier = FramingClassifier.load(model)
        # With the names of the labels instead of the set's codes.
        read = read_corpus([data], classifier.artefact.scheme)
        figures = {
            part: figures_on(classifier, [each for each in read if each.metadata["part"] == part])
            for part in ("dev", "test")
        }
    facts = classifier.artefact.manifest.provenance
    return {
        **figures,
        "seconds": seconds,
        "processor_seconds": processor_seconds,
        "machine": machine(),
        **{name: facts[name] for name in KEPT_FACTS},
    }


def figures_on(classifier: FramingClassifier, corpus: Corpus) -> dict[str, float] | None:
    """Accuracy, macro-F1 and calibration error on labelled documents; None where there are none."""
    if not corpus:
        return None
    predictions = predict(classifier, corpus)
    calibration = assess_calibration(
        predictions.label_probabilities, predictions.labels, predictions.temperature
    )
    true, predicted = predictions.labels, predictions.predicted_labels
    macro = f1_score(true, predicted, average="macro", zero_division=0)
    return {
        "sentences": len(true),
        "accuracy": float((true == predicted).mean()),
        "macro_f1": float(macro),
        "calibration_error": calibration.error,
    }


def mean_of(row: Sequence[Mapping[str, Any]], part: str, figure: str) -> float:
    """The mean of a figure over the seeds of a row."""
    return statistics.mean(each[part][figure] for each in row)
