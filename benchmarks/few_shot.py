"""Retraining with eight sentences a label, beside SetFit on the same encoder and sentences."""

from __future__ import annotations

import functools
import json
import statistics
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from benchmarks.efforts import Effort
from benchmarks.environments import MissingError, pinned_versions, python_of
from benchmarks.machine import machine, versions
from benchmarks.processes import module, run_to_the_end
from benchmarks.report import mean_and_deviation, number, paragraph, table
from benchmarks.trials import NotMeasuredError, Trials
from framelens.model.artefact import file_sha256
from framelens.training.base import PACKAGED, base_folder
from framelens.training.evaluation import expected_calibration_error
from framelens.training.provenance import git_revision
from framelens.training.settings import TrainSettings

__all__ = ["FEW_SHOT_SETS", "SETFIT", "FewShotSet", "compare_few_shot", "draw_sentences"]

SETFIT = "setfit"
"""The environment of SetFit."""

SCRIPT = Path(__file__).parent / "peers" / "few_shot_setfit.py"
THEIRS = "SetFit as it comes"
OURS = "framelens"

HEADER = (
    "",
    "draws",
    "accuracy, %",
    "points above SetFit",
    "calibration error",
    "seconds",
    "with cross-validation",
    "processor seconds",
    "share of SetFit's seconds",
)

Result = Mapping[str, Any]


@dataclass(frozen=True)
class FewShotSet:
    """A public set of sentences, to learn from a few of.

    Attributes:
        name: of the set.
        file: its Parquet file, with the columns ``split``, ``text`` and ``label``.
        task: what its labels say of a sentence.
        published: what SetFit reached with eight a label, in words.
        learnt: the split whose sentences are drawn to learn from.
        tested: the split whose sentences are drawn to test on, but for those learnt.
    """

    name: str
    file: str
    task: str
    published: str
    learnt: str
    tested: str


FEW_SHOT_SETS = (
    FewShotSet(
        name="customer reviews",
        file="customer_reviews.parquet",
        task="whether a sentence of a review praises or complains (Hu & Liu 2004)",
        published="an accuracy of 0.716",
        learnt="all",
        tested="all",
    ),
    FewShotSet(
        name="sst5",
        file="sst5.parquet",
        task="how a sentence of a film review feels, in five steps (Socher et al. 2013)",
        published="an accuracy of 0.298",
        learnt="train",
        tested="test",
    ),
)


def compare_few_shot(
    public: FewShotSet, trials: Trials, sets: Path, effort: Effort
) -> Iterator[str]:
    """Train with each on every draw where that was not yet done; lines of the report.

    Args:
        public: the set.
        trials: what was measured so far.
        sets: the folder with the public sets.
        effort: how many draws, and how many sentences are tested on.
    """
    results, missing = _measure_draws(public, trials, sets, effort)
    yield f"## {public.name}, {effort.few_shot_examples} sentences a label"
    yield ""
    yield paragraph(
        f"The labels say {public.task}. Up to {effort.few_shot_draws} draws of sentences to learn "
        f"from, the same for all, each tested on {effort.few_shot_tested:,} others, all with the "
        "same encoder: means over the draws with their standard deviation, and medians of the "
        "times. Times are those of fitting the model, and with the cross-validation that "
        "framelens's temperature, review mark and figures come from. Published for SetFit: "
        f"{public.published}."
    )
    yield ""
    yield from table(HEADER, [_row(name, results) for name in results if results[name]])
    for name, reason in missing.items():
        yield f"{name} could not be run: {reason}."
        yield ""


def _measure_draws(
    public: FewShotSet, trials: Trials, sets: Path, effort: Effort
) -> tuple[dict[str, dict[int, Result]], dict[str, str]]:
    """The results of each contender by draw, and why some of them are missing."""
    rows = pq.read_table(sets / public.file).to_pylist()
    results: dict[str, dict[int, Result]] = {name: {} for name in CONTENDERS}
    missing: dict[str, str] = {}
    sizes = effort.few_shot_examples, effort.few_shot_tested
    # Draw by draw, so that a stopped run has some of all.
    for seed in range(effort.few_shot_draws):
        draw = draw_sentences(public, rows, seed, *sizes)
        for name in CONTENDERS:
            made_of = {
                "set": public.name,
                "sha256": file_sha256(sets / public.file),
                "contender": name,
                "made_of": _made_of(name),
                "draw": [seed, *sizes],
            }
            try:
                measure = functools.partial(_measure, name, draw)
                results[name][seed] = trials.result(made_of, measure)
            except MissingError as error:
                missing[name] = str(error)
            except NotMeasuredError:
                continue
    if not any(results.values()) and not missing:
        raise NotMeasuredError
    return results, missing


