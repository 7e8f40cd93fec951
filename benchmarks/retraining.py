"""How good models of other labels are that ``framelens train`` makes of public sets."""

from __future__ import annotations

import functools
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.efforts import Effort
from benchmarks.few_shot import FEW_SHOT_SETS, compare_few_shot
from benchmarks.first_model import measure_first_model
from benchmarks.machine import machine, versions
from benchmarks.public_sets import CHECKTHAT, CSABSTRUCT, TREC6, PublicSet
from benchmarks.report import mean_and_deviation, number, paragraph, table, write_report
from benchmarks.trainings import Results, mean_of, measure_rows
from benchmarks.trials import NotMeasuredError, Trials

__all__ = ["SECTIONS", "compare_retraining"]

Section = Callable[[Trials, Path, Effort], Iterator[str]]
"""Trains what is missing of a set, and yields its lines of the report."""

SINGLE, WINDOWS = "each sentence alone", "windows of the abstract"
WEIGHTED = f"{WINDOWS}, rare labels count more"
BASE, SHIPPED = "all-MiniLM-L6-v2", "framing"


def compare_retraining(effort: Effort, folder: Path, sets: Path, *, trains: bool = True) -> Path:
    """Train and measure what was not yet; write ``retraining.md`` and ``retraining.json``.

    The report is written anew after each set.

    Args:
        effort: how many seeds, and how much of the sets.
        folder: where the report goes, and the trials are kept.
        sets: the folder with the public sets.
        trains: whether anything is trained; else the report tells what was measured so far.
    """
    trials = Trials(folder / "retraining.json", measures=trains)
    lines = ["Retraining", *_opening()]
    installed = versions(("framelens", "torch", "transformers"))
    for section in SECTIONS:
        with suppress(NotMeasuredError):
            lines += list(section(trials, sets, effort))
        content = {"versions": installed, "trials": trials.kept}
        path = write_report(folder, "retraining", [*lines, *_machines(trials)], content)
    return path


def _opening() -> Iterator[str]:
    yield paragraph(
        "`framelens train` on public sets with other labels: means over the seeds, with their "
        "standard deviation. No setting was chosen by the test part, which was only measured: the "
        "development part, or else a tenth of what there is to train on, decides when training "
        "stops, and which row counts where there is a choice. Minutes are those of the whole "
        "training, evaluation and card included but not the start of the process, on a machine "
        "that may have done other things; processor minutes are those that it computed, on all "
        "cores together."
    )
    yield ""


def _machines(trials: Trials) -> Iterator[str]:
    """Where trials ran elsewhere than where the report was written."""
    others = sorted({each["result"]["machine"] for each in trials.kept} - {machine()})
    if others:
        yield paragraph(f"Some trials ran on other machines: {'; '.join(others)}.")


def _csabstruct(trials: Trials, sets: Path, effort: Effort) -> Iterator[str]:
    # Most abstracts fit a window, and the single sentences of a step are about as many.
    common = {"epochs": 3, "learning_rate": 2e-4, "window": 256}
    windows = {**common, "context": "document", "batch_size": 8}
    single = {**common, "context": "sentence", "batch_size": 48}
    rows = (
        (WINDOWS, {**windows, "class_weighting": "none"}),
        (WEIGHTED, windows),
        (SINGLE, {**single, "class_weighting": "none"}),
    )
    results = measure_rows(trials, CSABSTRUCT, rows, sets, effort)
    yield from _section(CSABSTRUCT, results)
    gains = [
        100 * (one["test"]["accuracy"] - other["test"]["accuracy"])
        for one, other in zip(results.get(WINDOWS, ()), results.get(SINGLE, ()), strict=False)
    ]
    if gains:
        yield f"Gain of context, seed by seed: {mean_and_deviation(gains, 1)} points."
        yield ""
    yield from _choice(CSABSTRUCT, results)


def _checkthat(trials: Trials, sets: Path, effort: Effort) -> Iterator[str]:
    rows = tuple((f"from {base}", {"base": base, "epochs": 4}) for base in (BASE, SHIPPED))
    results = measure_rows(trials, CHECKTHAT, rows, sets, effort)
    yield from _section(CHECKTHAT, results)
    yield from _choice(CHECKTHAT, results)


def _trec6(trials: Trials, sets: Path, effort: Effort) -> Iterator[str]:
    rows = (("fine-tuned", {"epochs": 5, "batch_size": 32, "learning_rate": 2e-4}),)
    yield from _section(TREC6, measure_rows(trials, TREC6, rows, sets, effort))


SECTIONS: tuple[Section, ...] = (
    measure_first_model,
    _trec6,
    _checkthat,
    *(functools.partial(compare_few_shot, public) for public in FEW_SHOT_SETS),
    _csabstruct,
)
"""The sections of the report, the quickest first."""


def _section(public: PublicSet, results: Results) -> Iterator[str]:
    first = next(iter(results.values()))[0]
    yield f"## {public.name}"
    yield ""
    yield paragraph(
        f"The labels say {public.task}: {first['train']['sentences']:,} sentences to train on, "
        f"{first['test']['sentences']:,} to test on. To be reached: {public.figure_name} "
        f"{public.goal:.2f}. Published: {public.published}."
    )
    yield ""
    yield from table(
        (
            "",
            "seeds",
            f"dev {public.figure_name}",
            f"test {public.figure_name}",
            "test calibration error",
            "minutes",
            "processor minutes",
        ),
        [_cells(public, name, row) for name, row in results.items()],
    )


def _choice(public: PublicSet, results: Results) -> Iterator[str]:
    """Which row counts."""
    chosen = max(results, key=lambda name: mean_of(results[name], "dev", public.figure))
    reached = mean_of(results[chosen], "test", public.figure)
    yield f"The development part chooses the row {chosen}: {number(reached, 3)}."
    yield ""


def _cells(public: PublicSet, name: str, row: Sequence[Mapping[str, Any]]) -> Sequence[str]:
    def figure(part: str, key: str) -> str:
        return mean_and_deviation([each[part][key] for each in row if each[part]], 3)

    return (
        name,
        str(len(row)),
        figure("dev", public.figure),
        figure("test", public.figure),
        figure("test", "calibration_error"),
        number(statistics.mean(each["seconds"] for each in row) / 60, 1),
        number(statistics.mean(each["processor_seconds"] for each in row) / 60, 1),
    )
