"""How a model is fitted, and what the settings say of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from framelens.data import Corpus, LabelledDocument, LabelledSentence
from framelens.model import Scheme
from framelens.training.method import ENOUGH, choose_method
from framelens.training.settings import SettingsError, TrainSettings

SCHEME = Scheme.from_dict({"name": "weather", "labels": {"sunny": {}, "rainy": {}}})


def settings(**changes: object) -> TrainSettings:
    values: dict[str, object] = {"data": [Path("a.csv")], "output": Path("model")}
    return TrainSettings(**(values | changes))  # type: ignore[arg-type]


def corpus(sunny: int, rainy: int) -> Corpus:
    labels = ["sunny"] * sunny + ["rainy"] * rainy
    return [
        LabelledDocument(f"{number}", f"Day {number}.", (LabelledSentence(0, 4, label),))
        for number, label in enumerate(labels)
    ]


def test_few_examples_a_label_are_learnt_contrastively():
    method, reason = choose_method(settings(), corpus(10, 6), SCHEME)
    assert method == "contrastive"
    assert reason == f"since there are 8 examples a label, fewer than {ENOUGH}"


def test_enough_of_them_are_for_fine_tuning():
    method, reason = choose_method(settings(), corpus(2 * ENOUGH - 3, 3), SCHEME)
    assert method == "fine-tune"
    assert reason == f"since there are {ENOUGH} examples a label, {ENOUGH} or more"


def test_what_cannot_be_cross_validated_is_fine_tuned():
    method, reason = choose_method(settings(), corpus(8, 1), SCHEME)
    assert method == "fine-tune"
    assert reason == "since fewer than two labels stand in several documents"


@pytest.mark.parametrize("method", ["fine-tune", "contrastive", "frozen"])
def test_a_method_that_is_named_is_taken(method: str):
    assert choose_method(settings(method=method), corpus(8, 8), SCHEME)[0] == method


@pytest.mark.parametrize(
    "asked", [{"teacher": Path("model")}, {"swaps": Path("sides.yaml")}, {"held_out_from": "a=b"}]
)
def test_what_only_fine_tuning_can_do_decides(asked: dict[str, object]):
    (name,) = asked
    method, reason = choose_method(settings(**asked), corpus(8, 8), SCHEME)
    assert (method, reason) == ("fine-tune", f"which {name} asks for")
    with pytest.raises(SettingsError, match=f"{name}: needs method fine-tune, found frozen"):
        settings(method="frozen", **asked)