def draw_sentences(
    public: FewShotSet, rows: Sequence[Mapping[str, str]], seed: int, examples: int, tested: int
) -> dict[str, Any]:
    """Sentences to learn from, as many of each label, and others to test on.

    Args:
        public: the set.
        rows: of its file.
        seed: of the draw.
        examples: sentences a label to learn from.
        tested: sentences to test on, at most.
    """
    generator = np.random.default_rng(seed)
    labels = sorted({row["label"] for row in rows})
    pool = [(row["text"], row["label"]) for row in rows if row["split"] == public.learnt]
    shuffled = [pool[place] for place in generator.permutation(len(pool))]
    train = [
        pair
        for label in labels
        for pair in [pair for pair in shuffled if pair[1] == label][:examples]
    ]
    learnt = {text for text, _ in train}
    others = [
        (row["text"], row["label"])
        for row in rows
        if row["split"] == public.tested and row["text"] not in learnt and _is_read(row["text"])
    ]
    test = [others[place] for place in generator.permutation(len(others))[:tested]]
    return {"seed": seed, "labels": labels, "train": train, "test": test}


def _is_read(text: str) -> bool:
    """Whether there is something in it that a model can read."""
    return any(map(str.isalnum, text))


def _ours(method: str, *files: Path) -> list[str | Path]:
    return module("benchmarks.few_shot_process", *files, method)


def _setfit(*files: str | Path) -> list[str | Path]:
    return [python_of(SETFIT), SCRIPT, *files]


CONTENDERS: Mapping[str, Callable[[Path, Path], list[str | Path]]] = {
    THEIRS: lambda draw, answers: _setfit(draw, answers),
    "SetFit, 20 iterations": lambda draw, answers: _setfit(draw, answers, "20"),
    f"{OURS}, contrastive": lambda draw, answers: _ours("contrastive", draw, answers),
    f"{OURS}, frozen": lambda draw, answers: _ours("frozen", draw, answers),
}
"""The command of each, given the file of a draw and the file for the answers."""


def _made_of(contender: str) -> Mapping[str, Any]:
    """What else than the draw decides a contender's answers."""
    if contender.startswith(OURS):
        return {
            **versions(("torch", "transformers", "scikit-learn")),
            "contrastive_steps": TrainSettings.contrastive_steps,
            "contrastive_rate": TrainSettings.contrastive_rate,
        }
    pinned = pinned_versions(SETFIT)
    return {name: pinned[name] for name in (SETFIT, "torch", "transformers", "scikit-learn")}


def _measure(contender: str, draw: Mapping[str, Any]) -> dict[str, Any]:
    """Accuracy, calibration error and times of a contender on a draw.

    Raises:
        MissingError: the contender is not installed, or it failed.
    """
    with tempfile.TemporaryDirectory() as name:
        source, target = Path(name) / "draw.json", Path(name) / "answers.json"
        source.write_text(json.dumps({**draw, "base": str(base_folder(PACKAGED))}), "utf-8")
        run_to_the_end(CONTENDERS[contender](source, target))
        answers = json.loads(target.read_text(encoding="utf-8"))
    probabilities = np.array(answers.pop("probabilities"))
    labels = np.array([draw["labels"].index(label) for _, label in draw["test"]])
    return {
        "accuracy": float((probabilities.argmax(axis=1) == labels).mean()),
        "calibration_error": expected_calibration_error(probabilities, labels),
        **answers,
        "machine": machine(),
        "git_revision": git_revision(),
    }


def _row(contender: str, results: Mapping[str, Mapping[int, Result]]) -> Sequence[str]:
    row, theirs = [*results[contender].values()], results[THEIRS]
    draws = theirs.keys() & results[contender].keys() if contender != THEIRS else set()
    pairs = [(results[contender][draw], theirs[draw]) for draw in sorted(draws)]
    gains = [100 * (ours["accuracy"] - other["accuracy"]) for ours, other in pairs]
    validated = [each["validated_seconds"] for each in row if "validated_seconds" in each]
    shares = [
        ours["seconds"] / other["seconds"]
        for ours, other in pairs
        if ours["machine"] == other["machine"]
    ]
    return (
        contender,
        str(len(row)),
        mean_and_deviation([100 * each["accuracy"] for each in row], 1),
        mean_and_deviation(gains, 1) if gains else "",
        number(statistics.mean(each["calibration_error"] for each in row), 3),
        number(statistics.median(each["seconds"] for each in row), 1),
        number(statistics.median(validated), 1) if validated else "",
        number(statistics.median(each["processor_seconds"] for each in row), 1),
        number(statistics.median(shares), 2) if shares else "",
    )
