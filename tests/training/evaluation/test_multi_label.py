"""Scores of several labels a sentence, against scikit-learn and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, brier_score_loss, f1_score

from framelens.data import LabelledDocument, LabelledSentence, read_swaps
from framelens.model import Artefact, FramingClassifier, Scheme
from framelens.training.evaluation import Predictions, evaluate, to_markdown
from framelens.training.evaluation.baselines import TFIDF, baseline_leaves
from framelens.training.evaluation.confidence import assess_calibration, assess_review
from framelens.training.evaluation.human import annotator_leaves, measure_agreement
from framelens.training.evaluation.metrics import document_resamples
from framelens.training.evaluation.multi_label import label_confusion, score_labels
from framelens.training.evaluation.tables import confusion_table, system_table

from .conftest import HashEngine

NAMES = ("wet", "cold", "dark")
SKIES = Scheme.from_dict({"name": "skies", "multi_label": True, "labels": dict.fromkeys(NAMES)})
GENERATOR = np.random.default_rng(4)
TRUE = GENERATOR.random((200, 3)) < (0.5, 0.2, 0.1)
ANSWERED = TRUE ^ (GENERATOR.random((200, 3)) < 0.2)
DOCUMENTS = GENERATOR.integers(40, size=200)
SWAPS = read_swaps("seeds/side_swaps.yaml")


def test_scores_are_those_of_scikit_learn():
    resamples = document_resamples(len(np.unique(DOCUMENTS)))
    scores = score_labels(NAMES, TRUE, ANSWERED, DOCUMENTS, resamples)
    assert scores.macro_f1.value == pytest.approx(f1_score(TRUE, ANSWERED, average="macro"))
    assert scores.micro_f1 is not None
    assert scores.micro_f1.value == pytest.approx(f1_score(TRUE, ANSWERED, average="micro"))
    assert scores.accuracy.value == pytest.approx(accuracy_score(TRUE, ANSWERED))
    for estimate in (scores.macro_f1, scores.micro_f1, scores.accuracy):
        assert estimate.low < estimate.value < estimate.high
    each = f1_score(TRUE, ANSWERED, average=None)
    assert [scored.f1.value for scored in scores.classes] == pytest.approx(each.tolist())
    assert [scored.support for scored in scores.classes] == TRUE.sum(axis=0).tolist()


def test_a_label_that_never_occurs_has_no_score():
    nothing = np.zeros((3, 3), dtype=bool)
    scores = score_labels(NAMES, nothing, nothing, np.arange(3), document_resamples(3))
    assert math.isnan(scores.macro_f1.value)
    assert scores.accuracy.value == 1


def test_what_is_missing_is_confused_with_what_is_too_many():
    true = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 0], [1, 0, 1]], dtype=bool)
    answered = np.array([[1, 1, 0], [0, 1, 1], [0, 0, 0], [0, 1, 0], [1, 0, 0]], dtype=bool)
    assert label_confusion(true, answered).tolist() == [
        [2, 1, 1, 0],
        [0, 1, 0, 0],
        [0, 0, 0, 1],
        [0, 1, 0, 1],
    ]


def test_with_one_label_a_sentence_the_matrix_is_the_usual_one():
    true, answered = np.eye(3, dtype=bool)[[0, 0, 1, 2]], np.eye(3, dtype=bool)[[0, 1, 1, 0]]
    expected = [[1, 1, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0]]
    assert label_confusion(true, answered).tolist() == expected


def test_calibration_is_of_every_label():
    probabilities = np.array([[0.9, 0.2], [0.6, 0.4]])
    truth = np.array([[True, False], [False, True]])
    calibration = assess_calibration(probabilities, truth, 1.0)
    brier = brier_score_loss(truth.ravel(), probabilities.ravel(), scale_by_half=False)
    assert calibration.brier == pytest.approx(brier)
    assert calibration.log_loss == pytest.approx(-np.log([0.9, 0.8, 0.4, 0.4]).mean())
    assert calibration.error == pytest.approx(np.mean([0.1, 0.2, 0.6, 0.6]))


def test_the_review_mark_counts_sentences_whose_labels_are_all_right():
    probabilities = np.array([[0.9, 0.2], [0.6, 0.1], [0.9, 0.9]])
    truth = np.array([[True, False], [False, False], [True, False]])
    mark = assess_review(probabilities, truth, np.arange(3), 0.7)
    assert (mark.marked, mark.accuracy.value, mark.errors_marked.value) == (1, 0.5, 0.5)


def predictions(**fields: object) -> Predictions:
    values: dict[str, object] = {
        "scheme": SKIES,
        "leaf_logits": np.array([[2.0, -2.0, -2.0], [-2.0, 2.0, -2.0]]),
        "temperature": 1.0,
        "leaf_labels": np.array([[True, False, False], [True, True, False]]),
        "documents": np.arange(2),
        "kinds": ["news"] * 2,
        "texts": ["It rained.", "Ice fell."],
        "votes": [()] * 2,
    }
    return Predictions(**(values | fields))  # type: ignore[arg-type]


def test_an_answer_is_right_where_all_labels_are():
    predicted = predictions()
    assert predicted.predicted_labels.tolist() == [[True, False, False], [False, True, False]]
    assert predicted.correct.tolist() == [True, False]
    assert predicted.confidences == pytest.approx([1 / (1 + np.exp(-2.0))] * 2)


def test_baselines_answer_each_label():
    train = [
        LabelledDocument(text, text, (LabelledSentence(0, len(text), label),))
        for text, label in (
            ("rain fell hard", "wet"),
            ("rain and ice", "wet|cold"),
            ("ice on the road", "cold"),
            ("rain again", "wet"),
        )
    ]
    baselines = baseline_leaves(predictions(texts=["rain fell", "on the road"]), train)
    assert baselines["majority"].tolist() == [[True, True, False]] * 2
    assert baselines[TFIDF].tolist() == [[True, False, False], [False, True, False]]


def test_annotators_are_known_by_name():
    wet, cold, none = ([True, False, False], [False, True, False], [False] * 3)
    voted = predictions(
        votes=[np.array([wet, none, cold]), np.array([cold, wet])],
        annotators=[("ada", "bob", "eve"), ("eve", "ada")],
    )
    leaves = annotator_leaves(voted)
    assert {name: each.tolist() for name, each in leaves.items()} == {
        "ada": [wet, wet],
        "eve": [cold, cold],
    }


def test_agreement_is_the_mean_over_the_labels():
    one = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 0], [0, 1, 0]], dtype=bool)
    other = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 0]], dtype=bool)
    agreement = measure_agreement([one, other], SKIES)
    assert agreement is not None
    # They agree on the first label, by chance on the second; nobody gives the third.
    assert agreement.labels == pytest.approx((1 + 0) / 2)


@pytest.fixture(scope="module")
def classifier() -> FramingClassifier:
    artefact = Artefact.load("framing")
    several = Artefact(artefact.folder, artefact.manifest, SKIES)
    return FramingClassifier(several, HashEngine(3))


def test_an_evaluation_of_several_labels_is_whole(classifier: FramingClassifier):
    texts = [
        "Russia said that it had won the northern war at last.",
        "It rained all day, and Ukraine said nothing of the war.",
        "Nobody came to the harbour while the storm went on and on.",
    ]
    corpus = [
        LabelledDocument(
            str(number),
            f"{text} It was late.",
            (LabelledSentence(0, len(text), label, ("wet", label)),),
            {"kind": "wire" if number % 2 else "speech"},
        )
        for number, (text, label) in enumerate(
            zip(texts * 2, ("wet", "", "wet|dark") * 2, strict=True)
        )
    ]
    evaluation = evaluate(classifier, corpus, corpus[:1], SWAPS.tested)
    assert evaluation.multi_label
    assert not evaluation.has_leaves
    assert evaluation.deletion is not None
    given = sum(
        len(sentence.labels or ())
        for result in classifier.classify([document.text for document in corpus])
        for sentence in result.sentences[:1]
    )
    assert evaluation.deletion.sentences + evaluation.deletion.unreadable == given
    page = to_markdown(evaluation)
    assert "A sentence may have several labels, or none" in page
    assert system_table(evaluation).header == ("", "Macro-F1", "Micro-F1", "All labels right")
    assert confusion_table(evaluation.scores.labels).header[-1] == "(none)"
    assert evaluation.to_dict()["scores"]["labels"]["micro_f1"]["value"] >= 0
