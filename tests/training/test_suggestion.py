"""The next sentences to label: uncertain, varied, and some by chance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import pytest

from framelens.model import FramelensError, FramingClassifier, Scheme
from framelens.training.suggestion import (
    SplitDocument,
    suggest,
    text_key,
    uncertainties,
    unlike_each_other,
)

WORDS = ("sun", "rain", "snow")


def encode(documents: Iterable[Sequence[str]]) -> Iterator[np.ndarray]:
    """Which word stands in a sentence."""
    for sentences in documents:
        yield np.array([[1.0 + 5 * text.count(word) for word in WORDS] for text in sentences])


@pytest.fixture
def documents() -> list[SplitDocument]:
    return [
        SplitDocument(f"day {day}", (f"First {day}.", f"Much {word} on {day}.", f"Last {day}."))
        for day, word in enumerate(WORDS * 10)
    ]


def test_uncertainty_is_small_where_one_label_leads():
    scheme = Scheme.from_dict({"name": "x", "labels": {"a": {}, "b": {}, "c": {}}})
    probabilities = np.array([[0.9, 0.05, 0.05], [0.4, 0.4, 0.2], [0.1, 0.3, 0.6]])
    assert uncertainties(probabilities, scheme) == pytest.approx([0.15, 1.0, 0.7])


def test_of_several_labels_the_least_certain_counts():
    content = {"name": "x", "multi_label": True, "labels": {"a": {}, "b": {}}}
    probabilities = np.array([[0.9, 0.1], [0.9, 0.5]])
    assert uncertainties(probabilities, Scheme.from_dict(content)) == pytest.approx([0.2, 1.0])


def test_one_sentence_of_each_cluster_is_chosen():
    vectors = np.repeat(np.eye(3), 20, axis=0) + 0.01 * np.arange(60)[:, np.newaxis]
    chosen = unlike_each_other(vectors, np.ones(60), 3)
    assert sorted(chosen // 20) == [0, 1, 2]


def test_weights_draw_the_choice_to_themselves():
    angles = np.linspace(0, 1, 11)
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    weights = np.full(11, 0.01)
    weights[9] = 1.0
    assert unlike_each_other(vectors, weights, 1).tolist() == [9]


def test_of_vectors_that_are_the_same_the_weights_decide():
    weights = np.arange(10.0)
    first, *others = unlike_each_other(np.ones((10, 2)), weights, 3)
    assert others == [each for each in (9, 8, 7) if each != first][:2]
    assert unlike_each_other(np.ones((2, 2)), np.ones(2), 3).tolist() == [0, 1]


def test_rows_show_what_stands_around_in_the_order_of_the_text(documents: list[SplitDocument]):
    rows = suggest(documents, 12, encode, random_share=0.25, context=1)
    assert len(rows) == 12
    assert [row.selected for row in rows].count("random") == 3
    assert {row.selected for row in rows} == {"random", "varied"}
    order = [document.id for document in documents]
    places = [(order.index(row.document), row.number) for row in rows]
    assert places == sorted(places)
    for row in rows:
        sentences = documents[order.index(row.document)].sentences
        assert sentences[row.number - 1] == row.text
        assert row.before == sentences[max(0, row.number - 2) : row.number - 1]
        assert row.after == sentences[row.number : row.number + 1]


def test_a_seed_repeats_the_choice_and_another_changes_it(documents: list[SplitDocument]):
    first = suggest(documents, 12, encode, seed=1)
    assert suggest(documents, 12, encode, seed=1) == first
    assert suggest(documents, 12, encode, seed=2) != first


def test_what_has_a_label_or_stands_twice_is_not_chosen():
    twice = SplitDocument("a", ("It rains.", "IT  RAINS.", "It pours.", "It snows."))
    rows = suggest([twice], 10, encode, known={text_key("it snows.")})
    assert [row.text for row in rows] == ["It rains.", "It pours."]
    with pytest.raises(FramelensError, match="there is no sentence to label"):
        suggest([twice], 10, encode, known={text_key(each) for each in twice.sentences})


def test_what_the_model_is_unsure_of_comes_first():
    classifier = FramingClassifier.load()
    sure = "“They have lost,” the spokesman said on Tuesday."
    texts = ("The office opens at nine.", sure, "We hold on, and they know it.")
    (result,) = classifier.classify([" ".join(texts)])
    least = min(result.sentences, key=lambda each: _margin(each.scores))
    rows = suggest([SplitDocument("a", texts)], 1, encode, classifier, random_share=0.0)
    assert [(row.text, row.selected) for row in rows] == [(least.text, "uncertain")]


def _margin(scores: dict[str, float]) -> float:
    first, second, *_ = sorted(scores.values(), reverse=True)
    return first - second
