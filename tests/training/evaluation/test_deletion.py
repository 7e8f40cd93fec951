"""Removing words that the evidence names, and others."""

from __future__ import annotations

import pytest

from framelens.data import LabelledDocument, LabelledSentence
from framelens.model import FramingClassifier
from framelens.training.evaluation.deletion import CHOICES, measure_deletion

TEXT = (
    "The council met on Tuesday to settle the harbour fees. Yes. "
    "Our glorious fleet crushed every ship that the cowards sent against it. "
    "The mayor said that the bridge would open in the spring."
)


def document(name: str) -> LabelledDocument:
    cuts = [TEXT.index(part) for part in ("The council", "Yes.", "Our", "The mayor")]
    ends = [*(cut - 1 for cut in cuts[1:]), len(TEXT)]
    labels = ("neutral", "neutral", "triumphalist", "quoted_neutral")
    sentences = tuple(map(LabelledSentence, cuts, ends, labels))
    return LabelledDocument(name, TEXT, sentences)


def test_contributing_words_matter_more_than_others(classifier: FramingClassifier) -> None:
    deletion = measure_deletion(classifier, [document("a"), document("b")])

    assert deletion.sentences == 6, "a sentence of one word is left out"
    assert tuple(deletion.drops) == CHOICES
    top, random, least = (deletion.drops[name].value for name in CHOICES)
    assert top > random > least
    assert least < 0, "without the words that speak against it, the label is surer"


def test_drops_by_label_add_up_to_the_whole(classifier: FramingClassifier) -> None:
    corpus = [document("a")]
    deletion = measure_deletion(classifier, corpus)

    means = [drops["random"].value for drops in deletion.by_label.values()]
    assert min(means) <= deletion.drops["random"].value <= max(means)
    assert deletion == measure_deletion(classifier, corpus)


@pytest.mark.parametrize("label", CHOICES)
def test_a_short_corpus_is_measured(classifier: FramingClassifier, label: str) -> None:
    only = LabelledDocument("a", "One two three four five.", (LabelledSentence(0, 24, "neutral"),))
    assert label in measure_deletion(classifier, [only]).drops
