"""Several labels a sentence, and several annotators: what is learnt, and the model that comes."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
import torch
from rich.console import Console
from transformers import AutoModelForTokenClassification, EvalPrediction

from framelens.data import LabelledDocument, LabelledSentence
from framelens.model import Artefact, FramingClassifier, Scheme
from framelens.model.tokenization import SentenceTokenizer
from framelens.training.calibration import fit_temperature, review_threshold
from framelens.training.distillation import load_teacher
from framelens.training.examples import NO_LABEL, collate, make_examples
from framelens.training.fine_tuning import train
from framelens.training.run import Run
from framelens.training.settings import SettingsError, TrainSettings
from framelens.training.trainer import divergence, held_out_score, label_loss, label_weights

SEEDS = Path(__file__).parents[2] / "seeds"
MOODS = Scheme.from_file(SEEDS / "schemes" / "moods.yaml")
WEIGHTS = torch.tensor([1.0, 3.0, 0.5])
LOGITS = torch.tensor([[[2.0, -1.0, 0.5], [0.3, 0.1, -2.0]], [[1.0, 1.0, 1.0], [9.0, 9.0, 9.0]]])
HARD = torch.tensor([[0, 2], [1, NO_LABEL]])
SOFT = torch.tensor([[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]], [[0.0, 1.0, 0.0], [float(NO_LABEL)] * 3]])


def moods(output: Path, **changes: object) -> TrainSettings:
    values: dict[str, object] = {
        "data": [SEEDS / "tables" / "moods.csv"],
        "scheme": SEEDS / "schemes" / "moods.yaml",
        "output": output,
        "epochs": 1,
        "layers": 1,
        "held_out": 0.3,
        "review_accuracy": 0.5,
        "soft_labels": True,
        "device": "cpu",
    }
    return TrainSettings(**(values | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(moods(tmp_path_factory.mktemp("moods") / "model"), Console(quiet=True))


def test_soft_labels_of_one_leaf_cost_what_hard_ones_do():
    assert label_loss(LOGITS, SOFT, WEIGHTS) == pytest.approx(label_loss(LOGITS, HARD, WEIGHTS))


def test_soft_labels_cost_the_least_where_the_answer_is_the_votes_shares():
    shares = torch.tensor([[[0.5, 0.25, 0.25]]])
    even = torch.ones(3)
    least = label_loss(shares.log(), shares, even)
    assert least == pytest.approx(-float((shares * shares.log()).sum()))
    assert label_loss(torch.tensor([[[5.0, 0.0, 0.0]]]), shares, even) > least


def test_every_label_of_several_is_a_yes_or_no():
    targets = torch.tensor([[[1.0, 0.0, 1.0], [0.0, 0.5, 0.0]]])
    p = LOGITS[:1].sigmoid()
    costs = -(WEIGHTS * targets * p.log() + (1 - targets) * (1 - p).log())
    expected = float(costs.sum(dim=-1).mean())
    padded = torch.cat([targets, torch.full((1, 1, 3), float(NO_LABEL))], dim=1)
    logits = torch.cat([LOGITS[:1], torch.zeros(1, 1, 3)], dim=1)
    assert label_loss(logits, padded, WEIGHTS, multi_label=True) == pytest.approx(expected)


def test_answers_of_several_labels_are_apart_label_by_label():
    one, other = torch.tensor([0.0, 2.0]), torch.tensor([1.0, 2.0])
    expected = (0.5 - 1 / (1 + np.exp(-1.0))) * -1.0
    assert divergence(one, other, multi_label=True).item() == pytest.approx(expected)


def test_a_rare_label_weighs_by_the_odds_against_it():
    rows = [[[1.0, 0.0, 0.0, 0.0]], [[1.0, 1.0, 0.0, 0.0], [float(NO_LABEL)] * 4]]
    rows += [[[0.0, 0.0, 0.0, 0.0]]] * 3
    weights = {
        weighting: label_weights(rows, MOODS, weighting).tolist()
        for weighting in ("none", "inverse-sqrt", "inverse")
    }
    assert weights["none"] == [1.0] * 4
    assert weights["inverse"] == [1.5, 4.0, 5.0, 5.0]
    assert weights["inverse-sqrt"] == pytest.approx(np.sqrt([1.5, 4.0, 5.0, 5.0]))


@pytest.mark.parametrize(
    ("soft", "expected"),
    [(True, [1.0, 0.5, 0.0, 0.0]), (False, [1.0, 0.0, 0.0, 0.0])],
)
def test_votes_are_learnt_where_that_is_wanted(soft: bool, expected: list[float]):
    tokenizer = SentenceTokenizer(Artefact.load("framing").folder / "tokenizer.json", True)
    sentences = (
        LabelledSentence(0, 8, "blame", ("blame|grief", "blame")),
        LabelledSentence(20, 28, ""),
    )
    document = LabelledDocument("a", "We lost. It rained. We came.", sentences)
    examples = make_examples([document], MOODS, tokenizer, 64, soft=soft)
    batch = collate(list(examples))
    assert batch["labels"].tolist() == [[expected, [float(NO_LABEL)] * 4, [0.0] * 4]]
    assert batch["labels"].dtype == torch.float32


def test_the_held_out_score_of_several_labels():
    label_ids = np.array([[[1, 0, 0, 1], [0, 0, 0, 0]], [[0, 1, 0, 0], [NO_LABEL] * 4]], float)
    predictions = np.where(label_ids > 0, 2.0, -2.0)
    predictions[0, 1, 0] = 2.0
    score = partial(held_out_score, scheme=MOODS)
    # The third label occurs nowhere.
    assert score(EvalPrediction(predictions, label_ids)) == pytest.approx(
        {"macro_f1": (2 / 3 + 1 + 1) / 3, "micro_f1": 6 / 7}
    )
    nothing = np.zeros_like(label_ids)
    assert score(EvalPrediction(nothing - 1, nothing)) == {"macro_f1": 0.0, "micro_f1": 0.0}


def test_the_temperature_of_several_labels_is_that_of_their_odds():
    generator = np.random.default_rng(3)
    odds = generator.normal(scale=2, size=(2_000, 4))
    truth = generator.random(odds.shape) < 1 / (1 + np.exp(-odds))
    assert fit_temperature(3 * odds, truth, MOODS.folding) == pytest.approx(3, rel=0.1)


def test_the_review_mark_is_for_sentences_whose_labels_are_not_all_right():
    probabilities = np.array([[0.95, 0.1], [0.7, 0.1], [0.1, 0.1]])
    truth = np.array([[True, False], [True, True], [False, False]])
    assert review_threshold(probabilities, truth, 0.95) == 0.9


def test_the_artefact_answers_with_several_labels_or_none(trained: Path):
    classifier = FramingClassifier.load(trained)
    manifest = classifier.artefact.manifest
    (sentence, *_) = classifier.classify(manifest.canary.text).sentences
    assert sentence.scores == pytest.approx(dict(manifest.canary.scores), abs=1e-6)
    assert sentence.labels == tuple(name for name, score in sentence.scores.items() if score >= 0.5)
    assert sum(manifest.profile.annotated.values()) != pytest.approx(1)
    config = json.loads((trained / "config.json").read_text())
    assert config["problem_type"] == "multi_label_classification"
    stock = AutoModelForTokenClassification.from_pretrained(trained, dtype="float32")
    assert [*stock.config.id2label.values()] == [*MOODS.leaf_names]


def test_the_card_says_what_kind_of_labels_they_are(trained: Path):
    card = (trained / "README.md").read_text()
    for text in (
        "any number of these labels, or none:",
        "Micro-F1 |",
        "All labels right",
        "by the shares of several annotators' votes)",
        "annotator 1",
        "a yes or no for each label.",
    ):
        assert text in card
    assert "$" not in card


def test_without_votes_there_are_no_soft_labels(tmp_path: Path):
    table = tmp_path / "one.csv"
    table.write_text("text,label\n" + "".join(f"Day {n} was grey.,hope\n" for n in range(9)))
    with pytest.raises(SettingsError, match="soft_labels: no sentence to train on has votes"):
        train(moods(tmp_path / "model", data=[table]), Console(quiet=True))
    assert not (tmp_path / "model").exists()


def test_a_teacher_must_be_of_the_same_kind(trained: Path):
    run = cast(Run, SimpleNamespace(scheme=replace(MOODS, multi_label=False)))
    with pytest.raises(SettingsError, match="only one is multi-label"):
        load_teacher(trained, run)
