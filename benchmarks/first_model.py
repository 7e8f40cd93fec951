"""From a table of labelled sentences to a model that is served, by three commands."""

from __future__ import annotations

import csv
import functools
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contenders import OURS, Models
from benchmarks.efforts import Effort
from benchmarks.machine import machine
from benchmarks.processes import COMMANDS, module, run_to_the_end
from benchmarks.public_sets import TREC6
from benchmarks.report import number, paragraph, table
from benchmarks.server import running
from benchmarks.trainings import figures_on
from benchmarks.trials import Trials
from framelens.data import Corpus
from framelens.model import FramingClassifier
from framelens.model.artefact import file_sha256
from framelens.training.provenance import git_revision

__all__ = ["measure_first_model"]

ROWS = 1_000

STEPS = ("framelens init", "framelens train", "framelens serve, to its first answer")


def measure_first_model(trials: Trials, sets: Path, effort: Effort) -> Iterator[str]:
    """Time the three commands where that was not yet done; lines of the report.

    Args:
        trials: what was measured so far.
        sets: the folder with the public sets.
        effort: how many rows the table has.
    """
    rows = effort.retraining_documents or ROWS
    made_of = {
        "set": TREC6.name,
        "sha256": file_sha256(sets / TREC6.file),
        "rows": rows,
        "steps": STEPS,
    }
    result = trials.result(made_of, functools.partial(_measure, sets, rows))
    yield f"## From a table of {rows:,} rows to a served model"
    yield ""
    yield paragraph(
        f"{rows:,} questions of {TREC6.name}, drawn by chance, in a CSV file of two columns; "
        "every setting is the one that `framelens init` chose. Each command is timed as a process, "
        f"from its start. To be reached: 300 seconds. On the set's test part the model has "
        f"{result['test']['accuracy']:.3f} accuracy."
    )
    yield ""
    seconds = {**result["seconds"], "all": sum(result["seconds"].values())}
    yield from table(("", "seconds"), [(name, number(each, 1)) for name, each in seconds.items()])


def _measure(sets: Path, rows: int) -> Mapping[str, Any]:
    corpus = TREC6.read(sets)
    parts = {
        part: [each for each in corpus if each.metadata["part"] == part]
        for part in ("train", "test")
    }
    with tempfile.TemporaryDirectory() as name:
        source, project = Path(name) / "questions.csv", Path(name) / "questions"
        _write_table(source, parts["train"], rows)
        begun = run_to_the_end(module(COMMANDS, "init", source, "--out", project))
        settings = project / "train.yaml"
        trained = run_to_the_end(module(COMMANDS, "train", "--settings", settings))
        model = project / "model"
        with running(OURS, Models(str(model), Path(name))) as server:
            served = server.start_seconds
        figures = figures_on(FramingClassifier.load(model), parts["test"])
    seconds = dict(zip(STEPS, (begun.seconds, trained.seconds, served), strict=True))
    return {
        "seconds": seconds,
        "test": figures,
        "machine": machine(),
        "git_revision": git_revision(),
    }


def _write_table(path: Path, corpus: Corpus, rows: int) -> None:
    drawn = np.random.default_rng(0).permutation(len(corpus))[:rows]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("text", "label"))
        for place in drawn:
            document = corpus[place]
            writer.writerow((document.text, document.sentences[0].label))
