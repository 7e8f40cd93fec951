"""What a card says of a model: enough, of every test file, and true."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from framelens.data import read_corpus
from framelens.model import Artefact, FramingClassifier
from framelens.training.card import CARD, write_card
from framelens.training.evaluation import Evaluation, evaluate
from framelens.training.evaluation.metrics import Estimate
from framelens.training.evaluation.sides import NamedFirst, SidePair, Sides, SwapEffect

Write = Callable[..., str]

SEEDS = Path(__file__).parents[2] / "seeds"


@pytest.fixture(scope="module")
def classifier() -> FramingClassifier:
    return FramingClassifier.load()


@pytest.fixture
def artefact(classifier: FramingClassifier) -> Artefact:
    return classifier.artefact


@pytest.fixture(scope="module")
def evaluation(classifier: FramingClassifier) -> Evaluation:
    """The shipped model on two documents."""
    path = SEEDS / "documents" / "channels.jsonl"
    return evaluate(classifier, read_corpus([path], classifier.artefact.scheme)[:2])


@pytest.fixture
def write(classifier: FramingClassifier, tmp_path: Path) -> Write:
    """Writes a card and gives it back, with the settings of the model's training changed."""

    def written(evaluations: dict[str, Evaluation], **settings: Any) -> str:
        manifest = classifier.artefact.manifest
        facts = {**manifest.provenance}
        facts["settings"] = {**facts["settings"], **settings}
        artefact = replace(classifier.artefact, manifest=replace(manifest, provenance=facts))
        write_card(tmp_path, artefact, evaluations)
        return (tmp_path / CARD).read_text(encoding="utf-8")

    return written


def sides(first: str, second: str, *differences: float) -> Sides:
    """One pair, with intervals of half the difference to each side; zero is in those of zero."""
    effect = SwapEffect(31, 1234, Estimate(0.05, 0.03, 0.08), Estimate(0.04, 0.02, 0.06))
    nobody = SwapEffect(0, 0, *[Estimate(np.nan, np.nan, np.nan)] * 2)
    labels = ("rainy", "sunny")
    named = tuple(
        NamedFirst(
            label,
            Estimate(value, value - 0.5 * abs(value), value + 0.5 * abs(value)),
            excludes_zero=value != 0,
        )
        for label, value in zip(labels, differences, strict=True)
    )
    return Sides(
        effect,
        dict(zip(labels, (effect, nobody), strict=True)),
        (SidePair((first, second), effect, named),),
    )


def test_every_label_has_its_example(write: Write, evaluation: Evaluation, artefact: Artefact):
    card = write({"test": evaluation})
    for label in artefact.scheme.labels:
        leaf = next(leaf for leaf in artefact.scheme.leaves if leaf.label == label.name)
        assert f"- **{label.name}**: {label.definition} *{leaf.examples[0]}*\n" in card


def test_every_file_has_its_calibration_and_its_flips(write: Write, evaluation: Evaluation):
    better = replace(evaluation, calibrated=replace(evaluation.calibrated, error=0.0123))
    card = write(
        {
            "one": replace(evaluation, sides=sides("North", "South", 0.0, 0.0)),
            "two": replace(better, sides=sides("East", "West", 0.0, 0.0)),
        }
    )
    errors = (evaluation.calibrated.error, evaluation.uncalibrated.error)
    assert re.search(rf"\| one +\| +{errors[0]:.3f} \| +{errors[1]:.3f} \|", card)
    assert re.search(rf"\| two +\| +0\.012 \| +{errors[1]:.3f} \|", card)
    row = r" +\| +31 \| +1,234 \| 5\.0% \(3\.0–8\.0%\) \| 5\.0% \(3\.0–8\.0%\) \| +– \|"
    for name in ("one", "two"):
        assert re.search(rf"\| {name}{row}", card), name
    assert "by pair of sides, on one](sides.png)" in card


def test_differences_of_all_files_are_told_in_words(write: Write, evaluation: Evaluation):
    card = write(
        {
            "one": replace(evaluation, sides=sides("North", "South", 0.0, 0.02)),
            "two": replace(evaluation, sides=sides("East", "West", -0.03, 0.0)),
        }
    )
    assert "Of 4 such differences, 2 have an interval that excludes zero" in card
    assert (
        "\n- **rainy**: 3.0 points (1.5 to 4.5) more frequent with West before East than with "
        "East before West, on two\n"
        "- **sunny**: 2.0 points (1.0 to 3.0) more frequent with North before South than with "
        "South before North, on one\n"
    ) in card


def test_no_difference_is_told_too(write: Write, evaluation: Evaluation):
    card = write({"one": replace(evaluation, sides=sides("North", "South", 0.0, 0.0))})
    assert "Of 2 such differences, 0 have an interval that excludes zero" in card
    assert "more frequent with" not in card
    assert "## Sides" not in write({"one": evaluation})


def test_thresholds_found_on_the_test_sentences_are_told_as_such(
    write: Write, evaluation: Evaluation
):
    card = write({"test": evaluation})
    assert "here on test. The confidences are chosen on these very sentences" in card


def test_how_it_was_made_comes_last_and_is_short(
    write: Write, evaluation: Evaluation, artefact: Artefact
):
    card, manifest = write({"test": evaluation}), artefact.manifest
    last = card[card.rindex("\n## ") :]
    assert last.startswith("\n## How it was made")
    scheme = artefact.scheme
    for row in (
        f"| scheme | {scheme.name} {scheme.version} |",
        f"| sha256 of the weights | `{manifest.files['model.safetensors']}` |",
        f"python {manifest.provenance['versions']['python']}, ",
        "framelens evaluate path/to/this/folder TEST_FILE",
    ):
        assert row in last
    for file in manifest.provenance["files"]:
        assert file["sha256"] not in card
    assert "learning_rate" not in card


def test_swapped_sides_are_told_as_they_were_learnt(write: Write, evaluation: Evaluation):
    settings = {"swaps": "pairs.yaml", "swap_share": 0.25, "consistency": 4.0}
    card = write({"test": evaluation}, **settings)
    assert (
        "In 25% of the documents that name sides of `pairs.yaml`, two were swapped; these were "
        "learnt twice, as they are and swapped, and the two answers to a sentence kept alike with "
        "a weight of 4."
    ) in card
    assert "pairs.yaml" not in write({"test": evaluation}, swaps=None)
