"""Labels that are probably wrong: by hand, and among sentences with planted errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pytest

from framelens.data import Corpus, LabelledDocument, LabelledSentence
from framelens.model import Scheme
from framelens.training.suspects import confident_errors, label_errors, out_of_fold

WORDS = ("sun", "rain", "snow")


def encode(documents: Iterable[Sequence[str]]) -> Iterator[np.ndarray]:
    """How often each word stands in a sentence."""
    for sentences in documents:
        yield np.array([[5.0 * text.count(word) for word in WORDS] for text in sentences])


def corpus(*pairs: tuple[str, str]) -> Corpus:
    return [
        LabelledDocument(str(row), text, (LabelledSentence(0, len(text), label),))
        for row, (text, label) in enumerate(pairs)
    ]


@pytest.fixture
def scheme() -> Scheme:
    return Scheme.from_dict({"name": "weather", "labels": {"dry": {}, "wet": {}, "white": {}}})


def sound(count: int) -> list[tuple[str, str]]:
    return [
        (f"{word} on day {day}", label)
        for day in range(count)
        for word, label in zip(WORDS, ("dry", "wet", "white"), strict=True)
    ]


def test_confidence_is_measured_by_what_a_class_has_of_itself():
    probabilities = np.array(
        [[0.9, 0.1], [0.7, 0.3], [0.45, 0.55], [0.4, 0.6], [0.2, 0.8], [0.95, 0.05]]
    )
    # The first three have a mean of 0.683 for their class, the others one of 0.483 for theirs:
    # the third one is confidently of the other class, and the last one of the first.
    assert confident_errors(probabilities, np.array([0, 0, 0, 1, 1, 1])) == {2: 1, 5: 0}


def test_probabilities_are_by_models_that_did_not_learn_the_group():
    vectors = np.eye(2)[[0, 0, 1, 1, 0, 1]]
    classes = np.array([0, 0, 1, 1, 1, 0])
    probabilities = out_of_fold(vectors, classes, groups=np.arange(6))
    assert probabilities.sum(axis=1) == pytest.approx(1)
    # The last two contradict what all others say.
    assert (probabilities[[4, 5], classes[[4, 5]]] < 0.5).all()


def test_documents_that_cannot_be_spread_over_all_folds_are_judged_too():
    # Of the four folds that are asked for here, scikit-learn leaves one empty.
    classes = np.array([0, 1, 0, 0, 1, 1, 0, 0, 0])
    groups = np.array([0, 0, 0, 0, 1, 1, 2, 2, 3])
    probabilities = out_of_fold(np.eye(2)[classes], classes, groups)
    assert probabilities.sum(axis=1) == pytest.approx(1)


def test_planted_errors_come_first(scheme: Scheme):
    planted = [("sun at last", "wet"), ("snow again", "dry")]
    first, second = label_errors(corpus(*sound(10), *planted), scheme, encode)
    assert {first.text, second.text} == {"sun at last", "snow again"}
    by_text = {each.text: each for each in (first, second)}
    found = by_text["snow again"]
    assert (found.document, found.begin, found.end) == ("31", 0, 10)
    assert (found.label, found.likelier) == ("dry", "white")
    assert found.probability < 0.5 < found.likelier_probability


def test_sound_labels_are_not_suspicious(scheme: Scheme):
    assert label_errors(corpus(*sound(10)), scheme, encode) == []


@pytest.mark.parametrize(
    "pairs",
    [
        [("sun", "dry"), ("rain", "wet")],
        [("sun", "dry"), ("sun today", "dry"), ("rain", "wet")],
        [("sun", "dry"), ("sun today", "dry"), ("Rain", "wet"), ("rain", "wet")],
    ],
)
def test_of_too_few_nothing_is_said(scheme: Scheme, pairs: list[tuple[str, str]]):
    assert label_errors(corpus(*pairs), scheme, encode) == []


def test_two_documents_can_be_told_apart(scheme: Scheme):
    sentences = (LabelledSentence(0, 4, "dry"), LabelledSentence(5, 10, "wet"))
    documents = [LabelledDocument(name, f"sun.\nrain{name}", sentences) for name in "ab"]
    assert label_errors(documents, scheme, encode) == []


def test_each_label_of_several_is_judged_by_itself():
    content = {
        "name": "weather",
        "multi_label": True,
        "labels": {"dry": {}, "wet": {}, "white": {}},
    }
    several = Scheme.from_dict(content)
    pairs = [(f"rain and snow on day {day}", "wet|white") for day in range(10)]
    planted = ("rain and snow at last", "wet")
    (found,) = label_errors(corpus(*sound(10), *pairs, planted), several, encode)
    assert (found.text, found.label, found.likelier) == (planted[0], "wet", "wet|white")
