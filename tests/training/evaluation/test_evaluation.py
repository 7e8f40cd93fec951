"""Everything together, on predictions made by hand."""

import json
from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import f1_score

from framelens.data import LabelledDocument
from framelens.model import FramingClassifier
from framelens.training.evaluation import Predictions, evaluate, predict
from framelens.training.evaluation.baselines import MAJORITY, TFIDF
from framelens.training.evaluation.evaluation import evaluate_predictions

Build = Callable[..., Predictions]
MODEL = {"name": "small"}


def test_labels_are_folded_leaves(build: Build):
    # Leaf 2 for leaf 3 is wrong as a leaf and right as a label.
    scores = evaluate_predictions(build([0, 1, 2, 3], [0, 0, 2, 2]), MODEL).scores
    assert scores.leaves.confusion == ((1, 0, 0, 0), (1, 0, 0, 0), (0, 0, 1, 0), (0, 0, 1, 0))
    assert scores.labels.confusion == ((1, 0, 0), (1, 0, 0), (0, 0, 2))
    assert scores.leaves.accuracy.value == 0.5
    assert scores.labels.accuracy.value == 0.75
    assert scores.labels.macro_f1.value == pytest.approx((2 / 3 + 0 + 1) / 3)
    assert scores.leaves.macro_f1.value == pytest.approx((2 / 3 + 0 + 2 / 3 + 0) / 4)
    assert [scored.support for scored in scores.labels.classes] == [1, 1, 2]


def test_a_perfect_model(build: Build):
    evaluation = evaluate_predictions(build([0, 1, 2, 3] * 5, [0, 1, 2, 3] * 5), MODEL)
    assert evaluation.scores.labels.macro_f1.value == 1.0
    assert evaluation.scores.leaves.macro_f1.low == 1.0
    assert evaluation.risk_coverage.area == 0.0
    assert all(point.coverage == 1.0 for point in evaluation.risk_coverage.targets.values())
    # Every confidence is 0.98 or more, so what is lacking is at most 0.02.
    assert 0 < evaluation.uncalibrated.error < 0.02


def test_kinds_of_text_are_apart_and_the_largest_comes_first(build: Build):
    true, predicted = [0, 0, 1, 1, 2], [0, 1, 1, 1, 3]
    kinds = evaluate_predictions(
        build(true, predicted, [4, 4, 4, 5, 6], kinds=["b", "a", "a", "a", "b"]), MODEL
    ).kinds
    assert [(part.name, part.documents, part.sentences) for part in kinds] == [
        ("a", 2, 3),
        ("b", 2, 2),
    ]
    assert [part.accuracy.value for part in kinds] == pytest.approx([2 / 3, 1.0])
    assert np.isnan([part.accuracy.low for part in kinds]).all()


