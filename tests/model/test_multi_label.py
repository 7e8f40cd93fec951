"""Multi-label schemes: any number of labels a sentence, each with a probability of its own."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from framelens.model import (
    Artefact,
    Document,
    FramingClassifier,
    Scheme,
    SchemeError,
    SentenceResult,
)
from framelens.model.calibration import sigmoid
from framelens.model.engines.base import Ids, Logits
from framelens.model.multi_label import certainties, least_certain

MOODS = Scheme.from_dict(
    {
        "name": "moods",
        "multi_label": True,
        "labels": {"angry": None, "sad": None, "proud": None},
        "leaves": {
            "angry": {"label": "angry", "code": "a"},
            "sad": {"label": "sad", "code": "s"},
            "proud": {"label": "proud"},
        },
    }
)
TEXT = "They shut us out. We will be back, and we will not forget."


class EvenEngine:
    """Gives every token of every window the same logits."""

    name = "even"
    precision = "f32"
    streams = 1

    def __init__(self, logits: list[float]) -> None:
        self.logits = np.array(logits, dtype=np.float32)

    def infer(self, ids: Ids, mask: Ids) -> Logits:
        """The logits, ``[windows, tokens, leaves]``."""
        return np.broadcast_to(self.logits, (*ids.shape, len(self.logits)))


def answered(logits: list[float], **options: float | bool) -> SentenceResult:
    artefact = Artefact.load("framing")
    manifest = replace(artefact.manifest, temperature=2.0, review_below=None)
    classifier = FramingClassifier(
        replace(artefact, manifest=manifest, scheme=MOODS), EvenEngine(logits)
    )
    (result,) = classifier.classify([Document(TEXT)], **options)  # type: ignore[arg-type]
    return result.sentences[0]


def test_every_label_from_one_half_on_is_given():
    sentence = answered([3.0, -4.0, 1.0])
    assert sentence.labels == sentence.each_label == ("angry", "proud")
    assert sentence.label == "angry|proud"
    expected = dict(zip(MOODS.label_names, sigmoid(np.array([1.5, -2.0, 0.5])), strict=True))
    assert sentence.scores == pytest.approx(expected)
    assert sentence.frame is None


def test_a_sentence_may_have_no_label():
    sentence = answered([-3.0, -4.0, -1.0], evidence=True)
    assert (sentence.label, sentence.labels) == ("", ())
    assert sentence.confidence == pytest.approx(1 / (1 + math.exp(-0.5)))
    assert (sentence.evidence, sentence.label_evidence) == (None, {})


def test_the_confidence_is_that_of_the_least_certain_yes_or_no():
    sentence = answered([3.0, -0.2, 5.0], review_below=0.6)
    assert sentence.confidence == pytest.approx(1 / (1 + math.exp(-0.1)))
    assert sentence.review
    assert not answered([3.0, -3.0, 5.0], review_below=0.6).review
    assert least_certain(sentence.scores) == ("sad", sentence.confidence)
    assert certainties(np.array([[0.9, 0.2], [0.4, 1.0]])).tolist() == [0.8, 0.6]


def test_the_evidence_of_each_label_adds_up_to_its_log_odds():
    sentence = answered([3.0, -4.0, 1.0], evidence=True)
    assert sentence.label_evidence is not None
    assert [*sentence.label_evidence] == ["angry", "proud"]
    for label, log_odds in (("angry", 1.5), ("proud", 0.5)):
        evidence = sentence.label_evidence[label]
        total = sum(word.contribution for word in evidence.words) + evidence.bias
        assert total == pytest.approx(log_odds)


def test_a_scheme_with_one_label_a_sentence_has_no_list_of_them(classifier: FramingClassifier):
    (sentence, *_) = classifier.classify(TEXT).sentences
    assert (sentence.labels, sentence.each_label) == (None, (sentence.label,))


@pytest.mark.parametrize(
    ("label", "leaves"),
    [("sad", "sad"), ("proud|a", "angry|proud"), (" s | angry ", "angry|sad"), ("", ""), (" ", "")],
)
def test_labels_are_read_by_name_and_code_in_any_order(label: str, leaves: str):
    assert MOODS.leaf_label(label) == leaves
    marks = [float(name in leaves.split("|")) for name in MOODS.leaf_names]
    assert MOODS.indicators(label).tolist() == marks


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("sad|glad", "unknown label 'glad': 'moods' knows 'angry', 'sad', 'proud', 'a' or 's'"),
        ("sad|", "unknown label ''"),
        ("sad|s", "'sad|s' names a label twice"),
    ],
)
def test_a_faulty_label_is_refused(label: str, message: str):
    with pytest.raises(SchemeError) as caught:
        MOODS.leaf_indices(label)
    assert str(caught.value).startswith(message)


def test_a_multi_label_scheme_survives_its_file(tmp_path: Path):
    MOODS.save(tmp_path / "scheme.yaml")
    assert Scheme.from_file(tmp_path / "scheme.yaml") == MOODS
    assert "multi_label: true" in (tmp_path / "scheme.yaml").read_text()


def test_one_label_is_enough_and_none_has_the_separator():
    content = {"name": "claims", "multi_label": True, "labels": {"claim": None}}
    assert Scheme.from_dict(content).leaf_indices("") == ()
    with pytest.raises(SchemeError, match=r"^scheme: labels: a scheme needs at least one label$"):
        Scheme.from_dict(content | {"labels": {}})
    content["labels"] = {"claim|fact": None}
    with pytest.raises(SchemeError) as caught:
        Scheme.from_dict(content)
    assert str(caught.value) == (
        "scheme: 'claim|fact' cannot be a name where multi_label is true: '|' stands between the "
        "labels of a sentence"
    )


def test_the_sigmoid_of_any_number_is_a_probability():
    assert sigmoid(np.array([-1e4, 0.0, 1e4])).tolist() == [0.0, 0.5, 1.0]
