"""Removing words that the evidence names, and others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from framelens.data import LabelledDocument, LabelledSentence
from framelens.model import Document, EngineError, FramingClassifier, SentenceResult
from framelens.model.engines.base import Ids, Logits
from framelens.training.evaluation import scoring
from framelens.training.evaluation.deletion import CHOICES, measure_deletion

NOTHING = "\ufffd"
"""A character that the tokenizer drops."""
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


def lines(*texts: str) -> LabelledDocument:
    """A document of a sentence a line, each labelled."""
    whole = "\n".join(texts)
    begins = [sum(len(text) + 1 for text in texts[:row]) for row in range(len(texts))]
    return LabelledDocument(
        "lines",
        whole,
        tuple(
            LabelledSentence(begin, begin + len(text), "neutral")
            for begin, text in zip(begins, texts, strict=True)
        ),
    )


def alone(classifier: FramingClassifier, words: Sequence[str]) -> SentenceResult:
    (result,) = classifier.classify([Document(sentences=[" ".join(words)])], evidence=True)
    return result.sentences[0]


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


def test_the_drop_is_that_of_the_sentence_without_the_word(classifier: FramingClassifier) -> None:
    words = ["One", "two", "three", "four", "five."]
    deletion = measure_deletion(classifier, [lines(" ".join(words))])

    before = alone(classifier, words)
    contributions = [word.contribution for word in before.evidence.words]
    for choice, removed in (
        ("most contributing", np.argmax(contributions)),
        ("least contributing", np.argmin(contributions)),
    ):
        after = alone(classifier, np.delete(words, removed)).scores[before.label]
        assert deletion.drops[choice].value == pytest.approx(before.confidence - after)
        assert deletion.by_label[before.label][choice] == deletion.drops[choice]


def test_a_sentence_of_which_nothing_readable_remains_is_counted(
    classifier: FramingClassifier,
) -> None:
    bare = f"{NOTHING} {NOTHING} {NOTHING} {NOTHING} won."
    deletion = measure_deletion(classifier, [lines(bare), lines("One two three four five.")])
    assert (deletion.sentences, deletion.unreadable) == (1, 1)

    nothing = measure_deletion(classifier, [lines(bare)])
    assert (nothing.sentences, nothing.unreadable, nothing.by_label) == (0, 1, {})
    assert np.isnan(nothing.drops["random"].value)


def test_a_neighbour_that_cannot_be_read_is_passed_over(classifier: FramingClassifier) -> None:
    texts = "They left early.", "One two three four five.", "It rained."
    between = measure_deletion(classifier, [lines(*texts)])
    assert between.sentences == 1
    assert between == measure_deletion(
        classifier, [lines(texts[0], NOTHING, texts[1], NOTHING, texts[2])]
    )
    assert between != measure_deletion(classifier, [lines(texts[1])])


def test_groups_change_nothing(
    classifier: FramingClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus = [document("a"), document("b")]
    together = measure_deletion(classifier, corpus)
    monkeypatch.setattr(scoring, "DOCUMENTS_AT_ONCE", 2)
    apart = measure_deletion(classifier, corpus)
    assert apart.sentences == together.sentences == 6
    for name in CHOICES:
        assert apart.drops[name].value == pytest.approx(together.drops[name].value)


def test_a_score_that_is_not_finite_is_an_error(classifier: FramingClassifier) -> None:
    class Broken:
        name = precision = "broken"
        streams = 1

        def infer(self, ids: Ids, mask: Ids) -> Logits:
            return np.full((*ids.shape, 6), np.nan)

    with pytest.raises(EngineError, match="no finite score"):
        measure_deletion(FramingClassifier(classifier.artefact, Broken()), [document("a")])