def test_the_accuracy_of_a_kind_has_an_interval_over_documents(build: Build):
    # Six documents of two sentences: three all right, three half right.
    predicted = [0, 0] * 3 + [0, 1] * 3
    (kind,) = evaluate_predictions(build([0] * 12, predicted, np.arange(12) // 2), MODEL).kinds
    assert kind.accuracy.value == 0.75
    assert 0.5 <= kind.accuracy.low < 0.75 < kind.accuracy.high <= 1.0


def test_calibration_before_is_at_temperature_one(build: Build):
    evaluation = evaluate_predictions(build([0, 0], [0, 1], temperature=5.0), MODEL)
    assert evaluation.uncalibrated.temperature == 1.0
    assert evaluation.uncalibrated.error == pytest.approx(np.exp(5) / (np.exp(5) + 3) - 0.5)
    assert evaluation.calibrated.temperature == 5.0
    assert evaluation.calibrated.error == pytest.approx(0.5 - np.e / (np.e + 3), abs=1e-9)
    assert evaluation.calibrated.log_loss < evaluation.uncalibrated.log_loss


def test_the_models_own_review_threshold_is_measured(build: Build):
    # Of the two sure answers both are right, of the two unsure ones neither.
    logits = np.array([[5, 0, 0, 0], [5, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]])
    made = build([0, 0, 1, 1], [0] * 4, leaf_logits=logits, review_below=0.9)
    content = evaluate_predictions(made, MODEL).to_dict()
    assert content["review"] == {
        "below": 0.9,
        "sentences": 4,
        "marked": 2,
        "coverage": {"value": 0.5, "low": None, "high": None},
        "accuracy": {"value": 1.0, "low": None, "high": None},
        "errors_marked": {"value": 1.0, "low": None, "high": None},
    }
    assert evaluate_predictions(build([0], [0]), MODEL).to_dict()["review"] is None


def test_annotators_are_measured_like_models(build: Build):
    true = [0, 1, 2, 3, 0, 1]
    votes = [(0, 0), (1, 0), (2, 3), (3, 3), (0, 0), (1, 1)]
    evaluation = evaluate_predictions(build(true, [0] * 6, votes=votes), MODEL)
    first, second = evaluation.annotators.values()
    assert first.leaves.macro_f1.value == 1.0
    leaves = [vote for _, vote in votes]
    assert second.leaves.macro_f1.value == pytest.approx(f1_score(true, leaves, average="macro"))
    assert second.labels.accuracy.value == pytest.approx(5 / 6)
    assert evaluation.agreement is not None
    assert list(evaluation.systems) == ["small", MAJORITY, "annotator 1", "annotator 2"]


def test_no_votes_no_line(build: Build):
    evaluation = evaluate_predictions(build([0, 1], [0, 1]), MODEL)
    assert evaluation.annotators == {}
    assert evaluation.agreement is None
    assert evaluation.train_sentences is None


def test_plain_data_is_json_without_nan(build: Build):
    evaluation = evaluate_predictions(build([0, 1], [1, 1]), MODEL)
    content = json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))
    absent = content["scores"]["labels"]["classes"][2]
    assert absent["name"] == "said"
    assert absent["precision"] is None
    assert absent["f1"] == {"value": None, "low": None, "high": None}
    assert content["scores"]["labels"]["macro_f1"]["value"] == round(1 / 3, 6)
    assert content["risk_coverage"]["targets"] == {"0.95": None, "0.9": None}


def test_a_model_is_evaluated_beside_its_training_data(
    classifier: FramingClassifier, document: Callable[..., LabelledDocument]
):
    corpus = [
        document((f"The army won again in {n}.", 0), (f"He slept {n} hours.", 2), corpus="news")
        for n in range(12)
    ]
    train = [
        document((f"The army won again by {n}.", 0), (f"He slept for {n} hours.", 2))
        for n in range(8)
    ]
    evaluation = evaluate(classifier, corpus, train)
    manifest = classifier.artefact.manifest
    assert evaluation.model["name"] == manifest.name
    assert evaluation.model["sha256"] == manifest.sha256
    assert evaluation.model["engine"] == "hash f64"
    assert (evaluation.documents, evaluation.sentences, evaluation.unread) == (12, 24, 0)
    assert evaluation.train_sentences == 16
    assert evaluation.baselines[TFIDF].leaves.macro_f1.value == 1.0
    predicted = predict(classifier, corpus)
    assert evaluation.scores.leaves.accuracy.value == pytest.approx(
        (predicted.predicted_leaves == predicted.leaf_labels).mean()
    )
    assert evaluation.to_dict() == evaluate(classifier, corpus, train).to_dict()


def test_baselines_learn_no_sentence_that_is_measured(
    classifier: FramingClassifier, document: Callable[..., LabelledDocument]
):
    corpus = [document(("The army won again in spring.", 0))]
    train = [document(("The ARMY won  again in spring.", 0), ("He slept for ten hours.", 2))]
    evaluation = evaluate(classifier, corpus, train)
    assert evaluation.train_sentences == 1
    assert evaluation.baselines[MAJORITY].leaves.accuracy.value == 0.0
    assert evaluate(classifier, corpus, corpus).train_sentences is None
